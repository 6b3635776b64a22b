//! Pulling and pushing, against a real registry on loopback.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

mod artifacts;
mod pulling;
mod signing;
mod world;
