//! The cluster in memory, seen by somebody who notes how objects are written.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, PatchKind, Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::{Value, json};

use super::Fake;

/// Data of objects whose name says `immutable` cannot be changed; to those whose name says `mutated` a
/// webhook adds some.
pub(crate) struct Recorder {
    inner: Fake,
    calls: Mutex<Vec<String>>,
    asked: Mutex<usize>,
}

impl Recorder {
    pub(crate) fn new(inner: Fake) -> Self {
        Self {
            inner,
            calls: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// What was asked for in earnest, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *calls)
    }

    /// How often the server was only asked.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, dry_run: bool, call: String) {
        if dry_run {
            *self.asked.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        } else {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(call);
        }
    }
}

#[async_trait]
impl Cluster for Recorder {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn version(&self) -> Result<String, ClusterError> {
        self.inner.version().await
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        self.inner.identity().await
    }

    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        self.inner.resources().await
    }

    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        self.inner.resource(gvk).await
    }

    async fn list_matching(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        self.inner.list_matching(resource, options).await
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
        let mut call = format!("apply {}", object.name());
        for (said, word) in [
            (options.force_conflicts, " by force"),
            (!options.validate, " unchecked"),
        ] {
            if said {
                call.push_str(word);
            }
        }
        self.note(options.dry_run, call);
        let found = self.inner.get(resource, object.namespace(), object.name());
        if let Some(found) = found.await?
            && object.name().contains("immutable")
            && found.value()["data"] != object.value()["data"]
        {
            return Err(ClusterError::Invalid("data: field is immutable".to_owned()));
        }
        let mut object = object.clone();
        if object.name().contains("mutated") {
            let mut value = object.into_value();
            value["data"]["added"] = json!("by a webhook");
            object = Object::new(value, None).expect("an object");
        }
        self.inner.apply(resource, &object, options).await
    }

    async fn create(
        &self,
        _resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        self.note(options.dry_run, format!("create {}", object.name()));
        Err(ClusterError::AlreadyExists {
            message: format!("{} already exists", object.reference()),
            maybe_ours: false,
        })
    }

    async fn replace(
        &self,
        _resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        self.note(options.dry_run, format!("replace {}", object.name()));
        Ok(object.clone())
    }

    async fn patch(
        &self,
        resource: &Resource,
        reference: &ObjectRef,
        kind: PatchKind,
        body: &Value,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        self.note(options.dry_run, format!("patch {}", reference.name));
        self.inner
            .patch(resource, reference, kind, body, options)
            .await
    }

    async fn delete(
        &self,
        resource: &Resource,
        reference: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        self.note(options.dry_run, format!("delete {}", reference.name));
        self.inner.delete(resource, reference, options).await
    }

    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        self.inner.watch(resource, namespace)
    }
}
