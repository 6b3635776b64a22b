//! Strategic merge of a built-in kind, as apimachinery's `strategicpatch` computes and applies a
//! three-way patch, in one step.

use serde_json::{Map, Value};

use super::{list, without_nulls};
use crate::shape::Fields;
use crate::table::Type;

/// The live mapping with the changes to the desired one, without what is desired no more.
pub(super) fn merge(
    last: &Map<String, Value>,
    wanted: &Map<String, Value>,
    live: &Map<String, Value>,
    fields: &Type,
) -> Map<String, Value> {
    let fields = Fields::Of(fields);
    merge_maps(last, wanted, live, fields, false)
}

pub(super) fn merge_maps(
    last: &Map<String, Value>,
    wanted: &Map<String, Value>,
    live: &Map<String, Value>,
    fields: Fields<'_>,
    retain_keys: bool,
) -> Map<String, Value> {
    let mut merged = live.clone();
    for key in last.keys().filter(|key| !wanted.contains_key(*key)) {
        merged.remove(key);
    }
    for (key, value) in wanted {
        if value.is_null() {
            if live.get(key).is_some_and(|live| !live.is_null()) {
                merged.remove(key);
            }
            continue;
        }
        let new = match live.get(key) {
            Some(live) => merge_values(last.get(key), value, live, fields, key),
            None => without_nulls(value),
        };
        merged.insert(key.clone(), new);
    }
    let is_wanted = |key: &String| wanted.get(key).is_some_and(|value| !value.is_null());
    let says_anything = wanted.values().any(|value| !value.is_null());
    let has_more = || {
        live.iter()
            .any(|(key, value)| !value.is_null() && !wanted.contains_key(key))
    };
    if retain_keys && says_anything && (merged != *live || has_more()) {
        merged.retain(|key, _| is_wanted(key));
    }
    merged
}

fn merge_values(
    last: Option<&Value>,
    wanted: &Value,
    live: &Value,
    fields: Fields<'_>,
    key: &str,
) -> Value {
    let field = fields.field(key);
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) if field.is_none_or(|f| !f.replace) => {
            let empty = Map::new();
            let last = last.and_then(Value::as_object).unwrap_or(&empty);
            let retain_keys = field.is_some_and(|field| field.retain_keys);
            let below = fields.below(key);
            Value::Object(merge_maps(last, wanted, live, below, retain_keys))
        }
        (Value::Array(wanted), Value::Array(live)) => {
            let last = last
                .and_then(Value::as_array)
                .map_or(&[][..], Vec::as_slice);
            Value::Array(list::merge(last, wanted, live, field))
        }
        _ => without_nulls(wanted),
    }
}
