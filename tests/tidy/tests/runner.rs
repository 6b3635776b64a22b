//! The shape of the code, held by tests: who may depend on whom, and how long a file may be.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

mod coverage;
mod edges;
mod sdks;
mod sizes;
