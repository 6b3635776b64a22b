//! What an apply would make of a live object, without a server.
//!
//! As `kubectl apply` has it: changes from the live object to the desired one, and deletions of what
//! was applied last and is no longer desired. Built-in kinds merge strategically, others as JSON.

mod json;
mod list;
mod strategic;

use std::borrow::Cow;

use serde_json::{Map, Value};

pub(crate) use list::ordered;

use crate::table;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The live object as it would be after an apply of the desired one, as far as that is known without a
/// server: values are compared as they are written. `last_applied` is what was
/// applied before: its fields that are not desired any more are taken away.
pub fn predict(live: &Value, desired: &Value, last_applied: Option<&Value>) -> Value {
    let desired = without_namespace(desired);
    let last = last_applied.map_or(Cow::Borrowed(&desired), |last| {
        Cow::Owned(without_namespace(last))
    });
    let (Value::Object(live_map), Value::Object(wanted), Value::Object(last)) =
        (live, &desired, last.as_ref())
    else {
        return desired;
    };
    match table::kind(&desired) {
        Some(fields) => {
            let wanted = claims_as_they_are(live_map, wanted, last);
            Value::Object(strategic::merge(last, &wanted, live_map, fields))
        }
        None => Value::Object(json::merge(last, wanted, live_map)),
    }
}

/// What `kubectl apply`, or Argo CD's client-side apply, left in the annotation.
pub fn last_applied(live: &Value) -> Option<Value> {
    let annotations = live.pointer("/metadata/annotations")?;
    let text = annotations.get(LAST_APPLIED)?.as_str()?;
    serde_json::from_str(text).ok().filter(Value::is_object)
}

/// Takes that annotation out.
pub(crate) fn forget_last_applied(object: &mut Value) {
    let annotations = object.pointer_mut("/metadata/annotations");
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
}

/// A manifest may leave out its namespace, and an empty mapping of annotations says nothing.
fn without_namespace(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("namespace");
        let says_nothing =
            |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
        if metadata.get("annotations").is_some_and(says_nothing) {
            metadata.remove("annotations");
        }
    }
    object
}

/// The claims of a `StatefulSet` are whole objects with defaults of their own, in a list that is not
/// merged: they count as equal when they are so in all that was applied.
fn claims_as_they_are<'a>(
    live: &Map<String, Value>,
    wanted: &'a Map<String, Value>,
    last: &Map<String, Value>,
) -> Cow<'a, Map<String, Value>> {
    const CLAIMS: &str = "volumeClaimTemplates";
    let claims = |map: &Map<String, Value>| map.get("spec")?.get(CLAIMS).cloned();
    let is_set = wanted.get("kind").and_then(Value::as_str) == Some("StatefulSet");
    let (true, Some(own), Some(desired), Some(last)) =
        (is_set, claims(live), claims(wanted), claims(last))
    else {
        return Cow::Borrowed(wanted);
    };
    if json::only_fields_of(&last, &own) != desired {
        return Cow::Borrowed(wanted);
    }
    let mut wanted = wanted.clone();
    if let Some(spec) = wanted.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert(CLAIMS.to_owned(), own);
    }
    Cow::Owned(wanted)
}

/// A value without its nulls, which mean "not set".
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), without_nulls(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
