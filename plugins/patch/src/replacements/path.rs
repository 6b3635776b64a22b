//! Field paths: `spec.containers.[name=web].env.0.value`, `*` for all elements of a list.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::structured;
use crate::error::PatchError;
use crate::fields;
use crate::scalar;

/// What a field that is missing becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Create {
    Nothing,
    Scalar,
    Map,
    List,
}

/// Splits a path at its dots, but for those after a backslash or in brackets.
pub(super) fn split(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut split = fields::split(path, '.').into_iter();
    while let Some(part) = split.next() {
        let mut part = part.into_owned();
        if part.starts_with('[') && !part.ends_with(']') {
            for next in split.by_ref() {
                part.push('.');
                part.push_str(&next);
                if next.ends_with(']') {
                    break;
                }
            }
            // With no `=` the brackets only hold a key together.
            if !part.contains('=') {
                part = part.trim_matches(['[', ']']).to_owned();
            }
        }
        parts.push(part);
    }
    parts
}

/// What a part of a path means.
enum Part<'p> {
    Index(usize),
    /// The elements whose field (or who themselves, when it is empty) fit a pattern.
    Elements(&'p str, &'p str),
    All,
    Field(&'p str),
}

fn read(part: &str) -> Result<Part<'_>, PatchError> {
    if let Some(index) = index(part) {
        return Ok(Part::Index(index));
    }
    let inner = part.strip_prefix('[').and_then(|p| p.strip_suffix(']'));
    match inner {
        Some(inner) => match inner.split_once('=') {
            Some((field, value)) => Ok(Part::Elements(field, value)),
            None => Err(PatchError::Path(format!(
                "list path element {part:?} must contain fieldName=fieldValue for element to match"
            ))),
        },
        None if part == "*" => Ok(Part::All),
        None => Ok(Part::Field(part)),
    }
}

fn index(part: &str) -> Option<usize> {
    part.strip_prefix('+').unwrap_or(part).parse().ok()
}

/// The one value at a path; none when it is missing.
pub(super) fn lookup<'v>(
    value: &'v Value,
    parts: &[String],
) -> Result<Option<&'v Value>, PatchError> {
    let mut at = value;
    for part in parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()) {
        let next = match (read(part)?, at) {
            (Part::All, _) => {
                return Err(PatchError::Path(
                    "wildcard is not supported in a source's path".to_owned(),
                ));
            }
            (Part::Field(name), _) if name.parse::<i64>().is_ok() => {
                return Err(PatchError::Path(format!(
                    "array index {name} cannot be negative"
                )));
            }
            (_, Value::Null) => None,
            (Part::Field("-"), Value::Array(list)) => list.last(),
            (Part::Field("-") | Part::Index(_) | Part::Elements(..), other)
                if !other.is_array() =>
            {
                return Err(PatchError::wrong_kind("list", other).under(part));
            }
            (Part::Index(index), Value::Array(list)) => list.get(index),
            (Part::Elements(field, value), Value::Array(list)) => list
                .iter()
                .find(|element| is_element(element, field, value)),
            (Part::Field(name), Value::Object(map)) => map.get(name),
            (_, other) => return Err(PatchError::wrong_kind("map", other).under(part)),
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn is_element(element: &Value, field: &str, value: &str) -> bool {
    let own = if field.is_empty() {
        Some(element)
    } else {
        element.get(field)
    };
    own.is_some_and(|own| scalar::text(own) == value)
}

/// Sets a field; told whether it was made for it.
pub(super) type Set<'f> = dyn FnMut(&mut Value, bool) -> Result<(), PatchError> + 'f;

/// Calls `set` on each field at the path and says how many there are. A scalar on the way is read
/// as YAML or JSON, and written again.
pub(super) fn visit(
    value: &mut Value,
    parts: &[String],
    create: Create,
    set: &mut Set<'_>,
) -> Result<usize, PatchError> {
    walk(value, parts, create, false, set)
}

fn walk(
    value: &mut Value,
    parts: &[String],
    create: Create,
    is_new: bool,
    set: &mut Set<'_>,
) -> Result<usize, PatchError> {
    let Some((part, rest)) = parts.split_first() else {
        return set(value, is_new).map(|()| 1);
    };
    let part = read(part)?;
    if value.is_null() {
        if create == Create::Nothing {
            return Ok(0);
        }
        *value = match part {
            Part::Field(_) => Value::Object(Map::new()),
            _ => Value::Array(Vec::new()),
        };
    }
    match part {
        Part::Field(name) => field(value, name, rest, create, set),
        Part::Index(index) => {
            let list = list(value)?;
            let is_new = list.len() == index && create != Create::Nothing;
            if is_new {
                list.push(new(rest, create));
            }
            let length = list.len();
            match list.get_mut(index) {
                Some(element) => walk(element, rest, create, is_new, set),
                None => Err(PatchError::Path(format!(
                    "index {index} specified but only {length} elements found"
                ))),
            }
        }
        Part::All => {
            let mut count = 0;
            for element in list(value)? {
                count += walk(element, rest, create, false, set)?;
            }
            Ok(count)
        }
        Part::Elements(field, pattern) => {
            let list = list(value)?;
            let count = elements(list, (field, pattern, false), rest, create, set)?;
            if count > 0 || create == Create::Nothing {
                return Ok(count);
            }
            let value = scalar::resolve(pattern);
            list.push(match field {
                "" => value,
                field => Value::Object(Map::from_iter([(field.to_owned(), value)])),
            });
            elements(list, (field, pattern, true), rest, create, set)
        }
    }
}

fn list(value: &mut Value) -> Result<&mut Vec<Value>, PatchError> {
    match value {
        Value::Array(list) => Ok(list),
        other => Err(PatchError::wrong_kind("list", other)),
    }
}

/// What the next part of the path is a part of.
fn new(rest: &[String], create: Create) -> Value {
    let create = match rest.first() {
        None => create,
        Some(next) if next.starts_with('[') && next.ends_with(']') => Create::List,
        Some(next) if index(next).is_some() => Create::List,
        Some(_) => Create::Map,
    };
    match create {
        Create::Map => Value::Object(Map::new()),
        Create::List => Value::Array(Vec::new()),
        Create::Nothing | Create::Scalar => Value::Null,
    }
}

fn field(
    value: &mut Value,
    name: &str,
    rest: &[String],
    create: Create,
    set: &mut Set<'_>,
) -> Result<usize, PatchError> {
    let Value::Object(map) = value else {
        return Err(PatchError::wrong_kind("map", value));
    };
    let is_new = create != Create::Nothing && !map.contains_key(name);
    if is_new {
        map.insert(name.to_owned(), new(rest, create));
    }
    match map.get_mut(name) {
        None => Ok(0),
        Some(Value::String(text)) if !rest.is_empty() => structured::visit(text, rest, create, set),
        Some(field) => walk(field, rest, create, is_new, set),
    }
}

fn elements(
    list: &mut [Value],
    (field, pattern, is_new): (&str, &str, bool),
    rest: &[String],
    create: Create,
    set: &mut Set<'_>,
) -> Result<usize, PatchError> {
    let regex = Regex::new(pattern).map_err(|e| PatchError::Pattern {
        field: "list path element",
        pattern: pattern.to_owned(),
        reason: e.to_string(),
    })?;
    let mut count = 0;
    for element in list {
        if field.is_empty() {
            // Elements that are scalars have no fields: the path ends here.
            if regex.is_match(&scalar::text(element)) {
                set(element, is_new)?;
                count += 1;
            }
        } else if let Some(own) = element.get(field)
            && regex.is_match(&scalar::text(own))
        {
            count += walk(element, rest, create, false, set)?;
        }
    }
    Ok(count)
}
