//! Health verdicts against Argo CD's own: the built-in checks, the general rule, and its scripts.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at a broken suite"
)]
#![allow(
    clippy::print_stderr,
    reason = "says what is skipped, and the coverage"
)]

mod core;
mod coverage;
mod scripts;
