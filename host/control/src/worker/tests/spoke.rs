//! A cluster in memory: of what is written to it, it only keeps a log.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use gantry_model::cluster::{
    ApplyOptions, Author, DeleteOptions, ListOptions, PatchKind, Resource, WatchEvent, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::{Value, json};
use tokio::sync::watch;

pub(super) struct Spoke {
    name: String,
    /// Whether it answers who looks for an application's objects.
    answers: watch::Sender<bool>,
    /// So many deletions it refuses.
    refusals: Mutex<u32>,
    objects: Mutex<Vec<Object>>,
    log: Mutex<Vec<String>>,
}

impl Spoke {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            answers: watch::Sender::new(true),
            refusals: Mutex::default(),
            objects: Mutex::default(),
            log: Mutex::default(),
        }
    }

    pub(super) fn answer(&self, answers: bool) {
        self.answers.send_replace(answers);
    }

    /// It refuses so many deletions.
    pub(super) fn refuse(&self, deletions: u32) {
        *self.refusals.lock().expect("a lock") = deletions;
    }

    /// It has an object, which a finalizer keeps.
    pub(super) fn put(&self, name: &str, annotations: &Value) {
        let metadata = json!({
            "name": name, "namespace": "apps", "uid": name, "annotations": annotations,
            "finalizers": ["example.com/stays"],
        });
        let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
        let object = Object::new(value, None).expect("an object");
        self.objects.lock().expect("a lock").push(object);
    }

    /// What it was told since the last time.
    pub(super) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().expect("a lock"))
    }

    pub(super) fn has_logged(&self, line: &str) -> bool {
        let log = self.log.lock().expect("a lock");
        log.iter().any(|logged| logged == line)
    }

    fn note(&self, line: String) {
        self.log.lock().expect("a lock").push(line);
    }

    fn all(&self) -> Vec<Object> {
        self.objects.lock().expect("a lock").clone()
    }
}

fn unused<T>() -> Result<T, ClusterError> {
    Err(ClusterError::Other("nobody asks this".to_owned()))
}

fn resource(gvk: &Gvk) -> Resource {
    Resource {
        gvk: gvk.clone(),
        plural: format!("{}s", gvk.kind.to_lowercase()),
        namespaced: true,
        listable: true,
    }
}

#[async_trait]
impl Cluster for Spoke {
    fn name(&self) -> &str {
        &self.name
    }

    async fn version(&self) -> Result<String, ClusterError> {
        Ok("v1.35.4".to_owned())
    }

    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        Ok([resource(&Gvk::parse("v1", "ConfigMap"))].into())
    }

    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        Ok(Some(resource(gvk)))
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        Ok("tester".to_owned())
    }

    async fn list_matching(
        &self,
        _: &Resource,
        _: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        Ok(self.all())
    }

    fn written_by(&self, author: &Author) -> Option<Arc<dyn Cluster>> {
        self.note(format!("{author:?}"));
        None
    }

    async fn follow(&self, application: &str, _: &[ObjectRef]) {
        self.note(format!("follow {application}"));
    }

    fn unfollow(&self, application: &str) {
        self.note(format!("unfollow {application}"));
    }

    async fn tracked(&self, _: &str) -> Option<Vec<Object>> {
        self.note("looked for".to_owned());
        let mut answers = self.answers.subscribe();
        // The sender lives as long as this.
        let _ = answers.wait_for(|answers| *answers).await;
        Some(self.all())
    }

    async fn get(&self, _: &Resource, _: &str, name: &str) -> Result<Option<Object>, ClusterError> {
        Ok(self.all().into_iter().find(|object| object.name() == name))
    }

    async fn apply(
        &self,
        _: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        if !options.dry_run {
            self.note(format!("apply {}", object.name()));
        }
        let mut value = object.value().clone();
        value["metadata"]["uid"] = json!("1");
        Object::new(value, None).map_err(|error| ClusterError::Other(error.to_string()))
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
        object: &ObjectRef,
        _: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        if let Some(left) = {
            let mut refusals = self.refusals.lock().expect("a lock");
            let left = refusals.checked_sub(1);
            *refusals = left.unwrap_or_default();
            left
        } {
            return Err(ClusterError::Other(format!("refused, {left} more times")));
        }
        // As one that a finalizer keeps.
        self.note(format!("delete {}", object.name));
        Ok(())
    }

    fn watch(
        &self,
        _: &Resource,
        _: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        futures::stream::pending().boxed()
    }
}
