//! Kinds of which nothing is known: a JSON merge (RFC 7386), where lists are whole.

use serde_json::{Map, Value};

use super::without_nulls;

/// The live object with changes and deletions applied.
pub(super) fn merge(
    last: &Map<String, Value>,
    wanted: &Map<String, Value>,
    live: &Map<String, Value>,
) -> Map<String, Value> {
    let seen = only_keys_of(last, live);
    merge_maps(last, wanted, live, &seen)
}

/// `seen` is the live mapping without what nobody applied: only that is compared.
fn merge_maps(
    last: &Map<String, Value>,
    wanted: &Map<String, Value>,
    live: &Map<String, Value>,
    seen: &Map<String, Value>,
) -> Map<String, Value> {
    let empty = Map::new();
    let mut merged = live.clone();
    for key in last.keys().filter(|key| is_gone(last, wanted, key)) {
        merged.remove(key);
    }
    for (key, value) in wanted.iter().filter(|(_, value)| !value.is_null()) {
        let below = |map: &'_ Map<String, Value>| map.get(key).and_then(Value::as_object).cloned();
        let new = match (value, live.get(key), below(seen)) {
            (Value::Object(wanted), Some(Value::Object(live)), seen) => {
                let last = below(last).unwrap_or_else(|| empty.clone());
                let seen = seen.unwrap_or_default();
                Value::Object(merge_maps(&last, wanted, live, &seen))
            }
            (value, Some(live), _) if seen.get(key) == Some(value) => live.clone(),
            (value, _, _) => without_nulls(value),
        };
        merged.insert(key.clone(), new);
    }
    merged
}

/// Whether a field was applied and is not desired any more.
fn is_gone(last: &Map<String, Value>, wanted: &Map<String, Value>, key: &str) -> bool {
    match wanted.get(key) {
        None => true,
        Some(Value::Null) => last.get(key).is_some_and(|value| !value.is_null()),
        Some(_) => false,
    }
}

/// The parts of a live value that the other one has too: the rest was filled in by the server.
/// Items that a list has more stay.
pub(super) fn only_fields_of(applied: &Value, live: &Value) -> Value {
    match (applied, live) {
        (Value::Object(applied), Value::Object(live)) => Value::Object(only_keys_of(applied, live)),
        (Value::Array(applied), Value::Array(live)) => {
            let items = live.iter().enumerate().map(|(index, item)| {
                applied
                    .get(index)
                    .map_or_else(|| item.clone(), |applied| only_fields_of(applied, item))
            });
            items.collect()
        }
        _ => live.clone(),
    }
}

fn only_keys_of(applied: &Map<String, Value>, live: &Map<String, Value>) -> Map<String, Value> {
    let both = applied.iter().filter_map(|(key, applied)| {
        let live = live.get(key)?;
        Some((key.clone(), only_fields_of(applied, live)))
    });
    both.collect()
}
