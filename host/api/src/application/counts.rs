//! How many applications there are of each kind, for filters.

use std::collections::HashMap;
use std::sync::Arc;

use gantry_model::limits;
use serde_json::{Map, Value, json};

use crate::apps::Entry;

type Counts<'a> = HashMap<&'a str, u64>;

/// By state.
pub(super) fn by_state(entries: &[Arc<Entry>]) -> Value {
    let (mut sync, mut health) = (Counts::new(), Counts::new());
    for entry in entries {
        *sync.entry(&entry.keys.sync).or_default() += 1;
        *health.entry(&entry.keys.health).or_default() += 1;
    }
    json!({"sync": sync, "health": health})
}

/// By where they belong, too: of each the values that occur most.
pub(super) fn by_place(entries: &[Arc<Entry>]) -> Value {
    let mut counts = by_state(entries);
    let (mut project, mut cluster) = (Counts::new(), Counts::new());
    let mut namespace = Counts::new();
    let mut label = HashMap::<(&str, &str), u64>::new();
    for entry in entries {
        let keys = &entry.keys;
        *project.entry(&keys.project).or_default() += 1;
        *cluster.entry(keys.cluster()).or_default() += 1;
        *namespace.entry(&keys.to_namespace).or_default() += 1;
        for (name, value) in &keys.labels {
            *label.entry((name, value)).or_default() += 1;
        }
    }
    let owned = |(name, count): (&str, u64)| (name.to_owned(), count);
    for (field, all) in [
        ("project", project),
        ("cluster", cluster),
        ("namespace", namespace),
    ] {
        counts[field] = most(all.into_iter().map(owned));
    }
    let pairs = label.into_iter();
    counts["label"] = most(pairs.map(|((name, value), count)| (format!("{name}={value}"), count)));
    counts
}

fn most(all: impl Iterator<Item = (String, u64)>) -> Value {
    let mut all: Vec<(String, u64)> = all.filter(|(name, _)| !name.is_empty()).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(limits::API_COUNTED_VALUES_MAX);
    let counts: Map<String, Value> = all
        .into_iter()
        .map(|(name, count)| (name, count.into()))
        .collect();
    Value::Object(counts)
}
