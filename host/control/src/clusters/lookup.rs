//! Which cluster a destination means.

use std::sync::Arc;

use gantry_cluster::normalise_server;
use gantry_model::application::{Application, Destination};
use gantry_model::{ClusterError, limits};

use super::entry::Entry;

/// Finds the cluster of a destination for an application of a project: the project's own one first, then
/// those for all, in the order of the registry.
///
/// # Errors
/// When there is none that the project may use, or a name is that of several. Clusters of other projects are
/// never named.
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
    let (own, for_all): (Vec<_>, Vec<_>) = fitting
        .into_iter()
        .partition(|entry| !entry.info.project.is_empty());
    let fitting = if own.is_empty() { for_all } else { own };
    refuse_namesakes(&fitting)?;
    fitting.first().map(|e| Arc::clone(e)).ok_or_else(|| {
        let known = known(&visible);
        ClusterError::Other(format!(
            "there is no cluster with {what} {wanted:?}; {known}"
        ))
    })
}

/// One name for several servers of Secrets means none of them: the next Secret could make it mean another one.
fn refuse_namesakes(fitting: &[&Arc<Entry>]) -> Result<(), ClusterError> {
    let of_secrets = fitting.iter().filter(|entry| entry.secret.is_some());
    let mut all: Vec<&Entry> = of_secrets.map(|entry| entry.as_ref()).collect();
    all.sort_by_key(|entry| &entry.servers);
    all.dedup_by_key(|entry| &entry.servers);
    if all.len() < 2 {
        return Ok(());
    }
    let servers: Vec<&str> = all.iter().map(|entry| entry.info.server.as_str()).collect();
    let (count, listed) = (servers.len(), servers.join(" "));
    Err(ClusterError::Other(format!(
        "there are {count} clusters with the same name: [{listed}]"
    )))
}

/// The cluster that rules are asked about: the one that the project's applications go to. Where they may go to
/// none, the first one that the destination may mean, whoever may use it: rules say so themselves.
///
/// # Errors
/// When there is none.
pub(super) fn described(
    entries: &[Arc<Entry>],
    destination: &Destination,
    project: &str,
) -> Result<Arc<Entry>, ClusterError> {
    if let Ok(found) = find(entries, destination, project) {
        return Ok(found);
    }
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

/// Which cluster somebody wants: the destination, and the project that asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    name: String,
    server: String,
    pub(crate) project: String,
}

impl Target {
    pub(crate) fn of(application: &Application) -> Self {
        let Destination { name, server, .. } = &application.destination;
        Self {
            name: name.clone(),
            server: server.clone(),
            project: application.project.clone(),
        }
    }

    pub(super) fn destination(&self) -> Destination {
        Destination {
            name: self.name.clone(),
            server: self.server.clone(),
            ..Destination::default()
        }
    }
}

/// All clusters as they were at one moment.
pub(crate) struct Sight(pub(super) Vec<Arc<Entry>>);

impl Sight {
    /// Whether a target meant another cluster, connection or error at another moment.
    pub(crate) fn differs(&self, other: &Self, target: &Target) -> bool {
        let destination = target.destination();
        let [own, others] = [self, other].map(|sight| {
            let described = described(&sight.0, &destination, &target.project);
            let why = find(&sight.0, &destination, &target.project).err();
            (described.ok().map(|entry| Arc::as_ptr(&entry)), why)
        });
        own != others
    }

    /// The server that leases call a target's cluster by; none where nobody knows it.
    pub(crate) fn server(&self, target: &Target) -> Option<String> {
        let found = described(&self.0, &target.destination(), &target.project);
        found.ok().map(|entry| entry.info.server.clone())
    }
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
