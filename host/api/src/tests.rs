//! Services over a home in a file, with a control plane that is made up.

mod applications;
mod beside;
mod changes;
mod lists;
mod operations;
mod projects;
mod repositories;
mod resources;
mod role_tokens;
mod spellings;
mod spoke;
mod streams;
mod watches;
mod world;
