//! How many applications there are of each kind, for filters.

use std::collections::HashMap;
use std::sync::Arc;

use gantry_model::limits;
use serde_json::{Map, Value, json};

use crate::apps::{Entry, Facet, Fit};

type Counts<'a> = HashMap<&'a str, u64>;
type Fits = [(Arc<Entry>, Fit)];

/// Those of one facet: what fits in all else.
fn of<'a>(fits: &'a Fits, facet: Facet, value: impl Fn(&'a Entry) -> &'a str) -> Counts<'a> {
    let mut counts = Counts::new();
    for (entry, fit) in fits {
        if matches!(fit, Fit::All) || *fit == Fit::But(facet) {
            *counts.entry(value(entry)).or_default() += 1;
        }
    }
    counts
}

/// By state.
pub(super) fn by_state(fits: &Fits) -> Value {
    let sync = of(fits, Facet::Sync, |entry| &entry.keys.sync);
    let health = of(fits, Facet::Health, |entry| &entry.keys.health);
    json!({"sync": sync, "health": health})
}

/// By where they belong, too: of each the values that occur most.
pub(super) fn by_place(fits: &Fits) -> Value {
    let mut counts = by_state(fits);
    let owned = |(name, count): (&str, u64)| (name.to_owned(), count);
    for (field, all) in [
        (
            "project",
            of(fits, Facet::Project, |entry| &entry.keys.project),
        ),
        (
            "cluster",
            of(fits, Facet::Cluster, |entry| entry.keys.cluster()),
        ),
        (
            "namespace",
            of(fits, Facet::Namespace, |entry| &entry.keys.to_namespace),
        ),
    ] {
        counts[field] = most(all.into_iter().map(owned));
    }
    let mut labels = HashMap::<(&str, &str), u64>::new();
    let found = fits.iter().filter(|(_, fit)| *fit == Fit::All);
    for (name, value) in found.flat_map(|(entry, _)| &entry.keys.labels) {
        *labels.entry((name, value)).or_default() += 1;
    }
    let pairs = labels.into_iter();
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
