//! The door to what a control plane works on: applications, projects, and the Secrets and settings
//! beside them, in the shapes that Argo CD keeps in its namespace.

mod kept;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::{Gvk, Object};
use serde_json::Value;

pub use kept::{Noted, is_referred};
pub(crate) use kept::{OWN_SECRET, SECRET_TYPE};

use crate::error::StoreError;
use crate::event::Event;

/// What a home keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `argoproj.io/v1alpha1` `Application`.
    Application,
    /// `argoproj.io/v1alpha1` `AppProject`.
    Project,
    /// `v1` `Secret`: clusters, repositories, credentials, by the label
    /// `argocd.argoproj.io/secret-type`; those that settings refer to, by `app.kubernetes.io/part-of: argocd`;
    /// and some by their names, as `argocd-secret`.
    Secret,
    /// `v1` `ConfigMap`: `argocd-cm` and its neighbours.
    ConfigMap,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Application,
        Self::Project,
        Self::Secret,
        Self::ConfigMap,
    ];

    /// As Kubernetes calls it.
    pub fn gvk(self) -> Gvk {
        match self {
            Self::Application => Gvk::parse("argoproj.io/v1alpha1", "Application"),
            Self::Project => Gvk::parse("argoproj.io/v1alpha1", "AppProject"),
            Self::Secret => Gvk::parse("v1", "Secret"),
            Self::ConfigMap => Gvk::parse("v1", "ConfigMap"),
        }
    }

    /// The word for it in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Project => "AppProject",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }

    /// The kind of an object, if homes keep it.
    pub fn of(object: &Object) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.gvk() == object.gvk())
    }
}

/// A change that a watch saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The object is there, as given: new, changed, or there from the start.
    Present(Box<Object>),
    /// The object is gone.
    Gone {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// All that was there when the watch began was given. Comes once.
    Listed,
}

/// Where a control plane's objects live: with the semantics of a Kubernetes API server, whether it is one
/// or a file. Each object has a `metadata.uid`, `creationTimestamp`, `generation` (which grows when anything
/// but `metadata` and `status` changes) and a `resourceVersion`, which every change gives anew.
#[async_trait]
pub trait Home: Send + Sync {
    /// The namespace of the control plane itself.
    fn namespace(&self) -> &str;

    /// All objects of a kind, by namespace and name: those of its own namespace, and applications also of
    /// the other namespaces that it serves.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn list(&self, kind: Kind) -> Result<Vec<Object>, StoreError>;

    /// One object, or none.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn get(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, StoreError>;

    /// Makes an object; the namespace is the home's own where it has none.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is one; whatever keeps it from being written.
    async fn create(&self, object: &Object) -> Result<Object, StoreError>;

    /// Replaces an object as a whole; with a `metadata.resourceVersion`, only that version of it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it was changed since; [`StoreError::Gone`] when it is not there.
    async fn replace(&self, object: &Object) -> Result<Object, StoreError>;

    /// Changes some fields of an object: a JSON merge patch (RFC 7396). One that has a
    /// `metadata.resourceVersion` changes only that version. The last finalizer that goes from an object
    /// which is being deleted takes the object with it.
    ///
    /// # Errors
    /// As [`Home::replace`].
    async fn patch(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Object, StoreError>;

    /// Deletes an object, if it is there; one with finalizers gets a `metadata.deletionTimestamp` and stays
    /// until they are gone. False when there was none.
    ///
    /// # Errors
    /// When it could not be deleted.
    async fn delete(&self, kind: Kind, namespace: &str, name: &str) -> Result<bool, StoreError>;

    /// Tells what happened to an application, for those who ask later. It never waits, and what cannot be kept
    /// is lost: nothing depends on it.
    fn note(&self, application: &Object, event: Event);

    /// What happened to an application of late, as Kubernetes has events.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn events(&self, application: &Object) -> Result<Vec<Value>, StoreError>;

    /// The objects of a kind as they are now and as they change, whoever changes them, until the stream is
    /// dropped. Outages are mended inside.
    fn watch(&self, kind: Kind) -> BoxStream<'static, Result<Change, StoreError>>;
}
