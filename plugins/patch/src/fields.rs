//! Field specs: which field of which kinds a transformer edits.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::PatchError;
use crate::id::{Gvk, Id, split_api_version, string_at};

/// A field of the kinds that fit; what is empty means any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldSpec {
    /// The group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The path, as [`split_path`] reads it. Lists on the way need no part; `name[]` says that the
    /// field is a list, which is never created.
    pub path: String,
    /// Whether what is missing of the path is created.
    pub create: bool,
}

impl FieldSpec {
    /// Whether the spec is for a kind.
    pub fn applies_to(&self, gvk: &Gvk) -> bool {
        self.fits(&gvk.group, &gvk.version, &gvk.kind)
    }

    fn fits(&self, group: &str, version: &str, kind: &str) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(&self.kind, kind) && fits(&self.group, group) && fits(&self.version, version)
    }

    fn gvk(&self) -> Gvk {
        Gvk::new(&self.group, &self.version, &self.kind)
    }
}

/// Splits a path at its slashes, but for those after a backslash; one in front is allowed.
pub fn split_path(path: &str) -> Vec<Cow<'_, str>> {
    split(path, '/')
}

/// The same for any delimiter.
pub(crate) fn split(path: &str, delimiter: char) -> Vec<Cow<'_, str>> {
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    let whole = path.strip_prefix(delimiter).unwrap_or(path);
    for part in whole.split(delimiter) {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                let last = last.to_mut();
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            _ => parts.push(Cow::Borrowed(part)),
        }
    }
    parts
}

/// Sets the value of one field.
type Set<'f> = dyn FnMut(&mut Value) -> Result<(), PatchError> + 'f;

/// Calls `set` on each field of the object that the spec names. `create` is what a missing field
/// starts as where the spec creates it; with null there nothing is created.
///
/// # Errors
/// The path leads through a scalar, has an empty name, or `set` fails; names path and object.
pub fn visit(
    object: &mut Value,
    spec: &FieldSpec,
    create: &Value,
    set: &mut Set<'_>,
) -> Result<(), PatchError> {
    visit_all(object, std::slice::from_ref(spec), create, set)
}

/// The same for all specs, one after the other, by the kind that the object has at first.
///
/// # Errors
/// As [`visit`].
pub fn visit_all(
    object: &mut Value,
    specs: &[FieldSpec],
    create: &Value,
    set: &mut Set<'_>,
) -> Result<(), PatchError> {
    let api_version = string_at(object, "apiVersion").to_owned();
    let kind = string_at(object, "kind").to_owned();
    let (group, version) = split_api_version(&api_version);
    for spec in specs.iter().filter(|s| s.fits(group, version, &kind)) {
        let parts = split_path(&spec.path);
        let create = if spec.create { create } else { &Value::Null };
        walk(object, &parts, create, set).map_err(|reason| PatchError::Field {
            path: spec.path.clone(),
            object: Id::of(object),
            reason: Box::new(reason),
        })?;
    }
    Ok(())
}

fn walk(
    value: &mut Value,
    parts: &[Cow<'_, str>],
    create: &Value,
    set: &mut Set<'_>,
) -> Result<(), PatchError> {
    let Some((part, rest)) = parts.split_first() else {
        return set(value);
    };
    match value {
        Value::Null => Ok(()),
        Value::Array(elements) => elements
            .iter_mut()
            .try_for_each(|element| walk(element, parts, create, set)),
        Value::Object(map) => match field(map, part, rest.is_empty(), create)? {
            Some(field) => walk(field, rest, create, set),
            None => Ok(()),
        },
        other => Err(PatchError::wrong_kind("list or map", other)),
    }
}

/// Finds the field, or creates it.
fn field<'v>(
    map: &'v mut Map<String, Value>,
    part: &str,
    is_last: bool,
    create: &Value,
) -> Result<Option<&'v mut Value>, PatchError> {
    let (name, is_list) = match part.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (part, false),
    };
    if name.is_empty() {
        return Err(PatchError::EmptyName);
    }
    let creates = !create.is_null() && !is_list;
    let new = || {
        if is_list {
            Value::Array(Vec::new())
        } else if is_last {
            create.clone()
        } else {
            Value::Object(Map::new())
        }
    };
    if creates && !map.contains_key(name) {
        map.insert(name.to_owned(), new());
    }
    let Some(field) = map.get_mut(name) else {
        return Ok(None);
    };
    // A null becomes what the path takes the field for.
    if field.is_null() && (creates || is_list) {
        *field = new();
    }
    Ok(Some(field))
}

/// Adds specs to those that are there; what is there already is left out.
///
/// # Errors
/// A spec differs from the one that is there in `create` only.
pub fn merge_specs(into: &mut Vec<FieldSpec>, add: &[FieldSpec]) -> Result<(), PatchError> {
    for spec in add {
        let there = into
            .iter()
            .find(|s| s.path == spec.path && s.gvk().is_selected_by(&spec.gvk()));
        match there {
            None => into.push(spec.clone()),
            Some(there) if there.create == spec.create => {}
            Some(_) => {
                return Err(PatchError::ConflictingSpecs {
                    path: spec.path.clone(),
                    kind: spec.gvk().to_string(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
