//! `vars`: `$(NAME)` in fields that are known to take it (`api/filters/refvar`).

use std::collections::BTreeMap;

use gantry_patch::PatchError;
use gantry_patch::fields::{self, FieldSpec};
use serde_json::Value;

use crate::config::tables::{Rows, VARIABLES};
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;

/// Vars and their values, which are strings, numbers or booleans.
pub(crate) type Values = BTreeMap<String, Value>;

/// Puts the values in; gives the vars that nothing uses.
pub(crate) fn resolve(
    values: &Values,
    added: &[FieldSpec],
    resources: &mut ResMap,
) -> Result<Vec<String>> {
    let mut unused = values.clone();
    for resource in resources.bodies() {
        let gvk = resource.id().gvk.clone();
        let own = VARIABLES
            .iter()
            .filter(|rows| rows.apply_to(&gvk.group, &gvk.version, &gvk.kind))
            .flat_map(specs);
        let added = added.iter().filter(|spec| spec.applies_to(&gvk)).cloned();
        for spec in own.chain(added) {
            let mut set = |value: &mut Value| set(value, values, &mut unused);
            fields::visit(&mut resource.value, &spec, &Value::Null, &mut set).map_err(|error| {
                let problem = Problem::from(error);
                match &resource.place {
                    Some(place) => problem.at(&place.path, place.line, 1),
                    None => problem,
                }
            })?;
        }
    }
    Ok(unused.into_keys().collect())
}

fn specs(rows: &Rows) -> impl Iterator<Item = FieldSpec> {
    let paths = rows.paths.iter();
    paths.map(|path| FieldSpec {
        path: format!("{}{path}", rows.prefix),
        ..FieldSpec::default()
    })
}

fn set(
    value: &mut Value,
    values: &Values,
    unused: &mut Values,
) -> std::result::Result<(), PatchError> {
    match value {
        Value::String(text) => *value = replace(text, values, unused),
        Value::Object(map) => {
            for inner in map.values_mut() {
                if let Value::String(text) = inner {
                    *inner = replace(text, values, unused);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let Value::String(text) = item else {
                    return Err(PatchError::Path(
                        "invalid value type expect a string".to_owned(),
                    ));
                };
                *item = replace(text, values, unused);
            }
        }
        _ => {}
    }
    Ok(())
}

/// The text with its vars replaced: a value of its own type where the text is one var and nothing
/// else. `$$` stands for one `$`; what is unknown stays.
fn replace(text: &str, values: &Values, unused: &mut Values) -> Value {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let after = &tail[1..];
        match after.chars().next() {
            None => {
                rest = tail;
                break;
            }
            Some('$') => {
                out.push('$');
                rest = &after[1..];
            }
            Some('(') => {
                let Some(end) = after.find(')') else {
                    out.push_str("$(");
                    rest = &after[1..];
                    continue;
                };
                let name = &after[1..end];
                rest = &after[end + 1..];
                let Some(value) = values.get(name) else {
                    out.push_str(&tail[..end + 2]);
                    continue;
                };
                unused.remove(name);
                if tail.len() == text.len() && rest.is_empty() {
                    return value.clone();
                }
                match value {
                    Value::String(value) => out.push_str(value),
                    value => out.push_str(&value.to_string()),
                }
            }
            Some(other) => {
                out.push('$');
                out.push(other);
                rest = &after[other.len_utf8()..];
            }
        }
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Values, replace};

    #[test]
    fn vars_are_replaced_as_kustomize_does() {
        let values: Values = [("A", json!("a")), ("N", json!(5)), ("E", json!(""))]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let cases: &[(&str, Value)] = &[
            ("", json!("")),
            ("plain", json!("plain")),
            ("$(A)", json!("a")),
            ("$(N)", json!(5)),
            ("x$(N)$(A)", json!("x5a")),
            ("$(E)", json!("")),
            ("$(NONE)", json!("$(NONE)")),
            ("$$(A)", json!("$(A)")),
            ("$$$(A)", json!("$a")),
            ("$$$$$$(A)", json!("$$$(A)")),
            ("$A)", json!("$A)")),
            ("${A}", json!("${A}")),
            ("$(A)_$(A", json!("a_$(A")),
            ("$(A)$", json!("a$")),
            ("$?$!é$é", json!("$?$!é$é")),
            ("$($($(A)", json!("$($($(A)")),
            ("$(a$$b)", json!("$(a$$b)")),
        ];
        for (text, expected) in cases {
            let mut unused = values.clone();
            assert_eq!(replace(text, &values, &mut unused), *expected, "{text}");
        }
    }
}
