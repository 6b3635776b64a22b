//! The tests of the plugin host: loading, sandbox, health, and the gate on the interfaces.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops where it fails"
)]

mod bomb_tree;
mod bombs;
mod bounds;
mod cache;
mod files;
mod go;
mod go_memory;
mod guests;
mod health;
mod hostile;
mod load;
mod memory_tree;
mod outside;
mod replace;
mod template;
mod wit;
