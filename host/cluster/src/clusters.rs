//! All clusters that destinations may name.

use std::env;
use std::path::Path;
use std::sync::Arc;

use gantry_model::application::Destination;
use gantry_model::cluster::ClusterScope;
use gantry_model::project::DestinationCluster;
use gantry_model::{ClusterError, limits};
use kube::config::Kubeconfig;

use crate::cluster::KubeCluster;
use crate::config::{ClusterConfig, ConfigError};
use crate::kubeconfig;
use crate::source::Source;
use crate::url;

/// The name by which applications mean the cluster that Argo CD runs in.
pub const IN_CLUSTER_NAME: &str = "in-cluster";
/// The server by which they mean it.
pub const IN_CLUSTER_SERVER: &str = "https://kubernetes.default.svc";

/// The clusters of one kubeconfig and of Argo CD cluster Secrets; connections are made when first
/// used, and shared.
#[derive(Debug, Default)]
pub struct Clusters {
    /// The added ones first: they were named on purpose.
    entries: Vec<Entry>,
    added: usize,
    /// The chosen or current context.
    current: Option<String>,
}

#[derive(Debug)]
struct Entry {
    /// The context's name, or the added cluster's.
    name: String,
    /// The name of the kubeconfig's `clusters` entry.
    cluster_name: String,
    /// The server's URL, normalised.
    server: String,
    /// The same as it was written.
    url: String,
    /// The one project that may use it, or empty.
    project: String,
    scope: ClusterScope,
    cluster: Arc<KubeCluster>,
}

impl Clusters {
    /// Reads a kubeconfig: the given file, else those of `KUBECONFIG`, else `~/.kube/config`. With
    /// no file at all there are no contexts; in a pod, its service account's cluster is known as
    /// `in-cluster` then.
    ///
    /// # Errors
    /// A file that cannot be read, or a context that does not exist.
    pub fn load(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Self, ConfigError> {
        let kubeconfig = kubeconfig::load(kubeconfig)?;
        let mut clusters = Self::from_kubeconfig(Arc::new(kubeconfig));
        if let Some(name) = context {
            if !clusters.entries.iter().any(|entry| entry.name == name) {
                return Err(ConfigError::UnknownContext {
                    name: name.to_owned(),
                    known: clusters.known(),
                });
            }
            clusters.current = Some(name.to_owned());
        }
        if clusters.entries.is_empty() && env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            clusters.entries.push(Entry::new(
                IN_CLUSTER_NAME,
                IN_CLUSTER_NAME,
                IN_CLUSTER_SERVER,
                Source::ServiceAccount,
            ));
            clusters.current = Some(IN_CLUSTER_NAME.to_owned());
        }
        Ok(clusters)
    }

    fn from_kubeconfig(kubeconfig: Arc<Kubeconfig>) -> Self {
        let mut entries = Vec::new();
        for named in &kubeconfig.contexts {
            let Some(context) = &named.context else {
                continue;
            };
            let server = kubeconfig::server(&kubeconfig, &context.cluster);
            let source = Source::Context {
                kubeconfig: Arc::clone(&kubeconfig),
                context: named.name.clone(),
            };
            entries.push(Entry::new(&named.name, &context.cluster, server, source));
        }
        // So that the first by name is found first.
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let current = kubeconfig.current_context.clone();
        Self {
            entries,
            added: 0,
            current: current.filter(|name| !name.is_empty()),
        }
    }

    /// Adds a cluster, as an Argo CD cluster Secret names it, in place of an added one of that
    /// name. One that is the cluster Argo CD runs in and brings no credentials is another name for
    /// the current context, as it is there.
    pub fn add(&mut self, config: ClusterConfig) {
        let (name, server) = (config.name.clone(), config.server.clone());
        let at_home = url::normalise(&server) == url::normalise(IN_CLUSTER_SERVER);
        let mut entry = Entry::new(&name, "", &server, Source::Given(Box::new(config.clone())));
        entry.project.clone_from(&config.project);
        entry.scope = ClusterScope {
            cluster: name.clone(),
            namespaces: config.namespaces.clone(),
            cluster_resources: config.cluster_resources,
        };
        if at_home
            && !config.has_credentials()
            && let Ok(current) = self.current()
        {
            entry.cluster = Arc::clone(&current.cluster);
        }
        let earlier = self.entries.iter().take(self.added);
        if let Some(at) = earlier
            .enumerate()
            .find_map(|(at, e)| (e.name == name).then_some(at))
        {
            self.entries.remove(at);
            self.added -= 1;
        }
        self.entries.insert(self.added, entry);
        self.added += 1;
    }

    /// The cluster that `destination.name` means: an added cluster, a context, or a cluster of the
    /// kubeconfig; `in-cluster` is the current context.
    ///
    /// # Errors
    /// When there is none, with the names that are known.
    pub fn by_name(&self, name: &str) -> Result<Arc<KubeCluster>, ClusterError> {
        self.entry_by_name(name)
            .map(|entry| Arc::clone(&entry.cluster))
    }

    fn entry_by_name(&self, name: &str) -> Result<&Entry, ClusterError> {
        let exact = self.entries.iter().find(|entry| entry.name == name);
        if let Some(entry) = exact {
            return Ok(entry);
        }
        if name == IN_CLUSTER_NAME {
            return self.current();
        }
        let found = self.preferred(|entry| entry.cluster_name == name);
        found.ok_or_else(|| {
            ClusterError::Other(format!("no cluster is named {name:?}; {}", self.known()))
        })
    }

    /// The cluster that `destination.server` means. Of several contexts with that server it is the
    /// current one, else the first by name; `https://kubernetes.default.svc` is the current one.
    ///
    /// # Errors
    /// When there is none, with the names that are known.
    pub fn by_server(&self, server: &str) -> Result<Arc<KubeCluster>, ClusterError> {
        self.entry_by_server(server)
            .map(|entry| Arc::clone(&entry.cluster))
    }

    fn entry_by_server(&self, server: &str) -> Result<&Entry, ClusterError> {
        let wanted = url::normalise(server);
        if let Some(entry) = self.preferred(|entry| entry.server == wanted) {
            return Ok(entry);
        }
        if wanted == url::normalise(IN_CLUSTER_SERVER) {
            return self.current();
        }
        Err(ClusterError::Other(format!(
            "no cluster has the server {server:?}; {}",
            self.known()
        )))
    }

    /// Name and server of the cluster that a destination means, for the rules of projects. The cluster
    /// that Argo CD runs in keeps the name and the server that those know it by.
    ///
    /// # Errors
    /// When there is none, with the names that are known.
    pub fn describe(&self, destination: &Destination) -> Result<DestinationCluster, ClusterError> {
        let Destination { name, server, .. } = destination;
        let (entry, at_home) = if name.is_empty() {
            let at_home = url::normalise(server) == url::normalise(IN_CLUSTER_SERVER);
            (self.entry_by_server(server)?, at_home)
        } else {
            (self.entry_by_name(name)?, name == IN_CLUSTER_NAME)
        };
        let stands_in = at_home
            && self
                .entries
                .iter()
                .skip(self.added)
                .any(|e| std::ptr::eq(e, entry));
        Ok(if stands_in {
            DestinationCluster {
                server: IN_CLUSTER_SERVER.to_owned(),
                name: IN_CLUSTER_NAME.to_owned(),
                project: String::new(),
            }
        } else {
            DestinationCluster {
                server: entry.url.clone(),
                name: entry.name.clone(),
                project: entry.project.clone(),
            }
        })
    }

    /// What of the cluster that a destination means may be used.
    ///
    /// # Errors
    /// When there is none, with the names that are known.
    pub fn scope(&self, destination: &Destination) -> Result<ClusterScope, ClusterError> {
        let entry = if destination.name.is_empty() {
            self.entry_by_server(&destination.server)
        } else {
            self.entry_by_name(&destination.name)
        };
        Ok(entry?.scope.clone())
    }

    /// The names of all clusters: contexts and added ones, in order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.entries.iter().map(|e| e.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn current(&self) -> Result<&Entry, ClusterError> {
        let Some(name) = &self.current else {
            let known = self.known();
            return Err(ClusterError::Other(format!(
                "no context is current, and none was chosen with --context; {known}"
            )));
        };
        let mut contexts = self.entries.iter().skip(self.added);
        let found = contexts.find(|entry| entry.name == *name);
        found.ok_or_else(|| {
            let known = self.known();
            ClusterError::Other(format!(
                "the current context {name:?} does not exist; {known}"
            ))
        })
    }

    /// The first added cluster that fits, else the current context if it fits, else the first.
    fn preferred(&self, fits: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let (added, contexts) = self.entries.split_at_checked(self.added)?;
        let is_current = |entry: &&Entry| Some(&entry.name) == self.current.as_ref();
        added
            .iter()
            .chain(contexts.iter().filter(is_current))
            .chain(contexts)
            .find(|entry| fits(entry))
    }

    /// The known names in a sentence.
    fn known(&self) -> String {
        let names = self.names();
        let more = names.len().saturating_sub(limits::CLUSTER_NAMES_LISTED_MAX);
        let listed: Vec<String> = names
            .into_iter()
            .take(limits::CLUSTER_NAMES_LISTED_MAX)
            .collect();
        match (listed.is_empty(), more) {
            (true, _) => "none is known: there is no kubeconfig (--kubeconfig, KUBECONFIG, \
                          ~/.kube/config) with a context, and no cluster Secret was given"
                .to_owned(),
            (false, 0) => format!("known are {}", listed.join(", ")),
            (false, more) => format!("known are {} and {more} more", listed.join(", ")),
        }
    }
}

impl Entry {
    fn new(name: &str, cluster_name: &str, server: &str, source: Source) -> Self {
        Self {
            name: name.to_owned(),
            cluster_name: cluster_name.to_owned(),
            server: url::normalise(server),
            url: server.trim_end_matches('/').to_owned(),
            project: String::new(),
            scope: ClusterScope::default(),
            cluster: Arc::new(KubeCluster::new(name, server, source)),
        }
    }
}

#[cfg(test)]
#[path = "clusters/tests.rs"]
mod tests;
