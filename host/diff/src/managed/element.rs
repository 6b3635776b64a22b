//! One step of a path in `fieldsV1`, and in a field's name that people read.

use std::fmt;

use serde_json::{Map, Value};

/// One step from a value to a value in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A field of a mapping: `f:name`.
    Field(String),
    /// The item of a list with these keys: `k:{"name":"web"}`.
    Key(Map<String, Value>),
    /// The item of a set: `v:"x"`.
    Value(Value),
    /// The item of a list at this place, from 0: `i:0`.
    Index(usize),
}

impl Element {
    /// Reads a key of `fieldsV1`; `.` is none.
    pub fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::Field(rest.to_owned())),
            "k" => match serde_json::from_str(rest).ok()? {
                Value::Object(keys) => Some(Self::Key(keys)),
                _ => None,
            },
            "v" => serde_json::from_str(rest).ok().map(Self::Value),
            "i" => rest.parse().ok().map(Self::Index),
            _ => None,
        }
    }

    /// The key of `fieldsV1`.
    pub fn write(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => {
                let mut keys: Vec<(&String, &Value)> = keys.iter().collect();
                keys.sort_by_key(|(key, _)| *key);
                let keys = keys.into_iter();
                let pairs = keys.map(|(k, v)| format!("{}:{v}", Value::from(k.as_str())));
                format!("k:{{{}}}", pairs.collect::<Vec<_>>().join(","))
            }
            Self::Value(value) => format!("v:{value}"),
            Self::Index(index) => format!("i:{index}"),
        }
    }

    /// Where in a list it is.
    pub(crate) fn place(&self, items: &[Value]) -> Option<usize> {
        match self {
            Self::Field(_) => None,
            Self::Key(keys) => items
                .iter()
                .position(|item| keys.iter().all(|(key, value)| has(item, key, value))),
            Self::Value(value) => items.iter().position(|item| item == value),
            Self::Index(index) => (*index < items.len()).then_some(*index),
        }
    }

    /// The value that it leads to.
    pub(crate) fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(map)) => map.get(name),
            (_, Value::Array(items)) => items.get(self.place(items)?),
            _ => None,
        }
    }

    /// The item of a list that it leads to.
    pub(crate) fn get_in<'v>(&self, items: &'v [Value]) -> Option<&'v Value> {
        items.get(self.place(items)?)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(map)) => map.get_mut(name),
            (_, Value::Array(items)) => {
                let place = self.place(items)?;
                items.get_mut(place)
            }
            _ => None,
        }
    }

    /// Takes out the value that it leads to.
    pub(crate) fn remove(&self, value: &mut Value) {
        match (self, value) {
            (Self::Field(name), Value::Object(map)) => {
                map.remove(name);
            }
            (_, Value::Array(items)) => {
                if let Some(place) = self.place(items) {
                    items.remove(place);
                }
            }
            _ => {}
        }
    }
}

impl fmt::Display for Element {
    /// As structured-merge-diff writes it: `.spec`, `[name="web"]`, `["x"]`, `[0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(keys) => {
                let pairs = keys.iter().map(|(key, value)| format!("{key}={value}"));
                write!(f, "[{}]", pairs.collect::<Vec<_>>().join(","))
            }
            Self::Value(value) => write!(f, "[{value}]"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Whether an item has a key of its list. The one key that manifests leave out every day is a
/// port's protocol, which the server fills in.
pub(crate) fn has(item: &Value, key: &str, value: &Value) -> bool {
    match item.get(key) {
        Some(own) => own == value,
        None => key == "protocol" && value == "TCP",
    }
}
