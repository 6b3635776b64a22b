//! What is read and asked of one application: pure, and shared with the command line.

pub mod finalizers;
pub mod manifest;
mod name;
pub mod operation;
mod view;

pub use name::Name;
pub use view::{View, or};
