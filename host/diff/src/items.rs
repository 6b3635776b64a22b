//! Which items of two lists are the same one.

use gantry_model::limits::KEYED_ITEMS_MAX;
use serde_json::Value;

use crate::managed::Element;
use crate::table::{self, Field, Owned, Shape};

/// How the items of a list are told apart.
pub(crate) enum Identity {
    /// By fields, with what the server takes a missing one for.
    Keys(Vec<(&'static str, Option<Value>)>),
    /// By themselves.
    Value,
    /// By their place.
    Index,
}

impl Identity {
    /// Of a list of a built-in kind as its field says; of another by `name`, if all have one.
    pub(crate) fn of(field: Option<&Field>, lists: &[&[Value]]) -> Self {
        if lists.iter().any(|list| list.len() > KEYED_ITEMS_MAX) {
            return Self::Index;
        }
        let items = || lists.iter().copied().flatten();
        let candidate = field.map_or_else(|| Self::Keys(vec![("name", None)]), Self::declared);
        let tells_apart = |list: &[Value]| {
            let ids: Vec<Option<Element>> =
                list.iter().map(|item| candidate.element(item)).collect();
            ids.iter()
                .enumerate()
                .all(|(at, id)| id.is_some() && !ids.iter().take(at).any(|other| other == id))
        };
        let fits = matches!(candidate, Self::Index) || lists.iter().all(|list| tells_apart(list));
        if fits && items().next().is_some() {
            candidate
        } else {
            Self::Index
        }
    }

    /// As a field says, whether or not a list keeps to it.
    pub(crate) fn declared(field: &Field) -> Self {
        match &field.owned {
            Owned::Keys(keys) => Self::Keys(with_defaults(keys, field)),
            Owned::Set => Self::Value,
            Owned::Atomic | Owned::Unmarked => Self::Index,
        }
    }

    /// The step to an item; none by place.
    pub(crate) fn element(&self, item: &Value) -> Option<Element> {
        match self {
            Self::Keys(keys) => {
                let map = item.as_object()?;
                let values = keys.iter().map(|(key, default)| {
                    let value = map.get(*key).or(default.as_ref())?;
                    Some(((*key).to_owned(), value.clone()))
                });
                values.collect::<Option<_>>().map(Element::Key)
            }
            Self::Value => Some(Element::Value(item.clone())),
            Self::Index => None,
        }
    }
}

fn with_defaults(keys: &[&'static str], field: &Field) -> Vec<(&'static str, Option<Value>)> {
    let fields = match &field.shape {
        Shape::List(item) => match item.as_ref() {
            Shape::Struct(name) => table::named(name),
            _ => None,
        },
        _ => None,
    };
    let default = |key: &str| fields?.get(key)?.default.clone();
    keys.iter().map(|key| (*key, default(key))).collect()
}
