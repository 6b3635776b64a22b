//! What the sync engine asks of a cluster. `gantry-cluster` implements it over the network; the
//! planner's tests implement it in memory.

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::Serialize;

use crate::object::{Gvk, Object, ObjectRef};

/// One kind that a cluster serves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// The name in URLs, such as `deployments`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether it can be listed and watched.
    pub listable: bool,
}

/// How to apply an object.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions<'a> {
    /// Who owns the fields (`fieldManager`).
    pub field_manager: &'a str,
    /// Take over fields that another manager owns.
    pub force_conflicts: bool,
    /// Ask the server what would happen, change nothing (`dryRun=All`).
    pub dry_run: bool,
}

/// What happens to dependents on deletion (`propagationPolicy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// Dependents first.
    Foreground,
    /// The object first, dependents by the garbage collector.
    Background,
    /// Dependents stay.
    Orphan,
}

/// One field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldConflict {
    /// The other field manager.
    pub manager: String,
    /// The field, as the server writes it: `.spec.replicas`.
    pub field: String,
}

/// Why a cluster did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The kind is not served.
    #[error("the server serves no {0}; is its CustomResourceDefinition installed?")]
    UnknownKind(Gvk),
    /// The object does not exist.
    #[error("{0} not found")]
    NotFound(String),
    /// Other field managers own fields that were applied.
    #[error("conflict: {}", describe_conflicts(.0))]
    Conflict(Vec<FieldConflict>),
    /// The server refused the object.
    #[error("{0}")]
    Invalid(String),
    /// The credentials do not suffice.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// The server is overloaded and asks to come back.
    #[error("the server is overloaded: {message}")]
    Overloaded {
        /// The server's words.
        message: String,
        /// When to come back, if it said.
        retry_after_secs: Option<u64>,
    },
    /// A fault that another try may not meet: 5xx, a connection that broke, an optimistic lock.
    #[error("{0}")]
    Transient(String),
    /// The cluster cannot be reached or does not accept the credentials.
    #[error("cannot reach cluster {cluster}: {reason}")]
    Unreachable {
        /// The cluster's name.
        cluster: String,
        /// What failed.
        reason: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl ClusterError {
    /// Whether another try may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Overloaded { .. } | Self::Transient(_))
    }
}

fn describe_conflicts(conflicts: &[FieldConflict]) -> String {
    let mut managers: Vec<&str> = conflicts.iter().map(|c| c.manager.as_str()).collect();
    managers.sort_unstable();
    managers.dedup();
    let says = |manager: &&str| {
        let fields: Vec<&str> = conflicts
            .iter()
            .filter(|c| c.manager == *manager)
            .map(|c| c.field.as_str())
            .collect();
        format!("field manager {manager:?} owns {}", fields.join(", "))
    };
    managers.iter().map(says).collect::<Vec<_>>().join("; ")
}

/// A change seen by a watch.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchEvent {
    /// The object is there, as given: new, changed, or listed at the start.
    Present(Box<Object>),
    /// The object is gone.
    Gone(ObjectRef),
}

/// A connection to one cluster.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// The name users know it by: a kubeconfig context, or `destination.name`.
    fn name(&self) -> &str;

    /// The server's version, such as `v1.35.4`.
    async fn version(&self) -> Result<String, ClusterError>;

    /// All kinds it serves, each in every version. Read once, then kept.
    async fn resources(&self) -> Result<Vec<Resource>, ClusterError>;

    /// One kind. Asks the server again when the kept answer does not have it, since a CRD of the
    /// same sync may have brought it.
    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError>;

    /// All objects of a kind, in one namespace or in all. One consistent read, in pages.
    async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<Object>, ClusterError>;

    /// The same with `metadata` only, for kinds of which nothing else is asked.
    async fn list_metadata(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<Object>, ClusterError>;

    /// One object, or none.
    async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, ClusterError>;

    /// Server-side apply; returns the object as the server has it now.
    async fn apply(
        &self,
        resource: &Resource,
        object: &Object,
        options: ApplyOptions<'_>,
    ) -> Result<Object, ClusterError>;

    /// Deletes one object, if it is still the one with that `uid` (any, when empty).
    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        uid: &str,
        propagation: Propagation,
        dry_run: bool,
    ) -> Result<(), ClusterError>;

    /// The objects of a kind as they are now and as they change, until the stream is dropped.
    /// Expired versions and broken connections are mended inside.
    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>>;
}
