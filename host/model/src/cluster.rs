//! What the sync engine asks of a cluster. `gantry-cluster` implements it over the network; the
//! planner's tests implement it in memory.

mod author;
mod error;
mod options;
mod resident;
mod scope;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde_json::Value;

use crate::object::{Gvk, Object, ObjectRef};

pub use author::Author;
pub use error::{ClusterError, FieldConflict};
pub use options::{
    ApplyOptions, DeleteOptions, ListOptions, LogOptions, Page, PatchKind, Propagation,
    WriteOptions,
};
pub use resident::{Resident, is_transient_kind, owners_of, short_uid};
pub use scope::ClusterScope;

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

/// A change seen by a watch.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchEvent {
    /// The object is there, as given: new, changed, or listed at the start.
    Present(Box<Object>),
    /// The object is gone.
    Gone(ObjectRef),
    /// All that was there when the watch began was given. Comes once.
    Listed,
}

/// A connection to one cluster. Once it has answered, an outage (an API server that restarts, say)
/// is waited for inside, and faults that may pass are met by another try: whoever calls need not
/// try again.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// The name users know it by: a kubeconfig context, or `destination.name`.
    fn name(&self) -> &str;

    /// The server's version, such as `v1.35.4`.
    async fn version(&self) -> Result<String, ClusterError>;

    /// The same where it has said it to anybody in that time; asks nobody.
    fn version_within(&self, _age: Duration) -> Option<String> {
        None
    }

    /// All kinds it serves, each in every version. Kept for a while, and the same as long as nothing is read anew; where
    /// they cannot be read again, those that were read last.
    async fn resources(&self) -> Result<Arc<[Resource]>, ClusterError>;

    /// One kind. Asks the server again when the kept answer does not have it, since a CRD of the
    /// same sync may have brought it.
    async fn resource(&self, gvk: &Gvk) -> Result<Option<Resource>, ClusterError>;

    /// How much longer than others the first answer may take, since a program has to be run that logs in.
    fn login_time(&self) -> Duration {
        Duration::ZERO
    }

    /// The user that the server takes the requests for, such as `system:serviceaccount:gantry:gantry`;
    /// empty where it does not say.
    async fn identity(&self) -> Result<String, ClusterError>;

    /// All objects of a kind that fit. One consistent read, in pages.
    async fn list_matching(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
    ) -> Result<Vec<Object>, ClusterError>;

    /// The same page by page, for kinds with more and larger objects than memory should hold at
    /// once. A server that no longer keeps the moment of the first page goes on with what is there
    /// now: then the pages are not of one moment.
    async fn list_pages(
        &self,
        resource: &Resource,
        options: ListOptions<'_>,
        visit: &mut (dyn FnMut(Page) + Send),
    ) -> Result<(), ClusterError> {
        let objects = self.list_matching(resource, options).await?;
        visit(Page {
            objects,
            anew: false,
        });
        Ok(())
    }

    /// All objects of a kind, in one namespace or in all.
    async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<Object>, ClusterError> {
        let options = ListOptions {
            namespace,
            ..ListOptions::default()
        };
        self.list_matching(resource, options).await
    }

    /// The same with `metadata` only, for kinds of which nothing else is asked.
    async fn list_metadata(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<Object>, ClusterError> {
        let options = ListOptions {
            namespace,
            metadata_only: true,
            ..ListOptions::default()
        };
        self.list_matching(resource, options).await
    }

    /// Says which objects an application has, as its manifests or its last state name them: whoever
    /// keeps watch does so of their kinds from now on, and returns once it has seen them.
    async fn follow(&self, _application: &str, _objects: &[ObjectRef]) {}

    /// An application has nothing here any more.
    fn unfollow(&self, _application: &str) {}

    /// Whether single objects of a kind are known without a request, since somebody keeps watch: then
    /// a get for each is cheaper than a list.
    fn is_near(&self, _resource: &Resource) -> bool {
        false
    }

    /// What carries an application's tracking annotation, where somebody keeps watch and knows without
    /// asking; none where the kinds must be searched.
    async fn tracked(&self, _application: &str) -> Option<Vec<Object>> {
        None
    }

    /// Everything in a namespace but what comes and goes by itself, where somebody keeps watch: from now
    /// on of all kinds, for an application that wants to hear of it. None where they must be listed.
    async fn residents(&self, _application: &str, _namespace: &str) -> Option<Vec<Resident>> {
        None
    }

    /// An application does not want to hear of whatever else is in its namespace any more.
    fn leave_residents(&self, _application: &str) {}

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

    /// Creates an object, which must not be there: [`ClusterError::AlreadyExists`] otherwise. One
    /// with `metadata.generateName` and no name gets one, which the answer has.
    async fn create(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError>;

    /// Replaces an object, which must be there, as a whole. With a `metadata.resourceVersion` only
    /// that version of it: [`ClusterError::Modified`] otherwise.
    async fn replace(
        &self,
        resource: &Resource,
        object: &Object,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError>;

    /// Changes some fields of an object, which must be there.
    async fn patch(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        kind: PatchKind,
        body: &Value,
        options: WriteOptions<'_>,
    ) -> Result<Object, ClusterError>;

    /// Deletes one object, if it is there.
    async fn delete(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        options: DeleteOptions<'_>,
    ) -> Result<(), ClusterError>;

    /// The objects of a kind as they are now and as they change, until the stream is dropped.
    /// Expired versions and broken connections are mended inside.
    fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>>;

    /// The same with `metadata` only, for kinds of which nothing else is asked.
    fn watch_metadata(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> BoxStream<'static, Result<WatchEvent, ClusterError>> {
        self.watch(resource, namespace)
    }

    /// The same cluster, whose changes are somebody else's, dry runs included; reads are as before. None where it cannot
    /// be that.
    fn written_by(&self, _author: &Author) -> Option<Arc<dyn Cluster>> {
        None
    }

    /// The log of a container, line by line as it comes, until there is no more.
    ///
    /// # Errors
    /// When it cannot be opened; where this is no door to a server.
    async fn logs(
        &self,
        _pod: &ObjectRef,
        _options: LogOptions<'_>,
    ) -> Result<BoxStream<'static, Result<String, ClusterError>>, ClusterError> {
        let message = format!("cluster {}: logs cannot be read here", self.name());
        Err(ClusterError::Other(message))
    }
}
