//! JSON patch, RFC 6902, as kustomize applies it: indices may be negative, `replace` makes a key
//! that is missing, and `test` takes a missing key for null.

mod pointer;

use serde_json::Value;

use crate::error::PatchError;
use pointer::Place;

/// Bytes that all copies of one patch may make, as the API server has it: each of a few operations may double
/// what there is.
const COPIED_MAX_BYTES: usize = 3 << 20;

/// A list of operations.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPatch {
    operations: Vec<Operation>,
}

#[derive(Clone, Debug, PartialEq)]
struct Operation {
    path: String,
    action: Action,
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    Add(Value),
    Copy { from: String },
    Move { from: String },
    Remove,
    Replace(Value),
    Test(Value),
}

impl Action {
    fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Copy { .. } => "copy",
            Self::Move { .. } => "move",
            Self::Remove => "remove",
            Self::Replace(_) => "replace",
            Self::Test(_) => "test",
        }
    }
}

/// Reads a patch and applies it.
///
/// # Errors
/// As [`JsonPatch::parse`] and [`JsonPatch::apply`].
pub fn apply(target: &mut Value, text: &str) -> Result<(), PatchError> {
    JsonPatch::parse(text)?.apply(target)
}

impl JsonPatch {
    /// Reads the text of a patch: JSON when it starts with a bracket, else YAML.
    ///
    /// # Errors
    /// The text is neither, or no list of operations.
    pub fn parse(text: &str) -> Result<Self, PatchError> {
        let fail = |reason: String| PatchError::JsonPatch(reason);
        if text.starts_with('[') {
            let ops: Value = serde_json::from_str(text).map_err(|e| fail(e.to_string()))?;
            return Self::from_value(&ops);
        }
        let documents = gantry_yaml::parse(text).map_err(|e| fail(e.to_string()))?;
        match documents.as_slice() {
            [document] => Self::from_value(&document.value),
            [] => Err(fail("the text is empty".to_owned())),
            _ => Err(fail("the text has more than one document".to_owned())),
        }
    }

    /// Reads a patch that is parsed already.
    ///
    /// # Errors
    /// The value is no list of operations.
    pub fn from_value(ops: &Value) -> Result<Self, PatchError> {
        let Value::Array(ops) = ops else {
            let kind = crate::scalar::kind(ops);
            return Err(PatchError::JsonPatch(format!(
                "a list of operations is expected, but it is a {kind}"
            )));
        };
        let operations = ops.iter().enumerate().map(|(i, op)| read(i, op));
        Ok(Self {
            operations: operations.collect::<Result<_, _>>()?,
        })
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Applies all operations, in place.
    ///
    /// # Errors
    /// The first operation that does not apply; those before it have taken effect.
    pub fn apply(&self, target: &mut Value) -> Result<(), PatchError> {
        let mut copied = 0;
        for (index, operation) in self.operations.iter().enumerate() {
            operation
                .apply(target, &mut copied)
                .map_err(|reason| PatchError::Operation {
                    index,
                    op: operation.action.name().to_owned(),
                    path: operation.path.clone(),
                    reason,
                })?;
        }
        Ok(())
    }
}

fn read(index: usize, operation: &Value) -> Result<Operation, PatchError> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let (op, path) = (text("op"), text("path"));
    let fail = |reason: &str| PatchError::Operation {
        index,
        op: op.unwrap_or("unknown").to_owned(),
        path: path.unwrap_or("unknown").to_owned(),
        reason: reason.to_owned(),
    };
    if !operation.is_object() {
        return Err(fail("the operation is not a map"));
    }
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    let from = || match text("from") {
        Some(from) => Ok(from.to_owned()),
        None => Err(fail("the operation lacks `from`")),
    };
    let action = match op {
        Some("add") => Action::Add(value()),
        Some("copy") => Action::Copy { from: from()? },
        Some("move") => Action::Move { from: from()? },
        Some("remove") => Action::Remove,
        Some("replace") => Action::Replace(value()),
        Some("test") => Action::Test(value()),
        Some(_) => {
            return Err(fail(
                "unexpected kind; `op` is add, remove, replace, move, copy or test",
            ));
        }
        None => return Err(fail("the operation lacks `op`")),
    };
    match path {
        Some(path) => Ok(Operation {
            path: path.to_owned(),
            action,
        }),
        None => Err(fail("the operation lacks `path`")),
    }
}

/// About as many bytes as its text has.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(size).sum::<usize>(),
        Value::Object(map) => 2 + map.iter().map(|(k, v)| k.len() + size(v)).sum::<usize>(),
    }
}

impl Operation {
    fn apply(&self, target: &mut Value, copied: &mut usize) -> Result<(), String> {
        let path = self.path.as_str();
        match &self.action {
            Action::Add(value) => Place::find(target, path)?.add(value.clone()),
            Action::Copy { from } => {
                let value = Place::find(target, from)?.get()?;
                let value = value.ok_or_else(|| format!("doc is missing from path: {from}"))?;
                *copied += size(value);
                if *copied > COPIED_MAX_BYTES {
                    return Err(format!(
                        "the copies of this patch make more than {COPIED_MAX_BYTES} bytes"
                    ));
                }
                let value = value.clone();
                Place::find(target, path)?.add(value)
            }
            Action::Move { from } => {
                let value = Place::find(target, from)?.remove()?;
                Place::find(target, path)?.add(value)
            }
            Action::Remove => Place::find(target, path)?.remove().map(drop),
            Action::Replace(value) if path.is_empty() => {
                if !value.is_object() && !value.is_array() {
                    return Err("the value must be a map or a list".to_owned());
                }
                *target = value.clone();
                Ok(())
            }
            Action::Replace(value) => Place::find(target, path)?.replace(value.clone()),
            Action::Test(value) => {
                let found = if path.is_empty() {
                    Some(&*target)
                } else {
                    Place::find(target, path)?.get()?
                };
                let found = found.unwrap_or(&Value::Null);
                if pointer::equal(found, value) {
                    return Ok(());
                }
                Err(format!("testing value failed: it is {found}, not {value}"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
