//! All clusters of a control plane.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use gantry_cluster::{Contexts, IN_CLUSTER_NAME, IN_CLUSTER_SERVER, KubeCluster, normalise_server};
use gantry_engine::{Destinations, cluster_config};
use gantry_live::Stats;
use gantry_model::application::Destination;
use gantry_model::cluster::ClusterScope;
use gantry_model::project::DestinationCluster;
use gantry_model::secrets::ClusterSecret;
use gantry_model::{Cluster, ClusterError};
use tokio_util::sync::CancellationToken;

use super::entry::Entry;
use super::info::ClusterInfo;
use super::lookup::{self, Sight, Target};
use super::probe::{self, Pace};
use super::state::ConnectionState;

/// Puts something around each cluster, such as what keeps watch over it.
pub type Wrap = Arc<dyn Fn(Arc<dyn Cluster>, &ClusterInfo) -> Wrapped + Send + Sync>;

/// One cluster, for two purposes.
#[derive(Clone)]
pub struct Wrapped {
    /// For applications.
    pub cluster: Arc<dyn Cluster>,
    /// For probes: what answers from memory does not know whether the server is there.
    pub probed: Arc<dyn Cluster>,
    /// How much is kept of it.
    pub kept: Arc<dyn Fn() -> Stats + Send + Sync>,
}

/// What is known of a cluster.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Which it is.
    pub info: ClusterInfo,
    /// Its other names and servers: destinations give them too.
    pub aliases: Vec<String>,
    /// How the connection to it is.
    pub state: ConnectionState,
    /// How much is kept of it.
    pub stats: Stats,
}

/// Is told when a cluster answers again, no longer, or in another version: its applications are to be
/// looked at.
pub type Told = Arc<dyn Fn(&ClusterInfo, &ConnectionState) + Send + Sync>;

/// The clusters that destinations may mean: those of cluster Secrets, which come and go, and those that are
/// there without one. Connections are made when first used, and shared by all applications.
pub struct Registry {
    wrap: Wrap,
    told: Option<Told>,
    pace: Pace,
    /// Those without a Secret: `in-cluster`, contexts of a kubeconfig.
    fixed: RwLock<Vec<Arc<Entry>>>,
    of_secrets: RwLock<Vec<Arc<Entry>>>,
}

impl Registry {
    /// A registry without any cluster.
    pub fn new(wrap: Wrap) -> Self {
        Self {
            wrap,
            told: None,
            pace: Pace::default(),
            fixed: RwLock::default(),
            of_secrets: RwLock::default(),
        }
    }

    /// The same, with somebody who is told of changes.
    #[must_use]
    pub fn telling(mut self, told: Told) -> Self {
        self.told = Some(told);
        self
    }

    /// The same at another pace.
    #[cfg(test)]
    pub(super) fn at_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The same with the cluster that `in-cluster` and `https://kubernetes.default.svc` mean: the hub.
    #[must_use]
    pub fn with_hub(mut self, hub: Arc<dyn Cluster>) -> Self {
        let info = ClusterInfo {
            name: IN_CLUSTER_NAME.to_owned(),
            server: IN_CLUSTER_SERVER.to_owned(),
            ..ClusterInfo::default()
        };
        let cluster = (self.wrap)(hub, &info);
        self.fix(Entry::new(info, cluster));
        self
    }

    /// The same with the contexts of a kubeconfig, by their names and servers; the current one is
    /// `in-cluster` too.
    #[must_use]
    pub fn with_contexts(mut self, contexts: &Contexts) -> Self {
        let current = contexts.current().map(|context| context.name);
        let mut all = contexts.all();
        // Of several contexts with one server, the current one is meant by it.
        all.sort_by_key(|context| Some(&context.name) != current.as_ref());
        for context in all {
            let Ok(cluster) = contexts.connect(&context.name) else {
                continue;
            };
            let info = ClusterInfo {
                name: context.name.clone(),
                server: context.server,
                ..ClusterInfo::default()
            };
            let cluster = (self.wrap)(Arc::new(cluster), &info);
            let mut entry = Entry::new(info, cluster);
            entry.aliases.push(context.cluster);
            if Some(context.name) == current {
                entry.aliases.push(IN_CLUSTER_NAME.to_owned());
                entry.servers.push(normalise_server(IN_CLUSTER_SERVER));
            }
            self.fix(entry);
        }
        self
    }

    fn fix(&mut self, entry: Entry) {
        let fixed = self.fixed.get_mut();
        let fixed = fixed.unwrap_or_else(PoisonError::into_inner);
        fixed.push(Arc::new(entry));
    }

    /// Begins anew with a cluster: nothing that was read of it counts any longer, and its applications are
    /// looked at. False where there is none.
    pub fn renew(&self, server: &str, project: &str) -> bool {
        let wanted = normalise_server(server);
        let mut renewed = Vec::new();
        // The hub before the Secrets, which may share its connection.
        for entries in [&self.fixed, &self.of_secrets] {
            let all = entries
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let is_it = |entry: &&Arc<Entry>| {
                entry.info.project == project && entry.servers.contains(&wanted)
            };
            for old in all.iter().filter(is_it) {
                let next = Arc::new(self.anew(old));
                next.touch();
                let mut entries = entries.write().unwrap_or_else(PoisonError::into_inner);
                for entry in entries.iter_mut().filter(|entry| Arc::ptr_eq(entry, old)) {
                    *entry = Arc::clone(&next);
                }
                renewed.push(next);
            }
        }
        renewed.iter().for_each(|entry| self.tell(entry));
        !renewed.is_empty()
    }

    fn anew(&self, old: &Entry) -> Entry {
        match &old.secret {
            Some(secret) => self.entry(secret.clone()),
            None => {
                let probed = Arc::clone(&old.wrapped.probed);
                old.beginning_with((self.wrap)(probed, &old.info))
            }
        }
    }

    /// Takes the cluster Secrets that there are now. Those that have not changed keep their connections.
    pub fn set(&self, secrets: Vec<ClusterSecret>) {
        let mut kept = self
            .of_secrets
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let known: HashMap<_, _> = kept.iter().map(|e| (place(&e.info), e)).collect();
        let mut next: Vec<Arc<Entry>> = Vec::with_capacity(secrets.len());
        let mut taken = HashSet::with_capacity(secrets.len());
        for secret in secrets {
            let place = place(&ClusterInfo::from(&secret));
            let known = known.get(&place);
            if !taken.insert(place) {
                let (server, project) = (&secret.server, &secret.project);
                tracing::warn!(
                    server,
                    project,
                    "two Secrets are for this cluster; the first one by name counts"
                );
                continue;
            }
            let unchanged = known.filter(|entry| entry.secret.as_ref() == Some(&secret));
            let entry = match (unchanged, known) {
                (Some(entry), _) => Arc::clone(entry),
                (None, Some(before)) => Arc::new(self.entry(secret).after(before)),
                (None, None) => Arc::new(self.entry(secret)),
            };
            next.push(entry);
        }
        *kept = next;
    }

    /// A new entry of a Secret. One that is the hub itself and brings no credentials shares its connection.
    fn entry(&self, secret: ClusterSecret) -> Entry {
        let info = ClusterInfo::from(&secret);
        let config = cluster_config(&secret);
        let here = normalise_server(IN_CLUSTER_SERVER);
        let is_hub = !config.has_credentials() && normalise_server(&secret.server) == here;
        let fixed = self.fixed.read().unwrap_or_else(PoisonError::into_inner);
        let hub = fixed
            .iter()
            .find(|entry| is_hub && entry.servers.contains(&here));
        let cluster = match hub {
            Some(hub) => hub.wrapped.clone(),
            None => (self.wrap)(Arc::new(KubeCluster::given(config)), &info),
        };
        let mut entry = Entry::new(info, cluster);
        entry.secret = Some(secret);
        entry
    }

    /// All clusters, and how each is: those of Secrets first, `in-cluster` and contexts after them unless one
    /// before is for the same server.
    pub fn all(&self) -> Vec<Standing> {
        let standing = |entry: &Arc<Entry>| Standing {
            info: entry.info.clone(),
            aliases: entry
                .aliases
                .iter()
                .chain(&entry.servers)
                .cloned()
                .collect(),
            state: entry.state(),
            stats: (entry.wrapped.kept)(),
        };
        self.told_of().iter().map(standing).collect()
    }

    /// The same without a count of what is kept, which goes over all objects.
    pub(crate) fn states(&self) -> Vec<(ClusterInfo, ConnectionState)> {
        let state = |entry: &Arc<Entry>| (entry.info.clone(), entry.state());
        self.told_of().iter().map(state).collect()
    }

    fn told_of(&self) -> Vec<Arc<Entry>> {
        let mut told: Vec<Arc<Entry>> = Vec::new();
        for entry in self.entries() {
            let mut servers = told.iter().flat_map(|told| &told.servers);
            let is_told = servers.any(|server| entry.servers.contains(server));
            if entry.secret.is_some() || !is_told {
                told.push(entry);
            }
        }
        told
    }

    /// The servers that there are, as they are written.
    pub(crate) fn servers(&self) -> Vec<String> {
        let entries = self.entries();
        entries
            .iter()
            .map(|entry| entry.info.server.clone())
            .collect()
    }

    /// All of them as they are now, to be compared with what they are later.
    pub(crate) fn sight(&self) -> Sight {
        Sight(self.entries())
    }

    /// Notes that an application goes there, which keeps its cluster probed for a while.
    pub(crate) fn touch(&self, target: &Target) {
        if let Ok(entry) =
            lookup::described(&self.entries(), &target.destination(), &target.project)
        {
            entry.touch();
        }
    }

    /// How many objects of each server are kept in memory.
    pub(crate) fn kept(&self) -> BTreeMap<String, usize> {
        let mut kept = BTreeMap::new();
        let mut counted: Vec<Arc<dyn Cluster>> = Vec::new();
        for entry in self.entries() {
            let cluster = &entry.wrapped.cluster;
            // Entries may share a connection.
            if !counted.iter().any(|other| Arc::ptr_eq(other, cluster)) {
                *kept.entry(entry.info.server.clone()).or_default() +=
                    (entry.wrapped.kept)().objects;
                counted.push(Arc::clone(cluster));
            }
        }
        kept
    }

    /// How the cluster of a destination is.
    ///
    /// # Errors
    /// As [`Destinations::cluster`].
    pub fn state(
        &self,
        destination: &Destination,
        project: &str,
    ) -> Result<(ClusterInfo, ConnectionState), ClusterError> {
        let entry = lookup::find(&self.entries(), destination, project)?;
        Ok((entry.info.clone(), entry.state()))
    }

    /// Probes the clusters in use until it is cancelled.
    pub async fn run(self: &Arc<Self>, cancel: &CancellationToken) {
        probe::run(self, self.pace, cancel).await;
    }

    pub(super) fn entries(&self) -> Vec<Arc<Entry>> {
        let of_secrets = self
            .of_secrets
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let fixed = self.fixed.read().unwrap_or_else(PoisonError::into_inner);
        of_secrets.iter().chain(fixed.iter()).cloned().collect()
    }

    pub(super) fn tell(&self, entry: &Entry) {
        if let Some(told) = &self.told {
            told(&entry.info, &entry.state());
        }
    }
}

impl Destinations for Registry {
    fn cluster(
        &self,
        destination: &Destination,
        project: &str,
    ) -> Result<Arc<dyn Cluster>, ClusterError> {
        let entry = lookup::find(&self.entries(), destination, project)?;
        entry.touch();
        Ok(Arc::clone(&entry.wrapped.cluster))
    }

    fn describe(
        &self,
        destination: &Destination,
        project: &str,
    ) -> Result<DestinationCluster, ClusterError> {
        let entry = lookup::described(&self.entries(), destination, project)?;
        Ok(DestinationCluster {
            server: entry.info.server.clone(),
            name: entry.info.name.clone(),
            project: entry.info.project.clone(),
        })
    }

    fn scope(
        &self,
        destination: &Destination,
        project: &str,
    ) -> Result<ClusterScope, ClusterError> {
        let entry = lookup::find(&self.entries(), destination, project)?;
        Ok(ClusterScope {
            cluster: entry.info.name.clone(),
            namespaces: entry.info.namespaces.clone(),
            cluster_resources: entry.info.cluster_resources,
        })
    }
}

/// What there is one Secret for: a server may be there once for each project.
fn place(info: &ClusterInfo) -> (String, String) {
    (normalise_server(&info.server), info.project.clone())
}
