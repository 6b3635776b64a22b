//! A cluster that only says its version, or does not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, PatchKind, Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::Value;

/// How it answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mood {
    Well(&'static str),
    Failing(&'static str),
    Silent,
}

pub(super) struct Fake {
    pub(super) name: String,
    pub(super) mood: Mutex<Mood>,
    pub(super) asked: AtomicUsize,
}

impl Fake {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            mood: Mutex::new(Mood::Well("v1.35.4")),
            asked: AtomicUsize::new(0),
        }
    }

    pub(super) fn set(&self, mood: Mood) {
        *self.mood.lock().expect("a lock") = mood;
    }
}

fn unused<T>() -> Result<T, ClusterError> {
    Err(ClusterError::Other("nobody asks this".to_owned()))
}

#[async_trait]
impl Cluster for Fake {
    fn name(&self) -> &str {
        &self.name
    }

    async fn version(&self) -> Result<String, ClusterError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mood = self.mood.lock().expect("a lock").clone();
        match mood {
            Mood::Well(version) => Ok(version.to_owned()),
            Mood::Failing(why) => Err(ClusterError::Transient(why.to_owned())),
            Mood::Silent => std::future::pending().await,
        }
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

    async fn get(&self, _: &Resource, _: &str, _: &str) -> Result<Option<Object>, ClusterError> {
        unused()
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
        _: &Object,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        unused()
    }

    async fn replace(
        &self,
        _: &Resource,
        _: &Object,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        unused()
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
        _: &ObjectRef,
        _: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        unused()
    }

    fn watch(
        &self,
        _: &Resource,
        _: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        futures::stream::empty().boxed()
    }
}
