//! JSON merge patches (RFC 7396): what one must hold to make one value of another, and what it makes of a
//! value.

use serde_json::{Map, Value};

/// Changes a value as a patch says: mappings are merged, null removes, all else takes the place.
pub fn apply(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(key);
        } else {
            apply(fields.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// The smallest patch from one value to another; none where they are the same.
pub fn between(from: &Value, to: &Value) -> Option<Value> {
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
            between(before, value)
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
    use super::{apply, between};
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
            (
                json!({"a": {"b": 1}}),
                json!({"a": 2}),
                Some(json!({"a": 2})),
            ),
            (Value::Null, json!({"a": 1}), Some(json!({"a": 1}))),
        ];
        for (from, to, expected) in cases {
            let patch = between(&from, &to);
            assert_eq!(patch, expected, "{from} {to}");
            let mut made = from.clone();
            if let Some(patch) = patch {
                apply(&mut made, &patch);
            }
            assert_eq!(made, to);
        }
    }

    /// Cases of RFC 7396, appendix A.
    #[test]
    fn a_patch_is_applied() {
        for (from, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!(["a", "b"]), json!(["c"]), json!(["c"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut made = from.clone();
            apply(&mut made, &patch);
            assert_eq!(made, expected, "{from} {patch}");
        }
    }
}
