//! Adding one value to a field, or to the path that a field holds.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::PatchError;
use crate::fields::split_path;
use crate::scalar;

/// A value, and the field that it goes into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ValueAdd {
    /// The value.
    pub value: String,
    /// The path of the field, parts between slashes.
    pub field_path: String,
    /// Where in the file path that the field holds the value goes, counted from 1; 0 replaces the
    /// field.
    pub file_path_position: usize,
}

/// Sets the field, which is made when it is missing.
///
/// # Errors
/// The field or one on the way to it has another kind.
pub fn apply(object: &mut Value, add: &ValueAdd) -> Result<(), PatchError> {
    let mut at = object;
    let parts = split_path(&add.field_path);
    for part in parts.iter().filter(|part| !part.trim().is_empty()) {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = match at {
            Value::Object(map) => map.entry(part.as_ref()).or_insert(Value::Null),
            other => return Err(PatchError::wrong_kind("map", other).under(part)),
        };
    }
    if !at.is_null() && !scalar::is_scalar(at) {
        return Err(PatchError::wrong_kind("scalar", at).under(&add.field_path));
    }
    let value = match add.file_path_position.checked_sub(1) {
        None => add.value.clone(),
        Some(_) if at.is_null() => add.value.clone(),
        Some(position) => insert_part(&scalar::text(at), position, &add.value),
    };
    *at = scalar::untagged(at, &value);
    Ok(())
}

/// Puts a part into a path; an absolute path stays one.
fn insert_part(path: &str, position: usize, part: &str) -> String {
    if part.is_empty() {
        return path.to_owned();
    }
    let (root, relative) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut parts: Vec<&str> = relative.split('/').filter(|p| !p.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_set_or_put_into_paths() {
        for (before, position, after) in [
            (json!(null), 0, "PEACH"),
            (json!("old"), 0, "PEACH"),
            (json!(null), 1, "PEACH"),
            (json!("/"), 1, "/PEACH"),
            (json!("pie"), 1, "PEACH/pie"),
            (json!("/pie"), 1, "/PEACH/pie"),
            (json!("raw"), 2, "raw/PEACH"),
            (json!("/raw"), 9, "/raw/PEACH"),
            (json!("a/nice/warm/pie"), 4, "a/nice/warm/PEACH/pie"),
            (json!("/a/nice/warm/pie"), 4, "/a/nice/warm/PEACH/pie"),
        ] {
            let add = ValueAdd {
                value: "PEACH".to_owned(),
                field_path: "spec/x\\/y".to_owned(),
                file_path_position: position,
            };
            let mut object = json!({"spec": {"x/y": before}});
            apply(&mut object, &add).expect("a value");
            assert_eq!(
                object,
                json!({"spec": {"x/y": after}}),
                "{before} {position}"
            );
        }
    }

    #[test]
    fn a_value_means_what_it_says() {
        for (before, after) in [
            (json!(null), json!(7)),
            (json!("a"), json!(7)),
            (json!("1"), json!("7")),
        ] {
            let add = ValueAdd {
                value: "7".to_owned(),
                field_path: "x".to_owned(),
                file_path_position: 0,
            };
            let mut object = json!({"x": before});
            apply(&mut object, &add).expect("a value");
            assert_eq!(object, json!({"x": after}), "{before}");
        }
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        for object in [json!({"spec": "x"}), json!({"spec": {"a": []}})] {
            let add = ValueAdd {
                field_path: "spec/a".to_owned(),
                ..ValueAdd::default()
            };
            assert!(apply(&mut object.clone(), &add).is_err(), "{object}");
        }
    }
}
