//! What the API asks of the running control plane beyond its home.

use std::sync::Arc;

use async_trait::async_trait;
use gantry_model::Cluster;
use gantry_model::application::Destination;
use gantry_model::project::DestinationCluster;
use serde_json::Value;

use crate::fault::{Code, Fault};
use crate::revisions::Revisions;

/// The running control plane. Applications are given as `(namespace, name)`: those that the caller may see.
#[async_trait]
pub trait Inside: Send + Sync {
    /// The objects of an application as Git has them at some revisions.
    async fn manifests(
        &self,
        app: (&str, &str),
        revisions: &Revisions,
    ) -> Result<Vec<Value>, Fault>;

    /// Argo CD's `ManagedResources` items, with live, target and predicted state as JSON texts, secrets hidden.
    async fn managed_resources(&self, app: (&str, &str)) -> Result<Vec<Value>, Fault>;

    /// Annotations of Secrets that nobody is shown.
    fn sensitive_annotations(&self) -> Vec<String> {
        Vec::new()
    }

    /// Argo CD's `ApplicationTree`.
    async fn tree(&self, app: (&str, &str)) -> Result<Value, Fault>;

    /// The connection to an application's cluster.
    async fn cluster(&self, app: (&str, &str)) -> Result<Arc<dyn Cluster>, Fault>;

    /// Whether an application may be as its manifest says: its destination is known, its project permits
    /// that and its sources. With `render` it is fetched and rendered too. Nothing is changed.
    async fn check(&self, _manifest: &Value, _render: bool) -> Result<(), Fault> {
        Ok(())
    }

    /// Whether a person may sync an application now, by its project's sync windows.
    async fn may_sync(&self, _app: (&str, &str)) -> Result<(), Fault> {
        Ok(())
    }

    /// The cluster that a destination means for applications of a project; none where nobody knows it.
    fn destination(
        &self,
        _destination: &Destination,
        _project: &str,
    ) -> Option<DestinationCluster> {
        None
    }

    /// All clusters that applications may go to, as Argo CD shows one: `server`, `name`, `project`,
    /// `connectionState`, `serverVersion`, `info`; with `aliases`, its other names and servers. No credentials.
    async fn clusters(&self) -> Result<Vec<Value>, Fault> {
        Ok(Vec::new())
    }

    /// Answers something that the API itself does not know: a method's name, and its request, which the caller
    /// may ask. The answer has no secret.
    async fn ask(&self, method: &str, _request: &Value) -> Result<Value, Fault> {
        Err(Fault::new(
            Code::Unimplemented,
            format!("{method} is not served by this control plane"),
        ))
    }
}
