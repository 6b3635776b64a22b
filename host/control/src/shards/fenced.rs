//! A cluster that is written to only while it is this replica's.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::cluster::{
    ApplyOptions, Author, DeleteOptions, ListOptions, LogOptions, Page, PatchKind, Resident,
    Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::Value;

use super::Shards;

/// Takes a hold for each request that changes something, and drops the request when the hold ends. Reads go
/// through.
pub struct Fenced {
    inner: Arc<dyn Cluster>,
    shards: Arc<Shards>,
    key: String,
}

impl Fenced {
    /// The same cluster, which replicas share by this key.
    pub fn new(inner: Arc<dyn Cluster>, shards: Arc<Shards>, key: String) -> Self {
        Self { inner, shards, key }
    }

    async fn guard<T>(
        &self,
        request: impl Future<Output = Result<T, ClusterError>> + Send,
    ) -> Result<T, ClusterError> {
        let not_owned = |error: super::NotOwned| ClusterError::Other(error.to_string());
        let Some(hold) = self.shards.hold(&self.key) else {
            let message = format!("cluster {} is another replica's", self.key);
            return Err(ClusterError::Other(message));
        };
        hold.check().map_err(not_owned)?;
        tokio::select! {
            biased;
            error = hold.ended() => Err(not_owned(error)),
            answer = request => answer,
        }
    }
}

#[async_trait]
impl Cluster for Fenced {
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

    async fn follow(&self, application: &str, objects: &[ObjectRef]) {
        self.inner.follow(application, objects).await;
    }

    fn unfollow(&self, application: &str) {
        self.inner.unfollow(application);
    }

    fn is_near(&self, resource: &Resource) -> bool {
        self.inner.is_near(resource)
    }

    async fn logs(
        &self,
        pod: &ObjectRef,
        options: LogOptions<'_>,
    ) -> Result<BoxStream<'static, Result<String, ClusterError>>, ClusterError> {
        self.inner.logs(pod, options).await
    }

    async fn tracked(&self, application: &str) -> Option<Vec<Object>> {
        self.inner.tracked(application).await
    }

    async fn residents(&self, application: &str, namespace: &str) -> Option<Vec<Resident>> {
        self.inner.residents(application, namespace).await
    }

    fn leave_residents(&self, application: &str) {
        self.inner.leave_residents(application);
    }

    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        self.inner.get(resource, namespace, name).await
    }

    async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        self.guard(self.inner.apply(resource, object, options))
            .await
    }

    async fn create(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        self.guard(self.inner.create(resource, object, options))
            .await
    }

    async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        self.guard(self.inner.replace(resource, object, options))
            .await
    }

    async fn patch(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        kind: PatchKind,
        body: &Value,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        self.guard(self.inner.patch(resource, object, kind, body, options))
            .await
    }

    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        self.guard(self.inner.delete(resource, object, options))
            .await
    }

    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        self.inner.watch(resource, namespace)
    }

    fn written_by(&self, author: &Author) -> Option<Arc<dyn Cluster>> {
        let inner = self.inner.written_by(author)?;
        let (shards, key) = (Arc::clone(&self.shards), self.key.clone());
        Some(Arc::new(Self { inner, shards, key }))
    }

    fn watch_metadata(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        self.inner.watch_metadata(resource, namespace)
    }
}
