//! What the workers of all applications share.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use gantry_engine::Engine;
use gantry_model::metrics::Metrics;
use gantry_model::{Object, limits};
use gantry_store::Home;
use tokio::sync::Semaphore;

use crate::board::Board;
use crate::clusters::Registry;
use crate::concerned::Interests;
use crate::inbox::{Inbox, Post};
use crate::poll::Poller;
use crate::pushes::Pushes;
use crate::queue::Queue;
use crate::shards::Shards;

/// An application's namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// The namespace of its manifest.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What the workers of all applications share.
pub(crate) struct Shared {
    pub(crate) home: Arc<dyn Home>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) board: Board,
    /// Looks at once: they are work of the processor.
    pub(crate) looks: Semaphore,
    pub(crate) waiting_looks: Queue,
    pub(crate) waiting_operations: Arc<Queue>,
    /// Operations at once on each cluster: a slow one keeps no other waiting.
    operations: RwLock<HashMap<String, Arc<Semaphore>>>,
    inboxes: RwLock<HashMap<Id, Arc<Inbox>>>,
    pub(crate) clusters: Arc<Registry>,
    pub(crate) shards: Arc<Shards>,
    pub(crate) poller: Poller,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) pushes: Pushes,
    pub(crate) interests: Interests,
}

impl Shared {
    pub(crate) fn new(
        home: Arc<dyn Home>,
        engine: Arc<Engine>,
        clusters: Arc<Registry>,
        shards: Arc<Shards>,
        poller: Poller,
        metrics: Arc<Metrics>,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            home,
            engine,
            board: Board::default(),
            looks: Semaphore::new(cores * limits::LOOKS_PER_CORE_MAX),
            waiting_looks: Queue::default(),
            waiting_operations: Arc::default(),
            operations: RwLock::default(),
            inboxes: RwLock::default(),
            clusters,
            shards,
            poller,
            metrics,
            pushes: Pushes::default(),
            interests: Interests::default(),
        }
    }

    /// The places for operations on a cluster.
    pub(crate) fn operations(&self, cluster: &str) -> Arc<Semaphore> {
        let known = self
            .operations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = known.get(cluster) {
            return Arc::clone(places);
        }
        drop(known);
        let mut all = self
            .operations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(limits::OPERATIONS_PER_CLUSTER_MAX));
        Arc::clone(all.entry(cluster.to_owned()).or_insert_with(new))
    }

    /// The inbox of an application, if it has a worker.
    fn inbox(&self, id: &Id) -> Option<Arc<Inbox>> {
        let all = self.inboxes.read().unwrap_or_else(PoisonError::into_inner);
        all.get(id).cloned()
    }

    /// Which application a tracking annotation names.
    pub(crate) fn id_of(&self, tracking: &str) -> Id {
        // A namespace has no underscore.
        let named = tracking.split_once('_');
        let (namespace, name) = named.unwrap_or((self.home.namespace(), tracking));
        Id {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Whether there is an application.
    pub(crate) fn has(&self, id: &Id) -> bool {
        self.inbox(id).is_some()
    }

    /// Gives an application's manifest to its worker. Where it has none, it comes back with the inbox for one.
    pub(crate) fn present(&self, id: &Id, latest: Object) -> Option<(Arc<Inbox>, Object)> {
        let all = self.inboxes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = all.get(id) {
            // Under the lock: a worker that ends looks into its inbox once more.
            inbox.tell(|post| post.present(latest));
            return None;
        }
        drop(all);
        let mut all = self.inboxes.write().unwrap_or_else(PoisonError::into_inner);
        let inbox = Arc::new(Inbox::default());
        all.insert(id.clone(), Arc::clone(&inbox));
        Some((inbox, latest))
    }

    /// Its worker ends, unless it was made again meanwhile: then this is its manifest.
    pub(crate) fn forget(&self, id: &Id) -> Option<Object> {
        let mut all = self.inboxes.write().unwrap_or_else(PoisonError::into_inner);
        let again = all.get(id).and_then(|inbox| inbox.made_again());
        if again.is_none() {
            all.remove(id);
            self.interests.set(id, None);
            self.board.forget(id);
            self.metrics.remove_app(&id.namespace, &id.name);
        }
        again
    }

    /// Leaves word with an application, if it has a worker.
    pub(crate) fn tell(&self, id: &Id, put: impl FnOnce(&mut Post)) {
        if let Some(inbox) = self.inbox(id) {
            inbox.tell(put);
        }
    }

    /// Gives some applications a reason to look anew. Those that depend on one of them must not go by what was
    /// found before, even if they look first: all are noted before any hears of it.
    pub(crate) fn tell_each(&self, ids: &[Id], put: impl Fn(&mut Post)) {
        self.board.mark_stale(ids);
        for id in ids {
            self.tell(id, &put);
        }
    }

    /// Has some applications look anew, with nothing remembered.
    pub(crate) fn tell_of_settings(&self, ids: &[Id]) {
        self.tell_each(ids, |post| post.reasons.settings = true);
    }

    /// Has all applications look anew, with nothing remembered.
    pub(crate) fn tell_all_of_settings(&self) {
        let all = self.inboxes.read().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<Id> = all.keys().cloned().collect();
        self.tell_of_settings(&all);
    }

    /// How many applications there are.
    pub(crate) fn count(&self) -> usize {
        self.inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}
