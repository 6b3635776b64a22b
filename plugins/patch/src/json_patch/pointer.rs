//! JSON pointers, and the map or list that the last part of one is a key of.

use serde_json::{Map, Value};

/// Where a pointer leads: the last part need not be there.
pub(super) enum Place<'v> {
    Key(&'v mut Map<String, Value>, String),
    Index(&'v mut Vec<Value>, String),
}

fn decoded(part: &str) -> String {
    // In one pass: `~01` is `~1`.
    let mut text = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('~') {
        text.push_str(before);
        rest = match after.as_bytes().first() {
            Some(b'0') => {
                text.push('~');
                after.get(1..).unwrap_or_default()
            }
            Some(b'1') => {
                text.push('/');
                after.get(1..).unwrap_or_default()
            }
            _ => {
                text.push('~');
                after
            }
        };
    }
    text.push_str(rest);
    text
}

/// The index that a part means in a list of this length; negative ones count from its end.
fn index(part: &str, length: usize) -> Result<usize, String> {
    let number: i64 = part
        .parse()
        .map_err(|_| format!("value was not a proper array index: '{part}'"))?;
    let invalid = || format!("unable to access invalid index: {number} of {length}");
    let size = usize::try_from(number.unsigned_abs()).map_err(|_| invalid())?;
    let at = if number < 0 {
        length.checked_sub(size)
    } else {
        Some(size)
    };
    at.ok_or_else(invalid)
}

fn existing(part: &str, length: usize) -> Result<usize, String> {
    let at = index(part, length)?;
    if at < length {
        return Ok(at);
    }
    Err(format!("unable to access invalid index: {at} of {length}"))
}

impl<'v> Place<'v> {
    pub(super) fn find(document: &'v mut Value, pointer: &str) -> Result<Self, String> {
        let missing = || format!("doc is missing path: {pointer:?}");
        let Some(parts) = pointer.strip_prefix('/') else {
            return Err(format!("{}; a path starts with `/`", missing()));
        };
        let (parents, last) = parts.rsplit_once('/').unwrap_or(("", parts));
        let mut at = document;
        if parts.contains('/') {
            for part in parents.split('/') {
                let next = match at {
                    Value::Object(map) => map.get_mut(&decoded(part)),
                    Value::Array(list) => {
                        let at = existing(&decoded(part), list.len());
                        at.ok().and_then(|at| list.get_mut(at))
                    }
                    _ => None,
                };
                at = next.ok_or_else(missing)?;
            }
        }
        match at {
            Value::Object(map) => Ok(Self::Key(map, decoded(last))),
            Value::Array(list) => Ok(Self::Index(list, decoded(last))),
            _ => Err(missing()),
        }
    }

    /// The value; a key that is missing has none.
    pub(super) fn get(self) -> Result<Option<&'v Value>, String> {
        match self {
            Self::Key(map, key) => Ok(map.get(&key)),
            Self::Index(list, part) => {
                let at = existing(&part, list.len())?;
                Ok(list.get(at))
            }
        }
    }

    pub(super) fn add(self, value: Value) -> Result<(), String> {
        match self {
            Self::Key(map, key) => {
                map.insert(key, value);
            }
            Self::Index(list, part) if part == "-" => list.push(value),
            Self::Index(list, part) => {
                // One past the end is the end: the list is longer with the new value.
                let at = index(&part, list.len() + 1)?;
                if at > list.len() {
                    let length = list.len();
                    return Err(format!("unable to access invalid index: {at} of {length}"));
                }
                list.insert(at, value);
            }
        }
        Ok(())
    }

    pub(super) fn replace(self, value: Value) -> Result<(), String> {
        match self {
            Self::Key(map, key) => {
                map.insert(key, value);
            }
            Self::Index(list, part) => {
                let at = existing(&part, list.len())?;
                if let Some(slot) = list.get_mut(at) {
                    *slot = value;
                }
            }
        }
        Ok(())
    }

    pub(super) fn remove(self) -> Result<Value, String> {
        match self {
            Self::Key(map, key) => map
                .remove(&key)
                .ok_or_else(|| format!("unable to remove nonexistent key: {key}")),
            Self::Index(list, part) => {
                let at = existing(&part, list.len())?;
                Ok(list.remove(at))
            }
        }
    }
}

/// Whether two values are equal, numbers by what they count.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}
