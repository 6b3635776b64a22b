//! Lists of a built-in kind: merged by key, merged as sets, or whole.

use gantry_model::limits::KEYED_ITEMS_MAX;
use serde_json::{Map, Value};

use super::strategic::merge_maps;
use crate::shape::Fields;
use crate::table::{self, Field, Owned, Shape};

/// The live list with the desired one merged in, as its field says.
pub(super) fn merge(
    last: &[Value],
    wanted: &[Value],
    live: &[Value],
    field: Option<&Field>,
) -> Vec<Value> {
    let Some(Field {
        merge: Some(key),
        shape: Shape::List(shape),
        ..
    }) = field
    else {
        return wanted.to_vec();
    };
    if [last, wanted, live]
        .iter()
        .any(|l| l.len() > KEYED_ITEMS_MAX)
    {
        return wanted.to_vec();
    }
    if key.is_empty() {
        return merge_sets(last, wanted, live);
    }
    let keys = Keys::of(key, field, shape, [last, wanted, live]);
    let have_keys = |list: &[Value]| list.iter().all(|item| keys.of_item(item).is_some());
    if !have_keys(wanted) || !have_keys(live) {
        return wanted.to_vec();
    }
    let retain_keys = field.is_some_and(|field| field.retain_keys);
    let find = |list: &[Value], id: &Option<Vec<Value>>| -> Option<Value> {
        list.iter().find(|item| keys.of_item(item) == *id).cloned()
    };
    let ours = wanted.iter().map(|item| {
        let id = keys.of_item(item);
        let (Value::Object(wanted), Some(Value::Object(live))) = (item, find(live, &id)) else {
            return super::without_nulls(item);
        };
        let last = find(last, &id).and_then(|item| item.as_object().cloned());
        let last = last.unwrap_or_default();
        Value::Object(merge_maps(
            &last,
            wanted,
            &live,
            Fields::of(shape),
            retain_keys,
        ))
    });
    let theirs = live.iter().filter(|item| {
        let id = keys.of_item(item);
        find(wanted, &id).is_none() && find(last, &id).is_none()
    });
    let ours: Vec<Value> = ours.collect();
    let place = |item: &Value| {
        let id = keys.of_item(item);
        live.iter().position(|other| keys.of_item(other) == id)
    };
    ordered(ours, theirs.cloned().collect(), &place)
}

/// Scalars: those that were applied last and are not desired go, desired ones come.
fn merge_sets(last: &[Value], wanted: &[Value], live: &[Value]) -> Vec<Value> {
    let theirs = live
        .iter()
        .filter(|item| !wanted.contains(item) && !last.contains(item));
    let place = |item: &Value| live.iter().position(|other| other == item);
    ordered(wanted.to_vec(), theirs.cloned().collect(), &place)
}

/// Our items in our order, with others' items between them as they lie in the live list.
pub(crate) fn ordered(
    ours: Vec<Value>,
    theirs: Vec<Value>,
    place: &dyn Fn(&Value) -> Option<usize>,
) -> Vec<Value> {
    let mut all = Vec::with_capacity(ours.len() + theirs.len());
    let mut theirs = theirs.into_iter().peekable();
    for item in ours {
        let at = place(&item);
        while theirs.peek().is_some_and(
            |other| matches!((place(other), at), (Some(other), Some(at)) if other < at),
        ) {
            all.extend(theirs.next());
        }
        all.push(item);
    }
    all.extend(theirs);
    all
}

/// What tells the items of a list apart.
struct Keys {
    /// The fields, with what the server takes a missing one for.
    fields: Vec<(&'static str, Option<Value>)>,
}

impl Keys {
    /// The merge key. Where it names several items of one list, as a port does that is served by TCP
    /// and UDP, the keys of server-side apply, which always name one.
    fn of(key: &'static str, field: Option<&Field>, shape: &Shape, lists: [&[Value]; 3]) -> Self {
        let single = Self {
            fields: vec![(key, None)],
        };
        let Some(Owned::Keys(all)) = field.map(|field| &field.owned) else {
            return single;
        };
        if lists.into_iter().all(|list| single.is_unique_in(list)) {
            return single;
        }
        let fields = match shape {
            Shape::Struct(name) => table::named(name),
            _ => None,
        };
        let default = |key: &str| fields?.get(key)?.default.clone();
        Self {
            fields: all.iter().map(|key| (*key, default(key))).collect(),
        }
    }

    fn is_unique_in(&self, list: &[Value]) -> bool {
        list.iter().enumerate().all(|(index, item)| {
            let id = self.of_item(item);
            !list
                .iter()
                .take(index)
                .any(|other| self.of_item(other) == id)
        })
    }

    fn of_item(&self, item: &Value) -> Option<Vec<Value>> {
        let item: &Map<String, Value> = item.as_object()?;
        let values = self
            .fields
            .iter()
            .map(|(key, default)| item.get(*key).or(default.as_ref()).cloned());
        values.collect()
    }
}
