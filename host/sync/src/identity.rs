//! Which object is which, and which application it belongs to.

use gantry_model::{Object, ObjectRef};

/// The annotation that says which application an object belongs to, in Argo CD's format
/// (`util/argo/resource_tracking.go`).
pub const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";

/// An object whatever its version: what Argo CD calls a resource key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// API group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Key {
    /// The key of an object as it is.
    pub fn of(object: &Object) -> Self {
        Self::from(&object.reference())
    }
}

impl From<&ObjectRef> for Key {
    fn from(reference: &ObjectRef) -> Self {
        Self {
            group: reference.gvk.group.clone(),
            kind: reference.gvk.kind.clone(),
            namespace: reference.namespace.clone(),
            name: reference.name.clone(),
        }
    }
}

/// The value of [`TRACKING_ID`]: `APP:GROUP/KIND:NAMESPACE/NAME`. `namespace` is what the object
/// has, or for a cluster-scoped one the application's destination, as Argo CD writes it.
pub fn tracking_id(application: &str, key: &Key, namespace: &str) -> String {
    let Key {
        group, kind, name, ..
    } = key;
    format!("{application}:{group}/{kind}:{namespace}/{name}")
}

/// Whether a live object belongs to an application.
pub(crate) fn is_tracked_by(object: &Object, application: &str) -> bool {
    owner(object) == Some(application)
}

/// The application that a live object belongs to, if any. An annotation that was copied to another
/// object, as controllers do, names the original and does not count.
pub fn owner(object: &Object) -> Option<&str> {
    let mut parts = object.annotation(TRACKING_ID)?.splitn(3, ':');
    let (application, group_kind, namespaced_name) = (parts.next()?, parts.next()?, parts.next()?);
    let key = Key::of(object);
    let namespace_fits = |namespace: &str| key.namespace.is_empty() || namespace == key.namespace;
    let (namespace, name) = namespaced_name.split_once('/')?;
    let is_it = group_kind == format!("{}/{}", key.group, key.kind)
        && name == key.name
        && namespace_fits(namespace);
    is_it.then_some(application)
}
