//! Joins the rooms: one application from its manifest to objects, and to a cluster.
//!
//! [`Engine`] is what both the command line and the control plane drive. It keeps what several
//! applications share: connections, requests in flight, and a [`Workshop`] with plugins and what was
//! fetched, which makes objects of an application: `material` (the sources' trees) → `overrides`,
//! `environment`, `substitute` (what each source is given) → `choice` (which renderer) → `render`.
//! `guard` stands before what renderers ask for from outside, `renewal` says when all of that is to be new. `fetch` remembers (`memo`), and `check`
//! finds what has moved since applications were told (`heads`).

mod access;
mod check;
mod choice;
mod cluster_config;
mod connect;
mod destinations;
mod engine;
mod environment;
mod error;
mod fetch;
mod github;
mod given;
mod guard;
mod heads;
mod history;
mod judge;
mod known;
mod material;
mod memo;
mod mounts;
mod orphans;
mod overrides;
mod parameters;
mod pins;
mod policy;
mod projects;
mod reached;
mod refresh;
mod render;
mod rendered;
mod renewal;
mod rollback;
mod settled;
mod single;
mod substitute;
mod swap;
mod told;
mod wanted;
mod workshop;

pub use check::CheckError;
pub use choice::{Choice, choose, tree_path};
pub use cluster_config::cluster_config;
pub use destinations::Destinations;
pub use engine::{Engine, How, Prepared};
pub use error::{AppError, SourcePlace};
pub use fetch::{CredentialChanges, Fetcher, FileKey};
pub use gantry_store::{Entry, Outcome, PluginUse};
pub use history::HistoryHome;
pub use judge::PluginJudge;
pub use material::Material;
pub use orphans::Neighbours;
pub use parameters::assign;
pub use pins::{PLUGINS_ANNOTATION, Pins};
pub use policy::{managers, options_of};
pub use projects::Projects;
pub use reached::Reached;
pub use render::{Scope, render};
pub use rendered::{Rendered, RenderedSource, SourceReport};
pub use wanted::{ChartKey, GitKey, Repository, Wanted, may_be_same};
pub use workshop::{ClusterFacts, Manual, Workshop, tracking_name};
