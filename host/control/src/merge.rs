//! What a JSON merge patch (RFC 7396) must hold to make one value of another.

use serde_json::{Map, Value};

/// The smallest merge patch from one value to another; none where they are the same.
pub(crate) fn merge_patch(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    let (Value::Object(old), Value::Object(new)) = (from, to) else {
        return Some(to.clone());
    };
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    let mut patch: Map<String, Value> = gone.map(|key| (key.clone(), Value::Null)).collect();
    for (key, value) in new {
        let before = old.get(key).unwrap_or(&Value::Null);
        // A patch within what was no object would leave nulls of it behind.
        let change = if before.is_object() {
            merge_patch(before, value)
        } else {
            (before != value).then(|| value.clone())
        };
        if let Some(change) = change {
            patch.insert(key.clone(), change);
        }
    }
    Some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::merge_patch;
    use serde_json::{Value, json};

    #[test]
    fn a_patch_has_what_differs() {
        let cases = [
            (json!({"a": 1}), json!({"a": 1}), None),
            (
                json!({"a": 1, "b": 2}),
                json!({"b": 3}),
                Some(json!({"a": null, "b": 3})),
            ),
            (
                json!({"a": {"b": 1, "c": 2}}),
                json!({"a": {"b": 1, "c": 3}}),
                Some(json!({"a": {"c": 3}})),
            ),
            (
                json!({"a": [1, 2]}),
                json!({"a": [1]}),
                Some(json!({"a": [1]})),
            ),
            (
                json!({}),
                json!({"a": {"b": {}}}),
                Some(json!({"a": {"b": {}}})),
            ),
            (Value::Null, json!({"a": 1}), Some(json!({"a": 1}))),
        ];
        for (from, to, expected) in cases {
            assert_eq!(merge_patch(&from, &to), expected, "{from} {to}");
        }
    }
}
