//! `$patch`: what a patch says of the map or list that it is in.

use serde_json::{Map, Value};

use super::elements;
use crate::error::PatchError;
use crate::scalar;

const KEY: &str = "$patch";

/// What to do with the map or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Delete,
    Merge,
    Replace,
}

fn read(value: &Value) -> Result<Directive, PatchError> {
    match scalar::text(value).as_ref() {
        "delete" => Ok(Directive::Delete),
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        other => Err(PatchError::Directive {
            path: String::new(),
            value: other.to_owned(),
        }),
    }
}

/// Takes the directive out of a map.
pub(super) fn of_map(map: &mut Map<String, Value>) -> Result<Directive, PatchError> {
    let Some(value) = map.get(KEY) else {
        return Ok(Directive::Merge);
    };
    let directive = read(value)?;
    map.remove(KEY);
    Ok(directive)
}

/// Takes the directive out of a list: an element that has nothing else.
pub(super) fn of_list(values: &mut Vec<Value>) -> Result<Directive, PatchError> {
    let maps = values.iter().filter_map(Value::as_object);
    let mut marked = maps.filter_map(|map| map.get(KEY).map(|value| (map.len(), value)));
    let Some((1, value)) = marked.next() else {
        return Ok(Directive::Merge);
    };
    let directive = read(value)?;
    let word = scalar::text(value).into_owned();
    values.retain(|element| {
        !elements::is_nothing(element)
            && element
                .get(KEY)
                .is_none_or(|value| scalar::text(value) != word.as_str())
    });
    Ok(directive)
}
