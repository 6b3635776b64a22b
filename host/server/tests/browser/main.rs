//! The pages in a real browser, over a control plane that is made up. Pictures are kept in the target folder.

#![allow(clippy::expect_used, reason = "a test stops where it fails")]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "says what is skipped, and how long pages took"
)]

mod application;
mod away;
mod control;
mod made;
#[path = "../common/nothing.rs"]
mod nothing;
mod pages;
