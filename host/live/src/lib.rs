//! What runs in a cluster, by keeping watch of the kinds that applications have: a
//! [`Cluster`](gantry_model::Cluster) that answers from memory, and says whose object has changed.
//!
//! `watcher` reads the events of one kind into `state`, which has a `kind` for each and knows who follows
//! (`followers`). A kind keeps of applications' objects the text, of all others only that they are there.
//! `cluster` answers from it (`known`), `writes` notes what it writes itself: what a write leaves in doubt (`doubt`)
//! is asked of the server once more. `residents` is for those who want to hear of all that is in a namespace, `scout`
//! for those who have kinds that are not served.

mod cluster;
mod doubt;
mod entry;
mod feed;
mod followers;
mod kind;
mod known;
mod residents;
mod scout;
mod state;
mod watcher;
mod writes;

pub use cluster::{LiveCluster, Scope, Stats};

/// Hears whose objects change.
pub trait Hears: Send + Sync {
    /// An object of an application, or one that it wants, came, changed or went; the application by its
    /// name in tracking annotations.
    fn touched(&self, application: &str);
}
