//! A cluster that counts what is asked of it, and whoever hears of changes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_live::Hears;
use gantry_model::cluster::{
    ApplyOptions, Author, DeleteOptions, ListOptions, Page, PatchKind, Resource, WatchEvent,
    WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::Value;

/// So much was asked.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) gets: AtomicUsize,
    pub(crate) lists: AtomicUsize,
    pub(crate) writes: AtomicUsize,
    pub(crate) watches: AtomicUsize,
}

impl Counts {
    /// Gets, lists, writes and watches since the last time.
    pub(crate) fn take(&self) -> [usize; 4] {
        let all = [&self.gets, &self.lists, &self.writes, &self.watches];
        all.map(|count| count.swap(0, Ordering::Relaxed))
    }
}

pub(crate) struct Counting {
    pub(crate) inner: Arc<dyn Cluster>,
    pub(crate) counts: Arc<Counts>,
}

fn count(what: &AtomicUsize) {
    what.fetch_add(1, Ordering::Relaxed);
}

#[async_trait]
impl Cluster for Counting {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn version(&self) -> Result<String, ClusterError> {
        self.inner.version().await
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

    async fn list_matching(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        count(&self.counts.lists);
        self.inner.list_matching(resource, options).await
    }

    async fn list_pages(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
        visit: &mut (dyn FnMut(Page) + Send),
    ) -> Result<(), ClusterError> {
        count(&self.counts.lists);
        self.inner.list_pages(resource, options, visit).await
    }

    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        count(&self.counts.gets);
        self.inner.get(resource, namespace, name).await
    }

    async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        count(&self.counts.writes);
        self.inner.apply(resource, object, options).await
    }

    async fn create(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        count(&self.counts.writes);
        self.inner.create(resource, object, options).await
    }

    async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        count(&self.counts.writes);
        self.inner.replace(resource, object, options).await
    }

    async fn patch(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        kind: PatchKind,
        body: &Value,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        count(&self.counts.writes);
        let inner = &self.inner;
        inner.patch(resource, object, kind, body, options).await
    }

    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        count(&self.counts.writes);
        self.inner.delete(resource, object, options).await
    }

    fn written_by(&self, author: &Author) -> Option<Arc<dyn Cluster>> {
        let (inner, counts) = (self.inner.written_by(author)?, Arc::clone(&self.counts));
        Some(Arc::new(Self { inner, counts }))
    }

    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        count(&self.counts.watches);
        self.inner.watch(resource, namespace)
    }
}

/// When applications were told last.
#[derive(Default)]
pub(crate) struct Heard {
    told: Mutex<HashMap<String, Instant>>,
    news: tokio::sync::Notify,
}

impl Heard {
    pub(crate) fn forget(&self) {
        self.told.lock().expect("a lock").clear();
    }

    /// When an application was told, once it was.
    pub(crate) async fn told(&self, application: &str) -> Instant {
        loop {
            let news = self.news.notified();
            if let Some(at) = self.told.lock().expect("a lock").get(application) {
                return *at;
            }
            news.await;
        }
    }
}

impl Hears for Heard {
    fn touched(&self, application: &str) {
        let mut told = self.told.lock().expect("a lock");
        told.insert(application.to_owned(), Instant::now());
        self.news.notify_waiters();
    }
}
