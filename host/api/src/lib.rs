//! The control plane's API: Argo CD's services, called with JSON and answered with JSON, whoever carries it
//! (REST, grpc-web, the web pages). One table names the methods ([`routes`]).
//!
//! `desk` has what all services share, `apps` all applications in memory; each service is a module of its
//! name. What only the running control plane knows is asked through [`Inside`].

mod account;
mod api;
pub mod app;
mod application;
mod apps;
mod ask;
mod cluster;
mod desk;
mod empty;
mod ending;
mod fault;
mod fields;
mod inside;
mod mask;
mod plugins;
mod project;
mod repository;
mod revisions;
mod role_token;
mod route;
mod secret;
mod session;
mod settings;
mod table;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
mod trees;
mod version;

pub use api::{Answers, Api, LIST, Origin};
pub use application::Listed;
pub use ending::while_so;
pub use fault::{Code, Fault};
pub use inside::Inside;
pub use revisions::Revisions;
pub use route::{Body, Route, Verb, find, routes};
