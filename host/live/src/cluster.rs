//! The cluster as the engine sees it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, Page, PatchKind, Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef, limits};
use serde_json::Value;
use tokio::time::Instant;

use crate::Hears;
use crate::feed::feed;
use crate::state::{Phase, State};
use crate::watcher::Watcher;

/// What of a cluster may be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The namespaces; all, when there is none.
    pub namespaces: Vec<String>,
    /// Whether cluster-scoped kinds may be read although there are namespaces.
    pub cluster_resources: bool,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Kinds that are watched.
    pub kinds: usize,
    /// Objects of applications.
    pub objects: usize,
    /// Bytes of their texts.
    pub bytes: usize,
}

/// A cluster that keeps watch of what applications have. Answers from memory what it knows for certain,
/// and asks the server for the rest.
pub struct LiveCluster {
    inner: Arc<dyn Cluster>,
    hears: Arc<dyn Hears>,
    scope: Scope,
    state: Arc<Mutex<State>>,
    version: Mutex<Option<(String, Instant)>>,
}

impl LiveCluster {
    /// Watches nothing yet.
    pub fn new(inner: Arc<dyn Cluster>, hears: Arc<dyn Hears>, scope: Scope) -> Arc<Self> {
        Arc::new(Self {
            inner,
            hears,
            scope,
            state: Arc::default(),
            version: Mutex::new(None),
        })
    }

    /// How much is kept.
    pub fn stats(&self) -> Stats {
        let state = self.lock();
        let mut stats = Stats::default();
        for kind in state.kinds() {
            stats.kinds += 1;
            let kept = kind
                .entries
                .values()
                .map(crate::entry::Entry::bytes)
                .filter(|b| *b > 0);
            for bytes in kept {
                stats.objects += 1;
                stats.bytes += bytes;
            }
        }
        stats
    }

    /// The kinds that cannot be watched, and why.
    pub fn failures(&self) -> Vec<(Gvk, ClusterError)> {
        let state = self.lock();
        let failed = state
            .kinds()
            .filter_map(|kind| match &*kind.phase.borrow() {
                Phase::Failed(error) => Some((kind.resource.gvk.clone(), error.clone())),
                _ => None,
            });
        failed.collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may_watch(&self, resource: &Resource) -> bool {
        let in_scope =
            self.scope.namespaces.is_empty() || resource.namespaced || self.scope.cluster_resources;
        // Events come and go by themselves, and Leases do nothing else.
        let restless = matches!(resource.gvk.kind.as_str(), "Event" | "Lease");
        resource.listable && in_scope && !restless
    }

    /// Watches a kind from now on, if it can be watched and is not yet.
    async fn watch_kind(&self, gvk: &Gvk) {
        if self
            .lock()
            .is_watched(&(gvk.group.clone(), gvk.kind.clone()))
        {
            return;
        }
        let Ok(Some(resource)) = self.inner.resource(gvk).await else {
            return;
        };
        if !self.may_watch(&resource) {
            return;
        }
        let mut state = self.lock();
        let Some(kind) = state.add(resource.clone()) else {
            return;
        };
        let watcher = Watcher {
            inner: Arc::clone(&self.inner),
            state: Arc::clone(&self.state),
            hears: Arc::clone(&self.hears),
            kind: kind.clone(),
            resource,
            namespaces: self.scope.namespaces.clone(),
        };
        let task = tokio::spawn(watcher.run());
        state.attend(&kind, task.abort_handle());
    }

    /// Returns once the kind was listed, or cannot be.
    async fn until_listed(&self, gvk: &Gvk) {
        let phase = self.lock().kind(gvk).map(|kind| kind.phase.subscribe());
        let Some(mut phase) = phase else { return };
        let listed = phase.wait_for(|phase| *phase != Phase::Listing);
        let most = Duration::from_secs(limits::LIVE_LIST_TIMEOUT_SECS);
        // Whoever asks before it is listed is given what the server says.
        let _ = tokio::time::timeout(most, listed).await;
    }

    /// What is known of an object for certain; none where the server is to be asked.
    fn known(&self, resource: &Resource, namespace: &str, name: &str) -> Option<Option<Object>> {
        let state = self.lock();
        let kind = state.kind(&resource.gvk).filter(|kind| kind.is_listed())?;
        let namespaced = resource.namespaced && !self.scope.namespaces.is_empty();
        if namespaced && !self.scope.namespaces.iter().any(|own| own == namespace) {
            return None;
        }
        match kind.entries.get(&(namespace.to_owned(), name.to_owned())) {
            None => Some(None),
            Some(entry) => entry.object().map(Some),
        }
    }

    /// Notes the answer to a write before its event comes.
    fn note(
        &self,
        written: Result<Object, ClusterError>,
        dry_run: bool,
    ) -> Result<Object, ClusterError> {
        if let Ok(object) = &written
            && !dry_run
        {
            let gvk = object.gvk();
            let mut state = self.lock();
            if state.kind(&gvk).is_some() {
                state.present(&(gvk.group, gvk.kind), object.clone(), true);
            }
        }
        written
    }
}

#[async_trait]
impl Cluster for LiveCluster {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn version(&self) -> Result<String, ClusterError> {
        let keep = Duration::from_secs(limits::LIVE_VERSION_KEPT_SECS);
        let known = self
            .version
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((version, _)) = known.filter(|(_, asked)| asked.elapsed() < keep) {
            return Ok(version);
        }
        let version = self.inner.version().await?;
        let mut known = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((version.clone(), Instant::now()));
        Ok(version)
    }

    async fn resources(&self) -> Result<Vec<Resource>, ClusterError> {
        self.inner.resources().await
    }

    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        self.inner.resource(gvk).await
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        self.inner.identity().await
    }

    async fn follow(&self, application: &str, objects: &[ObjectRef]) {
        self.lock().follow(application, objects);
        let mut kinds: Vec<&Gvk> = objects.iter().map(|object| &object.gvk).collect();
        kinds.sort_unstable_by_key(|gvk| (&gvk.group, &gvk.kind));
        kinds.dedup();
        for gvk in &kinds {
            self.watch_kind(gvk).await;
        }
        for gvk in kinds {
            self.until_listed(gvk).await;
        }
        self.lock().drop_unused();
    }

    fn unfollow(&self, application: &str) {
        let mut state = self.lock();
        state.unfollow(application);
        state.drop_unused();
    }

    fn is_near(&self, resource: &Resource) -> bool {
        let state = self.lock();
        state
            .kind(&resource.gvk)
            .is_some_and(crate::state::Kind::is_listed)
    }

    async fn tracked(&self, application: &str) -> Option<Vec<Object>> {
        self.lock().tracked(application)
    }

    async fn list_matching(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        self.inner.list_matching(resource, options).await
    }

    async fn list_pages(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
        visit: &mut (dyn FnMut(Page) + Send),
    ) -> Result<(), ClusterError> {
        self.inner.list_pages(resource, options, visit).await
    }

    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        match self.known(resource, namespace, name) {
            Some(known) => Ok(known),
            None => self.inner.get(resource, namespace, name).await,
        }
    }

    async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let written = self.inner.apply(resource, object, options).await;
        self.note(written, options.dry_run)
    }

    async fn create(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let written = self.inner.create(resource, object, options).await;
        self.note(written, options.dry_run)
    }

    async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let written = self.inner.replace(resource, object, options).await;
        self.note(written, options.dry_run)
    }

    async fn patch(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        kind: PatchKind,
        body: &Value,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let written = self
            .inner
            .patch(resource, object, kind, body, options)
            .await;
        self.note(written, options.dry_run)
    }

    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        self.inner.delete(resource, object, options).await
    }

    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        if self.is_near(resource) {
            return feed(Arc::clone(&self.state), resource.clone(), namespace);
        }
        self.inner.watch(resource, namespace)
    }
}
