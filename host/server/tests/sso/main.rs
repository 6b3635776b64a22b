//! Single sign-on over real sockets: a browser, the server, and an identity provider.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

mod flow;
#[path = "../common/nothing.rs"]
mod nothing;
mod tokens;
mod users;
mod world;
