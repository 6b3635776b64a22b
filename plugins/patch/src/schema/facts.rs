//! What is known of one place in an object.

use serde_json::Value;

use super::{Schema, table};

/// The schema of one value.
#[derive(Clone, Copy)]
pub(crate) enum Facts<'s> {
    /// Known, and no list in it is merged.
    Plain,
    /// A reference of the built-in table.
    Builtin(&'static str),
    /// A schema of a document.
    Custom(&'s Schema, &'s Value),
}

impl<'s> Facts<'s> {
    /// Of a field.
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        match self {
            Self::Plain => Some(Self::Plain),
            Self::Builtin(reference) => {
                let mut fields = table::fields(reference);
                let found = fields.find(|(field, _)| *field == name);
                Some(found.map_or(Self::Plain, |(_, below)| Self::Builtin(below)))
            }
            Self::Custom(root, schema) => {
                let property = schema.get("properties").and_then(|p| p.get(name));
                let additional = || schema.get("additionalProperties").filter(|s| s.is_object());
                root.known(property.or_else(additional)?)
            }
        }
    }

    /// The fields that are not plain, when all others are known to be.
    pub(crate) fn fields(self) -> Option<impl Iterator<Item = (&'static str, Self)>> {
        match self {
            Self::Builtin(reference) => {
                let fields = table::fields(reference);
                Some(fields.map(|(field, below)| (field, Self::Builtin(below))))
            }
            Self::Plain | Self::Custom(..) => None,
        }
    }

    /// Of a list's elements.
    pub(crate) fn elements(self) -> Option<Self> {
        match self {
            Self::Plain => Some(Self::Plain),
            Self::Builtin(reference) => {
                let elements = reference
                    .split_once(']')
                    .map_or("", |(_, elements)| elements);
                let known = !elements.is_empty();
                Some(if known {
                    Self::Builtin(elements)
                } else {
                    Self::Plain
                })
            }
            Self::Custom(root, schema) => {
                let is_list = match schema.get("type") {
                    Some(Value::String(name)) => name == "array",
                    Some(Value::Array(names)) => {
                        matches!(names.as_slice(), [name] if name == "array")
                    }
                    _ => false,
                };
                is_list.then(|| root.known(schema.get("items")?)).flatten()
            }
        }
    }

    /// The keys of a list that is merged: none of them when its elements are scalars.
    pub(crate) fn merge_keys(self) -> Option<Vec<&'s str>> {
        match self {
            Self::Plain => None,
            Self::Builtin(reference) => {
                let (keys, _) = reference.strip_prefix("[+")?.split_once(']')?;
                Some(keys.split(',').filter(|key| !key.is_empty()).collect())
            }
            Self::Custom(_, schema) => {
                let strategy = schema.get("x-kubernetes-patch-strategy")?.as_str()?;
                if !strategy.split(',').any(|word| word == "merge") {
                    return None;
                }
                if let Some(Value::Array(keys)) = schema.get("x-kubernetes-list-map-keys") {
                    return Some(keys.iter().filter_map(Value::as_str).collect());
                }
                let key = schema.get("x-kubernetes-patch-merge-key");
                Some(key.and_then(Value::as_str).into_iter().collect())
            }
        }
    }

    /// Whether nothing below this can be merged by key.
    pub(crate) fn is_plain(self) -> bool {
        matches!(self, Self::Plain)
    }
}
