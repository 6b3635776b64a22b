//! What the API asks of the running control plane beyond its home.

use std::sync::Arc;

use async_trait::async_trait;
use gantry_model::Cluster;
use serde_json::Value;

use crate::fault::Fault;

/// The running control plane. Applications are given as `(namespace, name)`.
#[async_trait]
pub trait Inside: Send + Sync {
    /// The objects of an application as Git has them at a revision (empty: the target revision).
    async fn manifests(&self, app: (&str, &str), revision: &str) -> Result<Vec<Value>, Fault>;

    /// Argo CD's `ManagedResources` items, with live, target and predicted state as JSON texts, secrets hidden.
    async fn managed_resources(&self, app: (&str, &str)) -> Result<Vec<Value>, Fault>;

    /// Argo CD's `ApplicationTree`.
    async fn tree(&self, app: (&str, &str)) -> Result<Value, Fault>;

    /// The connection to an application's cluster.
    async fn cluster(&self, app: (&str, &str)) -> Result<Arc<dyn Cluster>, Fault>;
}
