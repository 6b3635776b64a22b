//! The cluster as the engine sees it.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use gantry_model::cluster::{
    ApplyOptions, Author, DeleteOptions, ListOptions, LogOptions, Page, PatchKind, Resident,
    Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef, limits};
use serde_json::Value;

use crate::Hears;
use crate::feed::feed;
use crate::kind::Phase;
use crate::known::Known;
use crate::scout::Scout;
use crate::state::State;
use crate::watcher::Watcher;
use crate::writes::group_kind_of;

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
    origin: Origin,
}

/// Whose watches they are.
enum Origin {
    /// Its own, which end with it.
    Own(Weak<LiveCluster>),
    /// Those of another one, of which it is a view.
    Of(Arc<LiveCluster>),
}

impl LiveCluster {
    /// Watches nothing yet.
    pub fn new(inner: Arc<dyn Cluster>, hears: Arc<dyn Hears>, scope: Scope) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            inner,
            hears,
            scope,
            state: Arc::default(),
            origin: Origin::Own(Weak::clone(me)),
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

    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may_watch(&self, resource: &Resource) -> bool {
        let in_scope =
            self.scope.namespaces.is_empty() || resource.namespaced || self.scope.cluster_resources;
        // Events come and go by themselves, and Leases do nothing else.
        let restless = matches!(resource.gvk.kind.as_str(), "Event" | "Lease");
        resource.listable && in_scope && !restless
    }

    /// Whether watches look at a namespace.
    pub(crate) fn covers(&self, resource: &Resource, namespace: &str) -> bool {
        let own = &self.scope.namespaces;
        !resource.namespaced || own.is_empty() || own.iter().any(|own| own == namespace)
    }

    pub(crate) fn tell(&self, concerned: impl IntoIterator<Item = String>) {
        for application in concerned {
            self.hears.touched(&application);
        }
    }

    /// Watches a kind from now on, if it can be watched and is not yet, or only in a version of which nobody
    /// has anything. Whether all that there is of it is known once it was listed.
    pub(crate) async fn watch_kind(&self, gvk: &Gvk) -> bool {
        if self.lock().kind(gvk).is_some() {
            return true;
        }
        let resource = match self.inner.resource(gvk).await {
            Ok(Some(resource)) => resource,
            // What is not served is not there.
            Ok(None) => {
                self.look_out_for(gvk);
                return true;
            }
            Err(_) => return false,
        };
        self.lock().absent.remove(gvk);
        if !self.may_watch(&resource) {
            return !resource.listable;
        }
        let mut state = self.lock();
        let Some(kind) = state.begin(resource.clone()) else {
            return true;
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
        true
    }

    /// Whoever has a kind that is not served is told when it is.
    fn look_out_for(&self, gvk: &Gvk) {
        let may_watch = self.scope.namespaces.is_empty() || self.scope.cluster_resources;
        let mut state = self.lock();
        if !may_watch || !state.is_followed(gvk) || !state.absent.add(gvk) {
            return;
        }
        let scout = Scout {
            inner: Arc::clone(&self.inner),
            state: Arc::clone(&self.state),
            hears: Arc::clone(&self.hears),
        };
        state
            .absent
            .attend(tokio::spawn(scout.run()).abort_handle());
    }

    pub(crate) async fn resources_served(&self) -> Result<Arc<[Resource]>, ClusterError> {
        self.inner.resources().await
    }

    /// Returns once kinds were listed, or cannot be.
    pub(crate) async fn until_listed(&self, kinds: &[&Gvk]) {
        let mut phases = Vec::new();
        {
            let state = self.lock();
            let listing = kinds.iter().filter_map(|gvk| state.kind(gvk));
            let listing = listing.filter(|kind| *kind.phase.borrow() == Phase::Listing);
            phases.extend(listing.map(|kind| kind.phase.subscribe()));
        }
        let listed = async {
            for phase in &mut phases {
                // A kind that is dropped meanwhile is not waited for.
                let _ = phase.wait_for(|phase| *phase != Phase::Listing).await;
            }
        };
        let most = Duration::from_secs(limits::LIVE_LIST_TIMEOUT_SECS);
        // Whoever asks before it is listed is given what the server says.
        let _ = tokio::time::timeout(most, listed).await;
    }
}

/// The watches share what is known with the tasks that read them, which nothing else would ever end.
impl Drop for LiveCluster {
    fn drop(&mut self) {
        if matches!(self.origin, Origin::Own(_)) {
            self.lock().end();
        }
    }
}

#[async_trait]
impl Cluster for LiveCluster {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn version(&self) -> Result<String, ClusterError> {
        let keep = Duration::from_secs(limits::LIVE_VERSION_KEPT_SECS);
        // What it said last, to whomever: a probe that hears of another version has applications looked at.
        match self.inner.version_within(keep) {
            Some(version) => Ok(version),
            None => self.inner.version().await,
        }
    }

    fn version_within(&self, age: Duration) -> Option<String> {
        self.inner.version_within(age)
    }

    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        self.inner.resources().await
    }

    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        self.inner.resource(gvk).await
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        self.inner.identity().await
    }

    async fn follow(&self, application: &str, objects: &[ObjectRef]) {
        let kinds = self.lock().follow(application, objects);
        let own = &self.scope.namespaces;
        let is_own = |namespace: &String| namespace.is_empty() || own.contains(namespace);
        let mut is_covered = own.is_empty() || objects.iter().all(|o| is_own(&o.namespace));
        for gvk in &kinds {
            is_covered &= self.watch_kind(gvk).await;
        }
        self.lock().cover(application, is_covered);
        self.until_listed(&kinds.iter().collect::<Vec<_>>()).await;
        self.lock().sweep();
    }

    fn unfollow(&self, application: &str) {
        let mut state = self.lock();
        state.unfollow(application);
        state.sweep();
    }

    fn is_near(&self, resource: &Resource) -> bool {
        let state = self.lock();
        let kind = state.kind_in_any_version(&resource.gvk);
        kind.is_some_and(crate::kind::Kind::is_listed)
    }

    async fn logs(
        &self,
        pod: &ObjectRef,
        options: LogOptions<'_>,
    ) -> Result<BoxStream<'static, Result<String, ClusterError>>, ClusterError> {
        self.inner.logs(pod, options).await
    }

    async fn tracked(&self, application: &str) -> Option<Vec<Object>> {
        let doubtful = self.lock().doubtful(application)?;
        let asked = doubtful.into_iter().map(|(resource, place)| async move {
            let got = self.get(&resource, &place.0, &place.1).await;
            got.is_ok()
        });
        let mut asked = stream::iter(asked).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        while let Some(is_answered) = asked.next().await {
            if !is_answered {
                return None;
            }
        }
        self.lock().tracked(application)
    }

    async fn residents(&self, application: &str, namespace: &str) -> Option<Vec<Resident>> {
        self.residents_of(application, namespace).await
    }

    fn leave_residents(&self, application: &str) {
        self.lock().seekers.remove(application);
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
        let place = (namespace.to_owned(), name.to_owned());
        let asking = match self.known(resource, &place) {
            Known::Certain(known) => return Ok(known),
            Known::Asked(asking) => Some(asking),
            Known::InAnotherVersion => {
                let answer = self.inner.get(resource, namespace, name).await?;
                if let Some(answer) = &answer {
                    self.keep_converted(resource, &place, answer);
                }
                return Ok(answer);
            }
            Known::Elsewhere => None,
        };
        let answer = self.inner.get(resource, namespace, name).await?;
        if let Some(asking) = asking {
            let concerned = {
                let mut state = self.lock();
                // An answer in the version in which it was watched before is none in that of now.
                if state.kind(&resource.gvk).is_none() {
                    return Ok(answer);
                }
                let kind = group_kind_of(resource);
                state.answered(&kind, &place, &asking, answer.as_ref())
            };
            self.tell(concerned);
        }
        Ok(answer)
    }

    async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let written = self.inner.apply(resource, object, options).await;
        let name = (object.namespace(), object.name());
        self.note(resource, name, written, options.dry_run)
    }

    async fn create(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let written = self.inner.create(resource, object, options).await;
        let name = (object.namespace(), object.name());
        self.note(resource, name, written, options.dry_run)
    }

    async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let written = self.inner.replace(resource, object, options).await;
        let name = (object.namespace(), object.name());
        self.note(resource, name, written, options.dry_run)
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
        let name = (object.namespace.as_str(), object.name.as_str());
        self.note(resource, name, written, options.dry_run)
    }

    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        let deleted = self.inner.delete(resource, object, options).await;
        self.note_deleted(resource, object, &deleted, options);
        deleted
    }

    fn written_by(&self, author: &Author) -> Option<Arc<dyn Cluster>> {
        let origin = match &self.origin {
            Origin::Own(me) => me.upgrade()?,
            Origin::Of(origin) => Arc::clone(origin),
        };
        Some(Arc::new(Self {
            inner: self.inner.written_by(author)?,
            hears: Arc::clone(&self.hears),
            scope: self.scope.clone(),
            state: Arc::clone(&self.state),
            origin: Origin::Of(origin),
        }))
    }

    fn watch_metadata(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        self.inner.watch_metadata(resource, namespace)
    }

    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        let within = namespace.map_or(self.scope.namespaces.is_empty(), |namespace| {
            self.covers(resource, namespace)
        });
        if (within || !resource.namespaced) && self.is_listed(resource) {
            return feed(Arc::clone(&self.state), resource.clone(), namespace);
        }
        self.inner.watch(resource, namespace)
    }
}
