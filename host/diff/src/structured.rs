//! What a server-side apply would make of a live object, by the ownership of its fields.
//!
//! As structured-merge-diff does it: the desired object is merged in, then the fields go that the
//! manager had applied before, that are not desired any more and that nobody else owns.

use serde_json::{Map, Value};

use crate::items::Identity;
use crate::managed::{self, Element, FieldSet};
use crate::predict::ordered;
use crate::shape::Fields;
use crate::table::{self, Field, Owned, Shape};

/// The live object after an apply of the desired one by `manager`, which takes over what conflicts.
pub fn predict_apply(live: &Value, desired: &Value, manager: &str) -> Value {
    let fields = table::kind(desired).map_or(Fields::Unknown, Fields::Of);
    let entries = managed::entries(live);
    let (before, others): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|entry| entry.is_apply_of(manager));
    let mut merged = merge(live, desired, fields, None);
    let mut wanted = FieldSet::default();
    collect(desired, fields, None, &mut Vec::new(), &mut wanted);
    let owned = others
        .iter()
        .fold(wanted, |owned, entry| owned.union(&entry.fields));
    for entry in &before {
        entry.fields.difference(&owned).remove_from(&mut merged);
    }
    merged
}

/// Whether a list or mapping is one value.
pub(crate) fn is_atomic(value: &Value, field: Option<&Field>) -> bool {
    match (value, field.map(|field| &field.owned)) {
        (Value::Array(_), Some(Owned::Keys(_) | Owned::Set)) => false,
        (Value::Object(_), owned) => owned == Some(&Owned::Atomic),
        _ => true,
    }
}

fn merge(live: &Value, wanted: &Value, fields: Fields<'_>, field: Option<&Field>) -> Value {
    if is_atomic(wanted, field) {
        return wanted.clone();
    }
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => {
            let mut merged = live.clone();
            for (key, value) in wanted.iter().filter(|(_, value)| !value.is_null()) {
                let none = Value::Null;
                let own = live.get(key).unwrap_or(&none);
                let new = merge(own, value, fields.below(key), fields.field(key));
                merged.insert(key.clone(), new);
            }
            Value::Object(merged)
        }
        (Value::Null, Value::Object(_)) => merge(&Value::Object(Map::new()), wanted, fields, field),
        (Value::Array(live), Value::Array(wanted)) => {
            let items = field.map_or(Fields::Unknown, items_of);
            let identity = Identity::of(field, &[live, wanted]);
            let place = |item: &Value| identity.element(item)?.place(live);
            let ours = wanted.iter().map(|item| {
                let own = place(item).and_then(|place| live.get(place));
                own.map_or_else(|| item.clone(), |own| merge(own, item, items, None))
            });
            let theirs = live.iter().filter(|item| {
                let element = identity.element(item);
                element.is_some_and(|element| element.place(wanted).is_none())
            });
            Value::Array(ordered(ours.collect(), theirs.cloned().collect(), &place))
        }
        _ => wanted.clone(),
    }
}

pub(crate) fn items_of(field: &Field) -> Fields<'_> {
    match &field.shape {
        Shape::List(item) => Fields::of(item),
        _ => Fields::Unknown,
    }
}

/// The set of fields that an apply of the value owns.
fn collect(
    value: &Value,
    fields: Fields<'_>,
    field: Option<&Field>,
    path: &mut Vec<Element>,
    set: &mut FieldSet,
) {
    match value {
        Value::Object(map) if !map.is_empty() && !is_atomic(value, field) => {
            for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                path.push(Element::Field(key.clone()));
                // So that a part of what someone owns as a whole keeps it: of kinds that are not built
                // in, it is not known what is a whole.
                set.insert(path);
                collect(value, fields.below(key), fields.field(key), path, set);
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() && !is_atomic(value, field) => {
            let identity = field.map_or(Identity::Index, Identity::declared);
            let below = field.map_or(Fields::Unknown, items_of);
            for item in items {
                let Some(element) = identity.element(item) else {
                    continue;
                };
                path.push(element);
                // The item itself is owned, and so is what it says.
                set.insert(path);
                collect(item, below, None, path, set);
                path.pop();
            }
        }
        _ => set.insert(path),
    }
}
