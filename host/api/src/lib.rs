//! The control plane's API: Argo CD's services, called with JSON and answered with JSON, whoever carries it
//! (REST, grpc-web, the web pages). One table names the methods ([`routes`]).

mod api;
mod fault;
mod inside;
mod route;

pub use api::{Answers, Api};
pub use fault::{Code, Fault};
pub use inside::Inside;
pub use route::{Body, Route, Verb, routes};
