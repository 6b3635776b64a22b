//! What Gantry keeps of its own: the history of what was applied, and who did it.
//!
//! [`History`] is the one door. It has two homes: [`SqliteHistory`], a file on this machine, and
//! [`ClusterHistory`], a Secret beside what was applied. Both pass the same tests.

mod cluster;
mod entry;
mod error;
mod history;
mod manifests;
mod sqlite;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;

pub use cluster::ClusterHistory;
pub use entry::{Entry, InitiatedBy, Outcome, PluginUse};
pub use error::StoreError;
pub use history::{History, Key};
pub use manifests::manifests_digest;
pub use sqlite::SqliteHistory;
