//! The port of the sync engine, over the network.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::cluster::{ApplyOptions, Propagation, Resource, WatchEvent};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::discovery::Discovery;
use crate::list::{list, take};
use crate::request::{Call, item};
use crate::scrub::Hidden;
use crate::source::Source;
use crate::watch::watch;

/// Server-side apply. JSON is YAML.
const APPLY: &str = "application/apply-patch+yaml";

/// One cluster. Nothing is sent before the first question.
pub struct KubeCluster {
    connection: Arc<Connection>,
    discovery: Discovery,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

impl KubeCluster {
    pub(crate) fn new(name: &str, server: &str, source: Source) -> Self {
        let connection = Connection::new(name.to_owned(), server.to_owned(), source);
        Self {
            connection: Arc::new(connection),
            discovery: Discovery::default(),
        }
    }

    /// The object as the server has it, or none. A kind that is not served has no objects.
    async fn read(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        let call = Call::get(item(resource, namespace, name)?);
        let found = self.connection.json(&call, Some(&resource.gvk)).await;
        match found {
            Err(ClusterError::NotFound(_)) => Ok(None),
            other => take(other?).map(Some),
        }
    }
}

impl fmt::Debug for KubeCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubeCluster")
            .field("name", &self.connection.name)
            .field("server", &self.connection.server)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Cluster for KubeCluster {
    fn name(&self) -> &str {
        &self.connection.name
    }

    async fn version(&self) -> Result<String, ClusterError> {
        let version: Version = self.connection.json(&Call::get("/version"), None).await?;
        Ok(version.git_version)
    }

    async fn resources(&self) -> Result<Vec<Resource>, ClusterError> {
        self.discovery.all(&self.connection).await
    }

    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError> {
        self.discovery.one(&self.connection, gvk).await
    }

    async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<Object>, ClusterError> {
        let list = list(&self.connection, resource, namespace, false).await?;
        Ok(list.items)
    }

    async fn list_metadata(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<Object>, ClusterError> {
        let list = list(&self.connection, resource, namespace, true).await?;
        Ok(list.items)
    }

    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError> {
        self.read(resource, namespace, name).await
    }

    async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError> {
        let target = item(resource, object.namespace(), object.name())?;
        let mut call = Call::new(Method::PATCH, target)
            .query("fieldManager", options.field_manager)
            .query(
                "force",
                if options.force_conflicts {
                    "true"
                } else {
                    "false"
                },
            )
            // As kubectl does: a misspelt or doubled field is an error, not a field that is
            // silently dropped. The server's default would only warn.
            .query("fieldValidation", "Strict")
            .body(APPLY, body(object)?);
        if options.dry_run {
            call = call.query("dryRun", "All");
        }
        call.hidden = Hidden::of(object);
        take(self.connection.json(&call, Some(&resource.gvk)).await?)
    }

    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        uid: &str,
        propagation: Propagation,
        dry_run: bool,
    ) -> Result<(), ClusterError> {
        let mut options = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": match propagation {
                Propagation::Foreground => "Foreground",
                Propagation::Background => "Background",
                Propagation::Orphan => "Orphan",
            },
        });
        if !uid.is_empty() {
            options["preconditions"] = json!({"uid": uid});
        }
        if dry_run {
            options["dryRun"] = json!(["All"]);
        }
        let target = item(resource, &object.namespace, &object.name)?;
        let call = Call::new(Method::DELETE, target)
            .body("application/json", options.to_string().into_bytes());
        let answer = self.connection.send(&call).await?;
        if (200..300).contains(&answer.code) {
            return Ok(());
        }
        let asked = self.connection.asked(&call, Some(&resource.gvk));
        match asked.error(&answer) {
            // A kind that is not served any more has taken its objects with it.
            ClusterError::NotFound(_) | ClusterError::UnknownKind(_) => Ok(()),
            // Either another object has the name by now, and the one that was meant is gone, or
            // somebody changed it at the same moment, and the next try deletes it.
            error if answer.code == 409 && !uid.is_empty() => {
                let now = self.read(resource, &object.namespace, &object.name).await?;
                match now {
                    Some(now) if now.uid() == uid => Err(error),
                    _ => Ok(()),
                }
            }
            error => Err(error),
        }
    }

    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        let namespace = namespace.map(str::to_owned);
        watch(Arc::clone(&self.connection), resource.clone(), namespace)
    }
}

/// The object as it is sent: the server refuses an applied one that has `managedFields`.
fn body(object: &Object) -> Result<Vec<u8>, ClusterError> {
    let managed = object.value().pointer("/metadata/managedFields").is_some();
    let bytes = if managed {
        let mut value = object.value().clone();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        serde_json::to_vec(&value)
    } else {
        serde_json::to_vec(object.value())
    };
    // Without serde's words, which may quote the object.
    bytes.map_err(|_| ClusterError::Invalid(format!("{} is no JSON", object.reference())))
}
