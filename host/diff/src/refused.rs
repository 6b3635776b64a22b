//! What others have put beside a manifest and a server refuses there: a second port of one name, say,
//! where somebody has changed the number of the first.

use serde_json::{Map, Value};

use crate::items::Identity;
use crate::managed::{self, Element, Owner};
use crate::shape::Fields;
use crate::structured::{is_atomic, items_of};
use crate::{predict_apply, table};

/// The server's words where of several fields only one may be set (`apis/core/validation`).
const ONE_OF: &str = "may not specify more than 1 ";

/// An object without what stands in its manifest's way.
#[derive(Clone, Debug, PartialEq)]
pub struct Mended {
    /// What an apply would make of the live object, without that.
    pub object: Value,
    /// What went, and the other managers that own it.
    pub removed: Vec<(Vec<Element>, Vec<Owner>)>,
}

/// What a refused apply by `manager` would make of a live object, without the fields and the items
/// of lists that the refusal names and the manifest does not have; none where there are none.
pub fn without_refused(
    live: &Value,
    desired: &Value,
    manager: &str,
    refusal: &str,
) -> Option<Mended> {
    let mut object = predict_apply(live, desired, manager);
    let mut walk = Walk {
        named: named(refusal),
        one_of: refusal.contains(ONE_OF),
        at: Vec::new(),
        path: Vec::new(),
        removed: Vec::new(),
    };
    let fields = table::kind(desired).map_or(Fields::Unknown, Fields::Of);
    let (Value::Object(own), Value::Object(desired)) = (&mut object, desired) else {
        return None;
    };
    // What an object is called, and how it is, stands in nobody's way.
    for (key, value) in own.iter_mut().filter(|(key, _)| !is_kept(key)) {
        if let Some(wanted) = desired.get(key) {
            walk.below(key, value, wanted, fields);
        }
    }
    let entries = managed::entries(live);
    let owned = |path: Vec<Element>| {
        let theirs = entries
            .iter()
            .filter(|entry| entry.owner.manager != manager && entry.fields.touches(&path));
        let owners = theirs.map(|entry| entry.owner.clone()).collect();
        (path, owners)
    };
    let removed: Vec<_> = walk.removed.into_iter().map(owned).collect();
    (!removed.is_empty()).then_some(Mended { object, removed })
}

fn is_kept(key: &str) -> bool {
    matches!(key, "apiVersion" | "kind" | "metadata" | "status")
}

/// The fields that a refusal names, each as the names of the way to it: `spec.ports[1].name: …`.
fn named(refusal: &str) -> Vec<Vec<String>> {
    let words = refusal.split_whitespace();
    let paths = words.filter_map(|word| word.trim_start_matches('[').strip_suffix(':'));
    paths.filter_map(names).collect()
}

fn names(path: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, mut tail) = rest.split_at(end);
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        names.push(is_name.then(|| name.to_owned())?);
        while let Some(inner) = tail.strip_prefix('[') {
            tail = inner.split_once(']')?.1;
        }
        rest = tail.strip_prefix('.').unwrap_or(tail);
    }
    Some(names)
}

struct Walk {
    named: Vec<Vec<String>>,
    /// Of some fields only one may be set.
    one_of: bool,
    /// The names of the fields on the way.
    at: Vec<String>,
    /// The same with the items of lists.
    path: Vec<Element>,
    removed: Vec<Vec<Element>>,
}

impl Walk {
    fn below(&mut self, key: &str, value: &mut Value, wanted: &Value, fields: Fields<'_>) {
        self.at.push(key.to_owned());
        self.path.push(Element::Field(key.to_owned()));
        let field = fields.field(key);
        match (value, wanted) {
            (Value::Object(own), Value::Object(wanted)) => {
                self.mapping(own, wanted, fields.below(key));
            }
            (Value::Array(own), Value::Array(list)) if !is_atomic(wanted, field) => {
                self.list(own, list, field);
            }
            _ => {}
        }
        self.at.pop();
        self.path.pop();
    }

    fn mapping(
        &mut self,
        own: &mut Map<String, Value>,
        wanted: &Map<String, Value>,
        f: Fields<'_>,
    ) {
        let has = |key: &str| wanted.get(key).is_some_and(|value| !value.is_null());
        let is_named = |key: &str| self.is_named(key);
        // One of two that exclude each other is named: the other one goes, if that is not wanted.
        let excludes = self.one_of && wanted.keys().any(|key| has(key) && is_named(key));
        let goes = |key: &str, value: &Value| {
            !has(key) && (is_named(key) || excludes && value.is_object())
        };
        let going = own.iter().filter(|(key, value)| goes(key, value));
        let going: Vec<String> = going.map(|(key, _)| key.clone()).collect();
        for key in going {
            own.remove(&key);
            let way = self.path.iter().cloned();
            self.removed
                .push(way.chain([Element::Field(key)]).collect());
        }
        for (key, value) in own.iter_mut() {
            if let Some(wanted) = wanted.get(key) {
                self.below(key, value, wanted, f);
            }
        }
    }

    fn list(&mut self, own: &mut Vec<Value>, wanted: &[Value], field: Option<&table::Field>) {
        let identity = Identity::of(field, &[own, wanted]);
        let items = field.map_or(Fields::Unknown, items_of);
        if self.is_named_within() {
            own.retain(|item| {
                let Some(element) = identity.element(item) else {
                    return true;
                };
                let stays = element.place(wanted).is_some();
                if !stays {
                    let way = self.path.iter().cloned();
                    self.removed.push(way.chain([element]).collect());
                }
                stays
            });
        }
        for item in own {
            let Some(element) = identity.element(item) else {
                continue;
            };
            let (Value::Object(own), Some(Value::Object(wanted))) = (item, element.get_in(wanted))
            else {
                continue;
            };
            self.path.push(element);
            self.mapping(own, wanted, items);
            self.path.pop();
        }
    }

    /// Whether the refusal names a field of the mapping on the way.
    fn is_named(&self, key: &str) -> bool {
        let fits = |named: &Vec<String>| {
            named
                .split_last()
                .is_some_and(|(last, way)| last == key && way == self.at)
        };
        self.named.iter().any(fits)
    }

    /// Whether it names the field on the way, or something in it.
    fn is_named_within(&self) -> bool {
        self.named.iter().any(|named| named.starts_with(&self.at))
    }
}

#[cfg(test)]
mod tests;
