//! One module for each command.

pub(crate) mod diff;
pub(crate) mod health;
pub(crate) mod plugin;
pub(crate) mod render;
pub(crate) mod sync;
