//! `RespectIgnoreDifferences`: what is ignored is applied as it is in the cluster.

use gantry_model::Diagnostic;
use serde_json::{Map, Value};

use super::Ignore;
use crate::items::Identity;
use crate::mask::SERVER_FIELDS;
use crate::shape::Fields;
use crate::table;

/// The desired object with the live object's values in the ignored fields, so that an apply neither
/// changes them nor gives them up. Ignored fields that the live object does not have are left out. An
/// expression that does not take a value away but writes another one ignores the whole value.
pub fn adopt_ignored(desired: &Value, live: &Value, ignore: &Ignore) -> (Value, Vec<Diagnostic>) {
    let (mut wanted, mut left) = (desired.clone(), live.clone());
    ignore.remove_trusted(&mut left, &mut wanted);
    let mut warnings = ignore.remove_from(&mut wanted);
    warnings.extend(ignore.remove_from(&mut left));
    let fields = table::kind(desired).map_or(Fields::Unknown, Fields::Of);
    as_written(&mut wanted, desired);
    restore(&mut wanted, live, &left, fields, "");
    if let Some(map) = wanted.as_object_mut() {
        keep_as_desired(map, desired, "status");
    }
    if let Some(metadata) = wanted.get_mut("metadata").and_then(Value::as_object_mut) {
        let desired = desired.get("metadata").unwrap_or(&Value::Null);
        for field in SERVER_FIELDS {
            keep_as_desired(metadata, desired, field);
        }
    }
    (wanted, warnings)
}

fn keep_as_desired(map: &mut Map<String, Value>, desired: &Value, field: &str) {
    match desired.get(field) {
        Some(value) => map.insert(field.to_owned(), value.clone()),
        None => map.remove(field),
    };
}

/// Takes back what an expression has written for the comparison only.
fn as_written(wanted: &mut Value, desired: &Value) {
    match (wanted, desired) {
        (Value::Object(wanted), Value::Object(desired)) => {
            for (key, value) in wanted {
                if let Some(desired) = desired.get(key) {
                    as_written(value, desired);
                }
            }
        }
        (Value::Array(_), Value::Array(_)) => {}
        (wanted, desired) => *wanted = desired.clone(),
    }
}

/// Puts into `wanted` what `live` has and `left`, the same without what is ignored, has not.
fn restore(wanted: &mut Value, live: &Value, left: &Value, fields: Fields<'_>, key: &str) {
    match (wanted, live, left) {
        (Value::Object(wanted), Value::Object(live), Value::Object(left)) => {
            let below = if key.is_empty() {
                fields
            } else {
                fields.below(key)
            };
            restore_map(wanted, live, left, below);
        }
        (Value::Array(wanted), Value::Array(live), Value::Array(left)) => {
            restore_list(wanted, live, left, fields, key);
        }
        (wanted, live, left) if live != left => *wanted = live.clone(),
        _ => {}
    }
}

fn restore_map(
    wanted: &mut Map<String, Value>,
    live: &Map<String, Value>,
    left: &Map<String, Value>,
    fields: Fields<'_>,
) {
    for (key, value) in live {
        let Some(left) = left.get(key) else {
            wanted.insert(key.clone(), value.clone());
            continue;
        };
        if left == value {
            continue;
        }
        if let Some(wanted) = wanted.get_mut(key) {
            restore(wanted, value, left, fields, key);
            continue;
        }
        // Git says nothing of it: only what is ignored comes, if that can stand alone.
        if value.is_object() {
            let mut alone = Value::Object(Map::new());
            restore(&mut alone, value, left, fields, key);
            wanted.insert(key.clone(), alone);
        }
    }
}

fn restore_list(
    wanted: &mut Vec<Value>,
    live: &[Value],
    left: &[Value],
    fields: Fields<'_>,
    key: &str,
) {
    let item_fields = fields.items(key);
    let identity = Identity::of(fields.field(key), &[live, left, wanted]);
    let mut rest = left.iter().peekable();
    for (place, item) in live.iter().enumerate() {
        let remains = rest.next_if(|left| is_part_of(left, item));
        let own = match identity.element(item) {
            Some(element) => element.place(wanted),
            None => (place < wanted.len()).then_some(place),
        };
        let Some(left) = remains else {
            // The whole item is ignored: it keeps its place.
            let count = |list: &[Value]| list.iter().filter(|other| *other == item).count();
            if count(wanted) < count(live.get(..=place).unwrap_or(live)) {
                wanted.insert(place.min(wanted.len()), item.clone());
            }
            continue;
        };
        if let Some(own) = own.and_then(|own| wanted.get_mut(own)) {
            restore(own, item, left, item_fields, "");
        }
    }
}

/// Whether a value is what is left of another one.
fn is_part_of(left: &Value, whole: &Value) -> bool {
    match (left, whole) {
        (Value::Object(left), Value::Object(whole)) => left
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|whole| is_part_of(value, whole))),
        (Value::Array(left), Value::Array(whole)) => {
            let mut whole = whole.iter();
            left.iter()
                .all(|item| whole.any(|other| is_part_of(item, other)))
        }
        (left, whole) => left == whole,
    }
}
