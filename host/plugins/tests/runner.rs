//! The tests of the plugin host: loading, sandbox, health, and the gate on the interfaces.

mod guests;
mod health;
mod hostile;
mod load;
mod memory_tree;
mod wit;
