//! Objects as the API server would write them: quantities in their shortest form, empty fields left
//! out where Go leaves them out. Only for built-in kinds; of others nothing but numbers is known.

use serde_json::{Map, Number, Value};

use crate::quantity;
use crate::table::{self, Field, Shape, Type};

/// Brings an object into the server's form. What does not fit the kind stays as it is: the server
/// will say so.
pub(crate) fn canonical(object: &mut Value) {
    whole_numbers(object);
    if let (Some(fields), Some(map)) = (table::kind(object), object.as_object_mut()) {
        of_type(map, fields);
    } else if let Some(pod) = pod_of_rollout(object) {
        of_shape(pod, &Shape::Struct("io.k8s.api.core.v1.PodSpec"));
    }
}

/// The pod of an Argo Rollout, which is read by the same Go types as any other.
fn pod_of_rollout(object: &mut Value) -> Option<&mut Value> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let is_rollout = text("kind") == Some("Rollout")
        && text("apiVersion").is_some_and(|version| version.starts_with("argoproj.io/"));
    let pod = is_rollout.then(|| object.pointer_mut("/spec/template/spec"));
    pod.flatten()
}

/// Brings only the quantities of a built-in kind, and whole numbers, into the server's form. True where
/// that changed anything.
pub(crate) fn same_values(object: &mut Value) -> bool {
    let before = object.clone();
    whole_numbers(object);
    if let (Some(fields), Some(map)) = (table::kind(object), object.as_object_mut()) {
        quantities(map, fields);
    }
    *object != before
}

fn quantities(map: &mut Map<String, Value>, fields: &Type) {
    for (key, value) in map.iter_mut() {
        if let Some(field) = fields.get(key.as_str()) {
            quantities_below(value, &field.shape);
        }
    }
}

fn quantities_below(value: &mut Value, shape: &Shape) {
    match (shape, &mut *value) {
        (Shape::Struct(name), Value::Object(map)) => {
            if let Some(fields) = table::named(name) {
                quantities(map, fields);
            }
        }
        (Shape::List(below), Value::Array(items)) => {
            items
                .iter_mut()
                .for_each(|item| quantities_below(item, below));
        }
        (Shape::Map(below), Value::Object(map)) => {
            map.values_mut()
                .for_each(|value| quantities_below(value, below));
        }
        (Shape::Quantity, _) => of_shape(value, shape),
        _ => {}
    }
}

/// Makes `1.0` the same as `1`, which is all the same in JSON.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

fn whole(number: &Number) -> Option<Number> {
    if number.is_i64() || number.is_u64() {
        return None;
    }
    let float = number.as_f64()?;
    // Beyond this, a float names no single integer.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and within 53 bits: exact"
    )]
    (float.fract() == 0.0 && float.abs() < 9e15).then(|| Number::from(float as i64))
}

fn of_type(map: &mut Map<String, Value>, fields: &Type) {
    map.retain(|key, value| {
        let Some(field) = fields.get(key.as_str()) else {
            return true;
        };
        of_shape(value, &field.shape);
        !is_left_out(value, field)
    });
}

fn of_shape(value: &mut Value, shape: &Shape) {
    match (shape, &mut *value) {
        (Shape::Struct(name), Value::Object(map)) => {
            if let Some(fields) = table::named(name) {
                of_type(map, fields);
            }
        }
        (Shape::List(below), Value::Array(items)) => {
            items.iter_mut().for_each(|item| of_shape(item, below));
        }
        (Shape::Map(below), Value::Object(map)) => map.values_mut().for_each(|value| {
            if value.is_null() && **below == Shape::Text {
                *value = Value::from("");
            }
            of_shape(value, below);
        }),
        (Shape::Bytes, Value::String(text)) if text.contains(['\n', '\r']) => {
            // Base64 may be broken into lines.
            text.retain(|c| !matches!(c, '\n' | '\r'));
        }
        (Shape::Quantity, Value::String(text)) => {
            if let Some(canonical) = quantity::canonical(text) {
                *text = canonical;
            }
        }
        (Shape::Quantity, Value::Number(number)) => {
            if let Some(canonical) = quantity::canonical(&number.to_string()) {
                *value = Value::String(canonical);
            }
        }
        _ => {}
    }
}

/// Whether Go writes nothing for the value.
fn is_left_out(value: &Value, field: &Field) -> bool {
    if field.shape == Shape::Time && value.is_null() {
        return true;
    }
    if !field.omit_empty {
        return value.is_null() && is_scalar(&field.shape);
    }
    let plain = !field.pointer;
    match value {
        Value::Null => !matches!(field.shape, Shape::Struct(_)) || field.pointer,
        Value::Bool(value) => plain && !value && field.shape == Shape::Boolean,
        Value::Number(number) => {
            plain
                && number.as_f64() == Some(0.0)
                && matches!(field.shape, Shape::Integer | Shape::Number)
        }
        Value::String(text) => {
            plain && text.is_empty() && matches!(field.shape, Shape::Text | Shape::Bytes)
        }
        Value::Array(items) => plain && items.is_empty() && matches!(field.shape, Shape::List(_)),
        Value::Object(map) => plain && map.is_empty() && matches!(field.shape, Shape::Map(_)),
    }
}

fn is_scalar(shape: &Shape) -> bool {
    !matches!(
        shape,
        Shape::Struct(_) | Shape::List(_) | Shape::Map(_) | Shape::Any | Shape::Bytes
    )
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use serde_json::{Value, json};

    fn pod(container: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}})
    }

    #[test]
    fn values_take_the_form_of_the_server() {
        for (before, after) in [
            (
                pod(json!({"resources": {"requests": {"cpu": 0.2}}})),
                pod(json!({"resources": {"requests": {"cpu": "200m"}}})),
            ),
            (
                pod(json!({"resources": {"requests": {"cpu": "bad"}}})),
                pod(json!({"resources": {"requests": {"cpu": "bad"}}})),
            ),
            (
                pod(json!({"env": [{"name": "a", "value": ""}], "unknown": 0, "stdin": false})),
                pod(json!({"env": [{"name": "a"}], "unknown": 0})),
            ),
            (
                pod(json!({"securityContext": {"runAsUser": 0, "privileged": false}})),
                pod(json!({"securityContext": {"runAsUser": 0, "privileged": false}})),
            ),
            (
                json!({"apiVersion": "v1", "kind": "ServiceAccount", "imagePullSecrets": [],
                    "metadata": {"name": "a", "creationTimestamp": null}}),
                json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}),
            ),
            (
                json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "YWFh\nYWFh\n"}}),
                json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "YWFhYWFh"}}),
            ),
            (
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"template":
                    {"spec": {"containers": [{"resources": {"limits": {"cpu": "1000m"}}}]}}}}),
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"template":
                    {"spec": {"containers": [{"resources": {"limits": {"cpu": "1"}}}]}}}}),
            ),
            (
                json!({"apiVersion": "x.io/v1", "kind": "Any", "a": 1.0, "b": [], "c": 1.5}),
                json!({"apiVersion": "x.io/v1", "kind": "Any", "a": 1, "b": [], "c": 1.5}),
            ),
        ] {
            let mut value = before.clone();
            canonical(&mut value);
            assert_eq!(value, after, "{before}");
        }
    }
}
