//! Replacements: values of one object's field in fields of others.

mod path;
mod source;
mod structured;
mod target;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::PatchError;
use crate::id::{Gvk, Id};
use crate::selector::Selector;

/// Where a value comes from, and where it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Replacement {
    /// The field that has the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The value itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_value: Option<String>,
    /// The fields that it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<TargetSelector>>,
}

/// The field of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The object's group; what is empty means any, as below.
    pub group: String,
    /// Its version.
    pub version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The path of the field; `metadata.name` when it is empty.
    pub field_path: String,
    /// Which part of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<FieldOptions>,
}

/// The fields of the objects that are selected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetSelector {
    /// The objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select: Option<Selector>,
    /// Those that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reject: Vec<Selector>,
    /// The paths of the fields; `metadata.name` when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub field_paths: Vec<String>,
    /// Which part of the fields, and whether they are created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<FieldOptions>,
}

/// How a field is read or written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldOptions {
    /// What the field is split at.
    pub delimiter: String,
    /// Which of the parts, counted from 0. As a target, one below 0 puts the value in front, and
    /// one that is too large behind.
    pub index: i64,
    /// Has no effect in kustomize, and none here.
    pub encoding: String,
    /// Whether a field that is missing is created.
    pub create: bool,
}

/// An object: its value, and the ids that it had before, the first one first. Its current id is
/// read from the value.
#[derive(Debug)]
pub struct Target<'a> {
    /// The object.
    pub value: &'a mut Value,
    /// Its ids before.
    pub previous: &'a [Id],
}

impl Target<'_> {
    fn ids(&self) -> impl Iterator<Item = Id> {
        std::iter::once(Id::of(self.value)).chain(self.previous.iter().cloned())
    }
}

const DEFAULT_PATH: &str = "metadata.name";

/// Makes all replacements, one after the other.
///
/// # Errors
/// The first that cannot be made: it lacks a part, its source is no or more than one object, or a
/// field is missing. Those before it are made then.
pub fn apply(replacements: &[Replacement], objects: &mut [Target<'_>]) -> Result<(), PatchError> {
    replacements.iter().try_for_each(|r| one(r, objects))
}

fn one(replacement: &Replacement, objects: &mut [Target<'_>]) -> Result<(), PatchError> {
    let fail = |reason: &str| Err(PatchError::Replacement(reason.to_owned()));
    let value = match (
        &replacement.source,
        &replacement.source_value,
        &replacement.targets,
    ) {
        (None, None, _) | (_, _, None) => {
            return fail("replacements must specify a source and at least one target");
        }
        (Some(_), Some(_), _) => {
            return fail("value and resource selectors are mutually exclusive");
        }
        (Some(source), None, _) => source.find(objects)?,
        (None, Some(text), _) => source::Found::text(text),
    };
    let targets = replacement.targets.iter().flatten();
    for selector in targets {
        target::set(selector, &value, objects)?;
    }
    Ok(())
}

impl Source {
    fn id(&self) -> Id {
        Id {
            gvk: Gvk::new(&self.group, &self.version, &self.kind),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    fn path(&self) -> &str {
        match self.field_path.as_str() {
            "" => DEFAULT_PATH,
            path => path,
        }
    }
}

#[cfg(test)]
mod tests;
