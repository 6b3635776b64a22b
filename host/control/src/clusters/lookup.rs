//! Which cluster a destination means.

use std::sync::Arc;

use gantry_cluster::normalise_server;
use gantry_model::application::Destination;
use gantry_model::{ClusterError, limits};

use super::entry::Entry;

/// Finds the cluster of a destination for an application of a project: the project's own one first, then
/// those for all, in the order of the registry.
///
/// # Errors
/// When there is none that the project may use. Clusters of other projects are never named.
pub(super) fn find(
    entries: &[Arc<Entry>],
    destination: &Destination,
    project: &str,
) -> Result<Arc<Entry>, ClusterError> {
    let visible: Vec<&Arc<Entry>> = entries
        .iter()
        .filter(|entry| entry.info.is_for(project))
        .collect();
    let (what, wanted) = match (destination.name.as_str(), destination.server.as_str()) {
        ("", "") => {
            return Err(ClusterError::Other(
                "the destination has neither a server nor a name".to_owned(),
            ));
        }
        ("", server) => ("server", server),
        (name, "") => ("name", name),
        (name, server) => {
            return Err(ClusterError::Other(format!(
                "the destination has both the name {name:?} and the server {server:?}; use one"
            )));
        }
    };
    let server = normalise_server(wanted);
    let fits = |entry: &Entry| match what {
        "name" => entry.is_named(wanted),
        _ => entry.servers.contains(&server),
    };
    let fitting: Vec<&Arc<Entry>> = visible
        .iter()
        .copied()
        .filter(|entry| fits(entry))
        .collect();
    let own = fitting.iter().find(|entry| !entry.info.project.is_empty());
    own.or_else(|| fitting.first())
        .map(|entry| Arc::clone(entry))
        .ok_or_else(|| {
            let known = known(&visible);
            ClusterError::Other(format!(
                "there is no cluster with {what} {wanted:?}; {known}"
            ))
        })
}

/// The first cluster that a destination may mean, whoever may use it: for rules, which say so themselves.
///
/// # Errors
/// When there is none.
pub(super) fn described(
    entries: &[Arc<Entry>],
    destination: &Destination,
) -> Result<Arc<Entry>, ClusterError> {
    let server = normalise_server(&destination.server);
    let fits = |entry: &&Arc<Entry>| {
        if destination.name.is_empty() {
            entry.servers.contains(&server)
        } else {
            entry.is_named(&destination.name)
        }
    };
    entries.iter().find(fits).cloned().ok_or_else(|| {
        let named = if destination.name.is_empty() {
            &destination.server
        } else {
            &destination.name
        };
        ClusterError::Other(format!("there is no cluster {named:?}"))
    })
}

/// The clusters that may be named to somebody, in a sentence.
fn known(visible: &[&Arc<Entry>]) -> String {
    let mut names: Vec<String> = visible
        .iter()
        .map(|entry| {
            let info = &entry.info;
            if info.name == info.server {
                info.server.clone()
            } else {
                format!("{} ({})", info.name, info.server)
            }
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(limits::CLUSTER_NAMES_LISTED_MAX);
    names.truncate(limits::CLUSTER_NAMES_LISTED_MAX);
    match (names.is_empty(), more) {
        (true, _) => "none is known: `gantry cluster add` adds one".to_owned(),
        (false, 0) => format!("known are {}", names.join(", ")),
        (false, more) => format!("known are {} and {more} more", names.join(", ")),
    }
}
