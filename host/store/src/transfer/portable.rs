//! What of an object is a wish: the rest belongs to the place where it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_model::Object;
use serde_json::{Map, Value, json};

/// What an object takes along of its `metadata`.
const METADATA: [&str; 4] = ["name", "labels", "annotations", "finalizers"];
/// Annotations that belong to the place: what kubectl notes for itself, and a refresh that was asked for.
const ANNOTATIONS: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "argocd.argoproj.io/refresh",
];

/// An object as it can be carried elsewhere: without what servers and controllers set, and without a
/// running operation. The namespace is left out where it is the control plane's own.
pub fn portable(object: &Object, own_namespace: &str) -> Value {
    let mut value = object.value().clone();
    if let Some(map) = value.as_object_mut() {
        map.remove("status");
        map.remove("operation");
        if object.kind() == "Secret" {
            fold_string_data(map);
            // What an API server writes where nothing is.
            if map.get("type").and_then(Value::as_str) == Some("Opaque") {
                map.remove("type");
            }
        }
    }
    let mut metadata = Map::new();
    for field in METADATA {
        let Some(found) = value["metadata"].get(field) else {
            continue;
        };
        let mut kept = found.clone();
        if let (Value::Object(map), "annotations") = (&mut kept, field) {
            map.retain(|key, _| !ANNOTATIONS.contains(&key.as_str()));
        }
        if !is_empty(&kept) {
            metadata.insert(field.to_owned(), kept);
        }
    }
    let namespace = object.namespace();
    if !namespace.is_empty() && namespace != own_namespace {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    value["metadata"] = Value::Object(metadata);
    value
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// As an API server does it when a Secret is written: `stringData` goes over `data`.
pub(crate) fn fold_string_data(secret: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = secret.remove("stringData") else {
        return;
    };
    let data = secret.entry("data").or_insert_with(|| json!({}));
    if !data.is_object() {
        *data = json!({});
    }
    for (key, text) in texts {
        if let Some(text) = text.as_str() {
            data[key] = json!(STANDARD.encode(text));
        }
    }
}
