//! One object of the build and what the build remembers of it. kustomize keeps these notes in
//! annotations that it removes at the end; here they are fields.

use gantry_patch::{Gvk, Id, Schema, split_api_version};
use serde_json::{Map, Value};

use crate::origin::Origin;

/// Where a resource was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) line: u32,
    /// The file is one of the application's own tree.
    pub(crate) is_own: bool,
}

/// What a generator's result does to an object of the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => Self::Unspecified,
        }
    }

    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

/// The namespace of kinds that have none, and of objects that name none.
const NO_NAMESPACE: &str = "_non_namespaceable_";
const DEFAULT_NAMESPACE: &str = "default";

/// An object with its ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resource {
    pub(crate) value: Value,
    id: Id,
    is_cluster_scoped: bool,
    /// Former ids, the original first; their namespace is the effective one of their time.
    previous: Vec<Id>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) suffixes: Vec<String>,
    /// Vars whose value is taken from this object.
    pub(crate) vars: Vec<String>,
    pub(crate) needs_hash: bool,
    pub(crate) behavior: Behavior,
    pub(crate) is_from_helm: bool,
    pub(crate) place: Option<Place>,
    /// Where it came from, when its build notes that.
    pub(crate) origin: Option<Box<Origin>>,
}

impl Resource {
    pub(crate) fn new(value: Value, schema: &Schema) -> Self {
        let mut resource = Self {
            value,
            ..Self::default()
        };
        resource.refresh(schema);
        resource
    }

    /// Reads the id anew, after the object has changed.
    pub(crate) fn refresh(&mut self, schema: &Schema) {
        let (group, version) = split_api_version(string(self.value.get("apiVersion")));
        let kind = string(self.value.get("kind"));
        let gvk = &self.id.gvk;
        if (&*gvk.group, &*gvk.version, &*gvk.kind) != (group, version, kind) {
            let gvk = Gvk::new(group, version, kind);
            for id in &mut self.previous {
                id.gvk = Gvk::new(group, version, &id.gvk.kind);
            }
            self.is_cluster_scoped = schema.is_cluster_scoped(&gvk);
            self.id.gvk = gvk;
        }
        let metadata = self.value.get("metadata");
        for (field, own) in [
            ("name", &mut self.id.name),
            ("namespace", &mut self.id.namespace),
        ] {
            let new = string(metadata.and_then(|metadata| metadata.get(field)));
            if own != new {
                new.clone_into(own);
            }
        }
    }

    /// Whether a patch deleted it.
    pub(crate) fn is_deleted(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Object(map) => map.is_empty(),
            _ => false,
        }
    }

    pub(crate) fn id(&self) -> &Id {
        &self.id
    }

    pub(crate) fn kind(&self) -> &str {
        &self.id.gvk.kind
    }

    pub(crate) fn name(&self) -> &str {
        &self.id.name
    }

    /// As it stands in the object; may be empty.
    pub(crate) fn namespace(&self) -> &str {
        &self.id.namespace
    }

    pub(crate) fn is_cluster_scoped(&self) -> bool {
        self.is_cluster_scoped
    }

    pub(crate) fn previous(&self) -> &[Id] {
        &self.previous
    }

    /// The first id that it had.
    pub(crate) fn original(&self) -> &Id {
        self.previous.first().unwrap_or(&self.id)
    }

    /// The namespace that tells it from others.
    pub(crate) fn effective_namespace(&self) -> &str {
        effective(&self.id.namespace, self.is_cluster_scoped)
    }

    pub(crate) fn original_effective_namespace(&self) -> &str {
        match self.previous.first() {
            Some(id) => effective(&id.namespace, false),
            None => self.effective_namespace(),
        }
    }

    /// Whether it has that id now.
    pub(crate) fn is(&self, id: &Id, namespace: &str) -> bool {
        self.id.name == id.name && self.effective_namespace() == namespace && self.id.gvk == id.gvk
    }

    /// Whether it has or had that id.
    pub(crate) fn is_or_was(&self, id: &Id, namespace: &str) -> bool {
        let was = |previous: &Id| {
            previous.name == id.name
                && effective(&previous.namespace, false) == namespace
                && previous.gvk == id.gvk
        };
        self.is(id, namespace) || self.previous.iter().any(was)
    }

    /// Every id that it has or had.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &Id> {
        self.previous.iter().chain([&self.id])
    }

    /// Notes the present id before it changes.
    pub(crate) fn store_id(&mut self) {
        let id = Id {
            gvk: self.id.gvk.clone(),
            namespace: self.effective_namespace().to_owned(),
            name: self.id.name.clone(),
        };
        self.previous.push(id);
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        name.clone_into(&mut self.id.name);
        if let Some(metadata) = self.metadata() {
            metadata.insert("name".to_owned(), name.into());
        }
    }

    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        namespace.clone_into(&mut self.id.namespace);
        if let Some(metadata) = self.metadata() {
            match namespace {
                "" => metadata.remove("namespace"),
                _ => metadata.insert("namespace".to_owned(), namespace.into()),
            };
        }
    }

    /// `metadata`, made where it is absent.
    pub(crate) fn metadata(&mut self) -> Option<&mut Map<String, Value>> {
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

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.value
            .get("metadata")?
            .get("annotations")?
            .get(key)?
            .as_str()
    }

    /// `metadata.annotations`, made where they are absent.
    pub(crate) fn annotations(&mut self) -> Option<&mut Map<String, Value>> {
        let annotations = self.metadata()?.entry("annotations").or_insert(Value::Null);
        if annotations.is_null() {
            *annotations = Value::Object(Map::new());
        }
        annotations.as_object_mut()
    }

    /// Whether kustomize would have annotations of its own on it by now.
    pub(crate) fn is_noted(&self) -> bool {
        !self.previous.is_empty()
            || self.needs_hash
            || self.behavior != Behavior::Unspecified
            || self.is_from_helm
    }

    /// Takes over what stays when a generator's result takes the place of another object: name,
    /// namespace, former ids, and the labels and annotations that the result does not have.
    pub(crate) fn take_metadata_from(&mut self, other: &Self) {
        for field in ["labels", "annotations"] {
            let Some(old) = other.value.get("metadata").and_then(|m| m.get(field)) else {
                continue;
            };
            let (Some(old), Some(metadata)) = (old.as_object(), self.metadata()) else {
                continue;
            };
            let own = metadata.entry(field).or_insert(Value::Null);
            let mut merged = old.clone();
            if let Value::Object(own) = own {
                merged.append(own);
            }
            *own = Value::Object(merged);
        }
        self.set_name(other.name());
        self.set_namespace(other.namespace());
        self.previous.clone_from(&other.previous);
        self.prefixes.clone_from(&other.prefixes);
        self.suffixes.clone_from(&other.suffixes);
        self.vars.clone_from(&other.vars);
        self.behavior = other.behavior;
        self.needs_hash &= other.needs_hash;
        self.is_from_helm = other.is_from_helm;
    }
}

fn string(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

fn effective(namespace: &str, is_cluster_scoped: bool) -> &str {
    match namespace {
        _ if is_cluster_scoped => NO_NAMESPACE,
        "" => DEFAULT_NAMESPACE,
        namespace => namespace,
    }
}

/// The namespace that tells an id from others.
pub(crate) fn effective_of<'i>(id: &'i Id, schema: &Schema) -> &'i str {
    effective(&id.namespace, schema.is_cluster_scoped(&id.gvk))
}
