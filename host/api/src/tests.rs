//! Services over a home in a file, with a control plane that is made up.

mod applications;
mod lists;
mod operations;
mod watches;
mod world;
