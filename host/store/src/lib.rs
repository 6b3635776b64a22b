//! What Gantry keeps of its own, behind two doors.
//!
//! [`History`]: what was applied, and who did it. It is kept in a file on this machine
//! ([`SqliteHistory`]) or in a Secret beside what was applied ([`ClusterHistory`]).
//!
//! [`Home`]: the applications, projects, clusters and repositories of a control plane. They are kept in a
//! file or in a hub cluster, which [`Installation`] prepares.

mod cluster;
mod crd;
mod database;
mod embedded;
mod entry;
mod error;
mod event;
mod history;
mod home;
mod hub;
mod install;
mod manifests;
mod sqlite;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
mod transfer;

pub use cluster::ClusterHistory;
pub use crd::crds;
pub use embedded::SqliteHome;
pub use entry::{Entry, InitiatedBy, Outcome, PluginUse};
pub use error::StoreError;
pub use event::{Event, Reason};
pub use history::{History, Key};
pub use home::{Change, Home, Kind, Noted, is_referred};
pub use hub::HubHome;
pub use install::Installation;
pub use manifests::manifests_digest;
pub use sqlite::SqliteHistory;
pub use transfer::{Fate, ImportOptions, Imported, export, import, portable};
