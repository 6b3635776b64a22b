//! An OpenAPI document of the user.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::PatchError;
use crate::id::Gvk;

const KIND: &str = "x-kubernetes-group-version-kind";

/// The definitions of a document, and an index of the kinds in it.
#[derive(Clone, Debug)]
pub(super) struct Definitions {
    definitions: Map<String, Value>,
    /// Kind to the name of its definition.
    kinds: BTreeMap<Gvk, String>,
    scopes: BTreeMap<Gvk, bool>,
}

impl Definitions {
    pub(super) fn read(document: &Value) -> Result<Self, PatchError> {
        let fail = |reason: &str| Err(PatchError::Schema(reason.to_owned()));
        let Value::Object(document) = document else {
            return fail("the document is not a map");
        };
        let definitions = match document.get("definitions") {
            Some(Value::Object(definitions)) => definitions.clone(),
            None | Some(Value::Null) => Map::new(),
            Some(_) => return fail("`definitions` is not a map"),
        };
        let mut kinds = BTreeMap::new();
        for (name, definition) in &definitions {
            let listed = definition.get(KIND).and_then(Value::as_array);
            for entry in listed.into_iter().flatten() {
                kinds.insert(gvk(entry)?, name.clone());
            }
        }
        let scopes = scopes(document.get("paths"))?;
        Ok(Self {
            definitions,
            kinds,
            scopes,
        })
    }

    pub(super) fn kind(&self, api_version: &str, kind: &str) -> Option<&Value> {
        let name = self.kinds.get(&Gvk::from_api_version(api_version, kind))?;
        self.definitions.get(name)
    }

    pub(super) fn is_namespaced(&self, gvk: &Gvk) -> Option<bool> {
        self.scopes.get(gvk).copied()
    }

    pub(super) fn reference(&self, reference: &str) -> Option<&Value> {
        let name = reference.strip_prefix("#/definitions/")?;
        if name.contains('~') {
            return self
                .definitions
                .get(&name.replace("~1", "/").replace("~0", "~"));
        }
        self.definitions.get(name)
    }
}

fn gvk(entry: &Value) -> Result<Gvk, PatchError> {
    let text = |key| entry.get(key).and_then(Value::as_str);
    match (text("version"), text("kind")) {
        (Some(version), Some(kind)) => {
            Ok(Gvk::new(text("group").unwrap_or_default(), version, kind))
        }
        _ => Err(PatchError::Schema(format!(
            "`{KIND}` lacks version or kind: {entry}"
        ))),
    }
}

/// A kind lives in a namespace when one of its paths has one.
fn scopes(paths: Option<&Value>) -> Result<BTreeMap<Gvk, bool>, PatchError> {
    let mut scopes = BTreeMap::new();
    for (path, item) in paths.and_then(Value::as_object).into_iter().flatten() {
        if let Some(entry) = item.get("get").and_then(|get| get.get(KIND)) {
            let namespaced = path.contains("namespaces/{namespace}");
            *scopes.entry(gvk(entry)?).or_insert(false) |= namespaced;
        }
    }
    Ok(scopes)
}
