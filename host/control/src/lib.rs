//! Joins the rooms: one application from its manifest to objects, and to a cluster.
//!
//! [`Engine`] is what both the command line and the control plane drive. It keeps what several
//! applications share: plugins, fetched commits, connections, requests in flight.

mod choice;
mod engine;
mod error;
mod judge;
mod parameters;
mod pins;
mod render;

pub use choice::{Choice, choose, tree_path};
pub use engine::{Engine, Prepared};
pub use error::AppError;
pub use judge::PluginJudge;
pub use parameters::assign;
pub use pins::{PLUGINS_ANNOTATION, Pins};
pub use render::{Scope, render};
