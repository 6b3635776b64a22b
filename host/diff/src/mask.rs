//! What may be shown of an object: no Secret's values, and nothing that only the server writes.

use serde_json::{Map, Value};

const MASK: &str = "***";

/// Fields of `metadata` that only the server writes: noise in a diff, an error or without effect in an
/// apply.
pub(crate) const SERVER_FIELDS: [&str; 6] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "creationTimestamp",
    "generation",
    "selfLink",
];

/// The object without the server's own fields and without its status.
pub fn presentable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in SERVER_FIELDS {
                metadata.remove(field);
            }
            if metadata
                .get("annotations")
                .and_then(Value::as_object)
                .is_some_and(Map::is_empty)
            {
                metadata.remove("annotations");
            }
        }
    }
    object
}

/// Masks the values of two Secrets that are compared, as `kubectl diff` does: equal values look
/// equal, different ones different. Also what `kubectl apply` left of them in an annotation.
pub fn secrets(before: Option<&mut Value>, after: Option<&mut Value>) {
    let (mut none_before, mut none_after) = (Value::Null, Value::Null);
    let before = before.unwrap_or(&mut none_before);
    let after = after.unwrap_or(&mut none_after);
    if !is_secret(before) && !is_secret(after) {
        return;
    }
    for field in ["data", "stringData"] {
        let old = take(before, field);
        let new = take(after, field);
        let masked = |own: &Map<String, Value>, other: Option<&Map<String, Value>>, word: &str| {
            let mask = |(key, value): (&String, &Value)| {
                let differs =
                    other.is_some_and(|o| o.get(key).is_some_and(|theirs| theirs != value));
                let text = if differs {
                    format!("{MASK} ({word})")
                } else {
                    MASK.to_owned()
                };
                (key.clone(), Value::String(text))
            };
            Value::Object(own.iter().map(mask).collect())
        };
        if let (Some(own), Some(map)) = (&old, before.as_object_mut()) {
            map.insert(field.into(), masked(own, new.as_ref(), "before"));
        }
        if let (Some(own), Some(map)) = (&new, after.as_object_mut()) {
            map.insert(field.into(), masked(own, old.as_ref(), "after"));
        }
    }
    for object in [before, after] {
        let annotation = object
            .pointer_mut("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration");
        if let Some(annotation) = annotation {
            *annotation = MASK.into();
        }
    }
}

fn is_secret(object: &Value) -> bool {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    text("kind") == Some("Secret") && text("apiVersion") == Some("v1")
}

fn take(object: &mut Value, field: &str) -> Option<Map<String, Value>> {
    match object.as_object_mut()?.get_mut(field)?.take() {
        Value::Object(map) => Some(map),
        // A malformed Secret shows nothing at all.
        _ => Some(Map::new()),
    }
}
