//! What kustomize knows an object by.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::Schema;

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gvk {
    /// The API group, empty for the core group.
    pub group: String,
    /// The version in that group.
    pub version: String,
    /// The kind.
    pub kind: String,
}

/// Splits an `apiVersion` into group and version.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

pub(crate) fn string_at<'v>(object: &'v Value, key: &str) -> &'v str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Gvk {
    /// From its parts.
    pub fn new(group: &str, version: &str, kind: &str) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// From `apiVersion` and `kind`.
    pub fn from_api_version(api_version: &str, kind: &str) -> Self {
        let (group, version) = split_api_version(api_version);
        Self::new(group, version, kind)
    }

    /// Of an object; what it lacks is empty.
    pub fn of(object: &Value) -> Self {
        Self::from_api_version(string_at(object, "apiVersion"), string_at(object, "kind"))
    }

    /// The `apiVersion`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether a selector, whose empty fields mean any, takes this.
    pub fn is_selected_by(&self, selector: &Gvk) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(&selector.group, &self.group)
            && fits(&selector.version, &self.version)
            && fits(&selector.kind, &self.kind)
    }
}

fn or<'t>(text: &'t str, instead: &'t str) -> &'t str {
    if text.is_empty() { instead } else { text }
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]")
        )
    }
}

/// Group, version, kind, namespace and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// The kind.
    pub gvk: Gvk,
    /// The namespace as written, empty when there is none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// The effective namespace of what lives in none.
const NO_NAMESPACE: &str = "_non_namespaceable_";
const DEFAULT_NAMESPACE: &str = "default";

impl Id {
    /// Of an object, as it is written.
    pub fn of(object: &Value) -> Self {
        let metadata = object.get("metadata").unwrap_or(&Value::Null);
        Self {
            gvk: Gvk::of(object),
            namespace: string_at(metadata, "namespace").to_owned(),
            name: string_at(metadata, "name").to_owned(),
        }
    }

    /// Whether a selector, whose empty fields mean any, takes this. Namespaces are compared as
    /// written, but for `default`, which is what none stands for.
    pub fn is_selected_by(&self, selector: &Id) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty()
                || or(&selector.namespace, DEFAULT_NAMESPACE)
                    == or(&self.namespace, DEFAULT_NAMESPACE))
            && self.gvk.is_selected_by(&selector.gvk)
    }

    /// The namespace for comparison: never empty.
    pub fn effective_namespace<'i>(&'i self, schema: &Schema) -> &'i str {
        if schema.is_cluster_scoped(&self.gvk) {
            NO_NAMESPACE
        } else {
            or(&self.namespace, DEFAULT_NAMESPACE)
        }
    }

    /// Whether both name one object.
    pub fn equals(&self, other: &Id, schema: &Schema) -> bool {
        self.gvk_name_equals(other)
            && self.effective_namespace(schema) == other.effective_namespace(schema)
    }

    /// Whether all but the namespace is equal.
    pub fn gvk_name_equals(&self, other: &Id) -> bool {
        self.name == other.name && self.gvk == other.gvk
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = or(&self.name, "[noName]");
        let namespace = or(&self.namespace, "[noNs]");
        write!(f, "{}/{name}.{namespace}", self.gvk)
    }
}
