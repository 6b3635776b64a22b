//! Reading fields of an object, each with the zero that Go's typed structs give an absent one.

use serde_json::Value;

pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(crate) fn number(object: &Value, pointer: &str) -> i64 {
    optional_number(object, pointer).unwrap_or_default()
}

pub(crate) fn optional_number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

pub(crate) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

pub(crate) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// Group and version of `apiVersion`.
pub(crate) fn group_of(object: &Value) -> (&str, &str) {
    let api_version = text(object, "/apiVersion");
    api_version.split_once('/').unwrap_or(("", api_version))
}

pub(crate) fn has_hook_finalizer(object: &Value) -> bool {
    items(object, "/metadata/finalizers")
        .iter()
        .any(|f| f == "argocd.argoproj.io/hook-finalizer")
}

/// One of `status.conditions`.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, "/status/conditions")
        .iter()
        .find(|c| text(c, "/type") == kind)
}

/// Whether the controller has seen the latest spec.
pub(crate) fn is_observed(object: &Value) -> bool {
    number(object, "/metadata/generation") <= number(object, "/status/observedGeneration")
}
