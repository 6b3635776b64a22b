//! The watch cache over a cluster whose events and answers are given.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

mod fake;
mod following;
mod hearing;
mod reading;
mod scouting;
mod versions;
mod writing;
