//! One Kubernetes object, as JSON, with the place it was read from.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Group, version and kind. The core group is the empty string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gvk {
    /// API group; empty for the core group.
    pub group: String,
    /// Version, such as `v1`.
    pub version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
}

impl Gvk {
    /// Reads `apiVersion` and `kind` as manifests write them (`apps/v1`, `Deployment`).
    pub fn parse(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        }
    }

    /// The `apiVersion` field: `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api_version(), self.kind)
    }
}

/// Which object, across clusters of any version: the identity that plans and tables use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Group, version and kind.
    #[serde(flatten)]
    pub gvk: Gvk,
    /// Namespace; empty for cluster-scoped objects.
    #[serde(default)]
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    /// `Deployment.apps guestbook/web`, as `kubectl` writes a kind with its group.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.gvk.kind)?;
        if !self.gvk.group.is_empty() {
            write!(f, ".{}", self.gvk.group)?;
        }
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// Where a document came from: a path in the source tree and the line its text starts at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Path relative to the tree's root, `/`-separated.
    pub path: String,
    /// First line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// Why a document is no Kubernetes object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// The document is a scalar or a list.
    #[error("a Kubernetes object is a mapping; this document is {0}")]
    NotAMapping(&'static str),
    /// A field that every object has is absent, empty or of another type.
    #[error("`{0}` must be a non-empty string")]
    Missing(&'static str),
    /// A `metadata` field has the wrong shape.
    #[error("`{0}` must be {1}")]
    Malformed(String, &'static str),
}

/// One Kubernetes object. `apiVersion` and `kind` are present and non-empty; if there is
/// `metadata`, it is a mapping, and its annotations and labels are mappings of strings.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    value: Value,
    origin: Option<Origin>,
}

impl Object {
    /// Takes a document as an object.
    ///
    /// # Errors
    /// [`ObjectError`] names the field that keeps it from being one.
    pub fn new(value: Value, origin: Option<Origin>) -> Result<Self, ObjectError> {
        let map = value
            .as_object()
            .ok_or_else(|| ObjectError::NotAMapping(type_name(&value)))?;
        for field in ["apiVersion", "kind"] {
            if map
                .get(field)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
            {
                return Err(ObjectError::Missing(field));
            }
        }
        check_metadata(map)?;
        Ok(Self { value, origin })
    }

    /// The object as JSON.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The object as JSON, by value.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// Where it was rendered from, when it was.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The same, of which nobody knows where it came from.
    #[must_use]
    pub fn without_origin(self) -> Self {
        Self {
            origin: None,
            ..self
        }
    }

    /// `apiVersion` as written.
    pub fn api_version(&self) -> &str {
        self.text("/apiVersion")
    }

    /// `kind` as written.
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// `metadata.name`, or empty.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// `metadata.namespace`, or empty.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// `metadata.uid`, or empty (rendered objects have none).
    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    /// `metadata.resourceVersion`, or empty (rendered objects have none).
    pub fn resource_version(&self) -> &str {
        self.text("/metadata/resourceVersion")
    }

    /// Group, version and kind.
    pub fn gvk(&self) -> Gvk {
        Gvk::parse(self.api_version(), self.kind())
    }

    /// The object's identity.
    pub fn reference(&self) -> ObjectRef {
        ObjectRef {
            gvk: self.gvk(),
            namespace: self.namespace().to_owned(),
            name: self.name().to_owned(),
        }
    }

    /// One annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.value
            .get("metadata")?
            .get("annotations")?
            .get(key)?
            .as_str()
    }

    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.value
            .get("metadata")?
            .get("labels")?
            .get(key)?
            .as_str()
    }

    /// Takes a field of the top level out; none of those that every object has.
    pub fn remove(&mut self, field: &str) -> Option<Value> {
        if matches!(field, "apiVersion" | "kind" | "metadata") {
            return None;
        }
        self.value.as_object_mut()?.remove(field)
    }

    /// Sets `metadata.namespace`; an empty one removes it.
    pub fn set_namespace(&mut self, namespace: &str) {
        let Some(metadata) = self.metadata_mut() else {
            return;
        };
        if namespace.is_empty() {
            metadata.remove("namespace");
        } else {
            metadata.insert("namespace".into(), namespace.into());
        }
    }

    /// Sets `metadata.resourceVersion`: the version that a replacement is meant for.
    pub fn set_resource_version(&mut self, version: &str) {
        if let Some(metadata) = self.metadata_mut() {
            metadata.insert("resourceVersion".into(), version.into());
        }
    }

    /// Sets `metadata.name`; `generateName`, which it was made from, goes.
    pub fn set_name(&mut self, name: &str) {
        if let Some(metadata) = self.metadata_mut() {
            metadata.remove("generateName");
            metadata.insert("name".into(), name.into());
        }
    }

    /// The finalizers.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        let list = self.value.pointer("/metadata/finalizers");
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str)
    }

    /// Adds a finalizer, unless it is there.
    pub fn add_finalizer(&mut self, finalizer: &str) {
        if self.finalizers().any(|known| known == finalizer) {
            return;
        }
        let Some(metadata) = self.metadata_mut() else {
            return;
        };
        let list = metadata.entry("finalizers").or_insert(Value::Null);
        if list.is_null() {
            *list = Value::Array(Vec::new());
        }
        if let Some(list) = list.as_array_mut() {
            list.push(finalizer.into());
        }
    }

    /// Whether somebody has deleted it, and it only waits for its finalizers.
    pub fn is_being_deleted(&self) -> bool {
        !self.text("/metadata/deletionTimestamp").is_empty()
    }

    /// Sets one annotation.
    pub fn set_annotation(&mut self, key: &str, value: &str) {
        let Some(metadata) = self.metadata_mut() else {
            return;
        };
        let annotations = metadata.entry("annotations").or_insert(Value::Null);
        if annotations.is_null() {
            *annotations = Value::Object(Map::new());
        }
        if let Some(map) = annotations.as_object_mut() {
            map.insert(key.into(), value.into());
        }
    }

    fn metadata_mut(&mut self) -> Option<&mut Map<String, Value>> {
        let metadata = self
            .value
            .as_object_mut()?
            .entry("metadata")
            .or_insert(Value::Null);
        if metadata.is_null() {
            *metadata = Value::Object(Map::new());
        }
        metadata.as_object_mut()
    }

    fn text(&self, pointer: &str) -> &str {
        self.value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

fn check_metadata(map: &Map<String, Value>) -> Result<(), ObjectError> {
    let Some(metadata) = map.get("metadata").filter(|m| !m.is_null()) else {
        return Ok(());
    };
    let metadata = metadata
        .as_object()
        .ok_or_else(|| ObjectError::Malformed("metadata".into(), "a mapping"))?;
    for field in ["name", "namespace", "generateName"] {
        if metadata
            .get(field)
            .is_some_and(|v| !v.is_string() && !v.is_null())
        {
            return Err(ObjectError::Malformed(
                format!("metadata.{field}"),
                "a string",
            ));
        }
    }
    for field in ["annotations", "labels"] {
        let Some(entries) = metadata.get(field).filter(|v| !v.is_null()) else {
            continue;
        };
        let entries = entries
            .as_object()
            .ok_or_else(|| ObjectError::Malformed(format!("metadata.{field}"), "a mapping"))?;
        if let Some((key, _)) = entries.iter().find(|(_, v)| !v.is_string()) {
            return Err(ObjectError::Malformed(
                format!("metadata.{field}[{key}]"),
                "a string",
            ));
        }
    }
    Ok(())
}

/// The JSON type of a value, with its article, for messages.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
