//! The clusters that applications go to: which there are, for whom, and how each of them is.
//!
//! [`Registry`] knows them and makes the connections; [`manager`] gives a cluster an account for the
//! control plane, and [`secret`] writes what is needed to reach it.

mod census;
mod entry;
mod info;
mod lookup;
pub mod manager;
mod probe;
mod registry;
pub mod secret;
mod state;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;

pub(crate) use census::keep as keep_census;
pub use census::{Census, Counted};
pub use info::ClusterInfo;
pub(crate) use lookup::{Sight, Target};
pub use registry::{Registry, Standing, Told, Wrap, Wrapped};
pub use state::{ConnectionState, ConnectionStatus};
