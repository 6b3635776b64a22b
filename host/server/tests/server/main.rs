//! The server over real sockets.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

mod connections;
mod door;
#[path = "../common/nothing.rs"]
mod nothing;
mod rest;
mod tls;
mod world;
