//! A cluster with what tests put there.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use gantry_model::cluster::{
    ApplyOptions, DeleteOptions, ListOptions, LogOptions, PatchKind, Resource, WatchEvent,
    WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use serde_json::{Value, json};

/// A cluster that has some objects; whoever writes is refused in the server's words, which tell what was written.
pub(crate) struct Spoke(pub(crate) Vec<Object>);

impl Spoke {
    pub(crate) fn new() -> Self {
        let object = |value: Value| Object::new(value, None).expect("an object");
        Self(vec![
            object(
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "shop", "uid": "1",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"key\":\"aGlkZGVu\"}}"}},
                "data": {"key": "aGlkZGVu"}}),
            ),
            object(
                json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "uid": "2"},
                "spec": {"replicas": 1}}),
            ),
            object(
                json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "3"},
                "spec": {"containers": [{"name": "web"}]}}),
            ),
        ])
    }

    /// Argo CD's tree of them.
    pub(crate) fn tree(&self) -> Value {
        let node = |object: &Object| {
            let gvk = object.gvk();
            json!({"group": gvk.group, "version": gvk.version, "kind": gvk.kind, "namespace": object.namespace(),
                "name": object.name(), "uid": object.uid()})
        };
        json!({"nodes": self.0.iter().map(node).collect::<Vec<_>>()})
    }
}

fn refused<T>(what: &str) -> Result<T, ClusterError> {
    Err(ClusterError::Invalid(format!("invalid: {what}")))
}

#[async_trait]
impl Cluster for Spoke {
    fn name(&self) -> &'static str {
        "spoke"
    }

    async fn version(&self) -> Result<String, ClusterError> {
        Ok("v1.35.4".to_owned())
    }

    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError> {
        Ok(Arc::default())
    }

    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        Ok(Some(Resource {
            gvk: gvk.clone(),
            plural: format!("{}s", gvk.kind.to_lowercase()),
            namespaced: true,
            listable: true,
        }))
    }

    async fn identity(&self) -> Result<String, ClusterError> {
        Ok(String::new())
    }

    async fn list_matching(
        &self,
        _: &Resource,
        _: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        Ok(Vec::new())
    }

    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        let mut all = self.0.iter();
        let found = all.find(|object| {
            object.gvk() == resource.gvk && object.namespace() == namespace && object.name() == name
        });
        Ok(found.cloned())
    }

    async fn apply(
        &self,
        _: &Resource,
        object: &Object,
        _: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        refused(&object.value().to_string())
    }

    async fn create(
        &self,
        _: &Resource,
        object: &Object,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        refused(&object.value().to_string())
    }

    async fn replace(
        &self,
        _: &Resource,
        object: &Object,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        refused(&object.value().to_string())
    }

    async fn patch(
        &self,
        _: &Resource,
        _: &ObjectRef,
        _: PatchKind,
        body: &Value,
        _: WriteOptions<'_>,
    ) -> Result<Object, ClusterError> {
        refused(&body.to_string())
    }

    async fn delete(
        &self,
        _: &Resource,
        object: &ObjectRef,
        _: DeleteOptions<'_>,
    ) -> Result<(), ClusterError> {
        refused(&object.to_string())
    }

    /// One line, and no end.
    async fn logs(
        &self,
        _: &ObjectRef,
        _: LogOptions<'_>,
    ) -> Result<BoxStream<'static, Result<String, ClusterError>>, ClusterError> {
        let line = Ok("2026-01-02T03:04:05Z hello".to_owned());
        let lines = futures::stream::iter([line]);
        Ok(lines.chain(futures::stream::pending()).boxed())
    }

    fn watch(
        &self,
        _: &Resource,
        _: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        futures::stream::empty().boxed()
    }
}
