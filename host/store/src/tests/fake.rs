//! A cluster in memory that knows Secrets and their optimistic lock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, PatchKind, Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::Value;

#[derive(Default)]
pub(super) struct FakeCluster(Mutex<BTreeMap<String, (u64, Object)>>);

impl FakeCluster {
    pub(super) fn only(&self, name: &str) -> Object {
        self.0.lock().expect("a lock")[name].1.clone()
    }

    fn put(&self, object: &Object, version: u64) -> Object {
        let mut value = object.value().clone();
        value["metadata"]["resourceVersion"] = version.to_string().into();
        let stored = Object::new(value, None).expect("an object");
        let mut objects = self.0.lock().expect("a lock");
        objects.insert(object.name().to_owned(), (version, stored.clone()));
        stored
    }

    fn version(&self, name: &str) -> Option<u64> {
        self.0
            .lock()
            .expect("a lock")
            .get(name)
            .map(|found| found.0)
    }
}

fn unused<T>() -> Result<T, ClusterError> {
    Err(ClusterError::Other(
        "the history does not ask this".to_owned(),
    ))
}

#[async_trait]
impl Cluster for FakeCluster {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn version(&self) -> Result<String, ClusterError> {
        unused()
    }

    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        unused()
    }

    async fn resource(&self, _: &Gvk) -> Result<Option<Resource>, ClusterError> {
        unused()
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        unused()
    }

    async fn list_matching(
        &self,
        _: &Resource,
        _: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        unused()
    }

    async fn get(&self, _: &Resource, _: &str, name: &str) -> Result<Option<Object>, ClusterError> {
        let found = self
            .0
            .lock()
            .expect("a lock")
            .get(name)
            .map(|found| found.1.clone());
        // Others get their turn between the read and the write.
        tokio::task::yield_now().await;
        Ok(found)
    }

    async fn apply(
        &self,
        _: &Resource,
        _: &Object,
        _: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        unused()
    }

    async fn create(
        &self,
        _: &Resource,
        object: &Object,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        match self.version(object.name()) {
            None => Ok(self.put(object, 1)),
            Some(_) => Err(ClusterError::AlreadyExists {
                message: "it is there".to_owned(),
                maybe_ours: false,
            }),
        }
    }

    async fn replace(
        &self,
        _: &Resource,
        object: &Object,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        match self.version(object.name()) {
            Some(now) if now.to_string() == object.resource_version() => {
                Ok(self.put(object, now + 1))
            }
            _ => Err(ClusterError::Modified {
                message: "it was changed".to_owned(),
                maybe_ours: false,
            }),
        }
    }

    async fn patch(
        &self,
        _: &Resource,
        _: &ObjectRef,
        _: PatchKind,
        _: &Value,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        unused()
    }

    async fn delete(
        &self,
        _: &Resource,
        object: &ObjectRef,
        _: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        self.0.lock().expect("a lock").remove(&object.name);
        Ok(())
    }

    fn watch(
        &self,
        _: &Resource,
        _: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        futures::stream::empty().boxed()
    }
}
