//! `vars`: the value of each, taken from the object that it names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gantry_patch::fields::FieldSpec;
use serde_json::Value;

use crate::arguments::Var;
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;
use crate::resource::Resource;
use crate::transform::refvar::{self, Values};

/// Replaces all vars; gives those that nothing uses.
pub(crate) fn resolve(
    vars: &BTreeMap<String, Var>,
    added: &[FieldSpec],
    resources: &mut ResMap,
) -> Result<Vec<String>> {
    if vars.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = Values::new();
    for var in vars.values() {
        let value = value(var, resources.as_slice())?;
        // kustomize leaves the use of what is no scalar alone.
        if !(value.is_array() || value.is_object()) {
            values.insert(var.name.clone(), value);
        }
    }
    refvar::resolve(&values, added, resources)
}

fn value(var: &Var, resources: &[Resource]) -> Result<Value> {
    let name = &var.name;
    let Some(resource) = resources
        .iter()
        .find(|resource| resource.vars.contains(name))
    else {
        let message = format!(
            "var '{name}' cannot be mapped to a field in the set of known resources: no {} {}",
            var.gvk.kind, var.object_name
        );
        return Err(Problem::new("vars", message).in_file(&var.file));
    };
    let found = lookup(&resource.value, &split(&var.field_path));
    found.cloned().ok_or_else(|| {
        let message = format!(
            "field specified in var '{name}' not found in corresponding resource: {} has no {}",
            resource.id(),
            var.field_path
        );
        Problem::new("vars", message).in_file(&var.file)
    })
}

/// The parts of a path: dots separate but within brackets; `a[0]` and `a.0` are the same.
fn split(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut depth = 0_usize;
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'.') => part.extend(letters.next()),
            '[' => {
                if depth == 0 && !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                }
                depth += 1;
            }
            ']' if depth > 0 => depth -= 1,
            '.' if depth == 0 => {
                if !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                }
            }
            letter => part.push(letter),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

fn lookup<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    let Some((part, rest)) = path.split_first() else {
        return Some(value).filter(|value| !value.is_null());
    };
    let next = match value {
        Value::Object(map) => map.get(part)?,
        Value::Array(items) => match part.split_once('=') {
            Some((key, wanted)) => items.iter().find(|item| {
                item.get(key)
                    .is_some_and(|value| scalar_text(value) == wanted)
            })?,
            None => items.get(part.parse::<usize>().ok()?)?,
        },
        _ => return None,
    };
    lookup(next, rest)
}

fn scalar_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        scalar => Cow::Owned(scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{lookup, split};

    #[test]
    fn paths_lead_into_lists_and_keys_with_dots() {
        let value = json!({
            "spec": {"ports": [{"name": "http", "port": 80}, {"name": "x.y", "port": 81}]},
            "metadata": {"annotations": {"a.b/c": "v"}},
            "none": null,
        });
        for (path, expected) in [
            ("spec.ports[0].port", Some(json!(80))),
            ("spec.ports.1.port", Some(json!(81))),
            ("spec.ports[name=x.y].port", Some(json!(81))),
            ("spec.ports.[name=http].port", Some(json!(80))),
            ("metadata.annotations.a\\.b/c", Some(json!("v"))),
            ("metadata.annotations.[a.b/c]", Some(json!("v"))),
            ("spec.ports[7].port", None),
            ("none", None),
            ("spec.x", None),
        ] {
            assert_eq!(lookup(&value, &split(path)).cloned(), expected, "{path}");
        }
    }
}
