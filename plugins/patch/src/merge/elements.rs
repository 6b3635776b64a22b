//! Finding and setting the elements of a list by their keys.

use std::borrow::Cow;

use serde_json::Value;

use crate::error::PatchError;
use crate::scalar;

/// Null or an empty map: no element of a merged list.
pub(super) fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// The text of an element's key, empty when it has none.
pub(super) fn key_text<'v>(element: &'v Value, key: &str) -> Cow<'v, str> {
    match element.get(key) {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(value) => scalar::text(value),
    }
}

/// The first element with these values.
pub(super) fn find(
    nodes: &[Value],
    list: &[usize],
    keys: &[&str],
    values: &[String],
) -> Option<usize> {
    let is = |own: &Value, value: &str| scalar::text(own) == value;
    let mut numbers = list.iter().copied();
    numbers.find(|number| match (nodes.get(*number), keys) {
        (Some(node), [""]) => values.first().is_some_and(|v| is(node, v)),
        (Some(Value::Object(map)), keys) => {
            let mut pairs = keys.iter().zip(values);
            pairs.all(|(key, value)| map.get(*key).is_some_and(|own| is(own, value)))
        }
        _ => false,
    })
}

/// kyaml's `FieldMatcher`: whether an element has a key, with a value when one is given.
fn has_field(element: &Value, key: &str, value: &str) -> Result<bool, PatchError> {
    match (element, key) {
        (Value::Null, _) => Ok(false),
        (element, "") if scalar::is_scalar(element) => Ok(scalar::text(element) == value),
        (element, "") => Err(PatchError::wrong_kind("scalar", element)),
        (Value::Object(map), key) => Ok(map
            .get(key)
            .is_some_and(|own| value.is_empty() || scalar::text(own) == value)),
        (element, _) => Err(PatchError::wrong_kind("map", element)),
    }
}

/// kyaml's `ElementSetter`: puts an element where those with its keys are, or at the end; without
/// one takes them out. Elements that are nothing go.
pub(super) fn set_element(
    nodes: &[Value],
    list: &mut Vec<usize>,
    element: Option<usize>,
    keys: &[&str],
    values: &[String],
) -> Result<(), PatchError> {
    let of_maps = keys.first().is_some_and(|key| !key.is_empty())
        && values.first().is_some_and(|value| !value.is_empty());
    let mut kept = Vec::with_capacity(list.len() + 1);
    let mut found_any = false;
    for number in list.iter().copied() {
        let Some(node) = nodes.get(number).filter(|node| !is_nothing(node)) else {
            continue;
        };
        if of_maps && !node.is_object() {
            kept.push(number);
            continue;
        }
        let mut found = !values.is_empty();
        for (key, value) in keys.iter().zip(values) {
            found = found && has_field(node, key, value)?;
        }
        if found {
            found_any = true;
            kept.extend(element);
        } else if !values.is_empty() {
            kept.push(number);
        }
    }
    let is_null = |number: &usize| nodes.get(*number).is_none_or(Value::is_null);
    if !found_any {
        kept.extend(element.filter(|number| !is_null(number)));
    }
    *list = kept;
    Ok(())
}

/// kyaml's `appendListNode`: the elements of the object take the places of those that were merged
/// from them, or come after.
pub(super) fn append(
    nodes: &[Value],
    mut list: Vec<usize>,
    dest: &[usize],
    keys: &[&str],
) -> Result<Vec<usize>, PatchError> {
    for number in dest.iter().copied() {
        let Some(node) = nodes.get(number) else {
            continue;
        };
        if keys == [""] {
            let text = scalar::text(node).into_owned();
            set_element(nodes, &mut list, Some(number), keys, &[text])?;
            continue;
        }
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            match node {
                Value::Object(map) => match map.get(*key) {
                    Some(value) => values.push(scalar::text(value).into_owned()),
                    None => list.push(number),
                },
                Value::Null => list.push(number),
                other => return Err(PatchError::wrong_kind("map", other)),
            }
        }
        if keys.len() > 1 {
            set_element(nodes, &mut list, None, keys, &values)?;
        }
        set_element(nodes, &mut list, Some(number), keys, &values)?;
    }
    Ok(list)
}

/// The elements of a list, out of all nodes. One that is there twice is copied.
pub(super) fn collect(nodes: Vec<Value>, list: &[usize]) -> Vec<Value> {
    let mut nodes: Vec<Option<Value>> = nodes.into_iter().map(Some).collect();
    let mut result: Vec<Value> = Vec::with_capacity(list.len());
    for (at, number) in list.iter().enumerate() {
        let again = list.iter().skip(at + 1).any(|n| n == number);
        if let Some(slot) = nodes.get_mut(*number) {
            result.extend(if again { slot.clone() } else { slot.take() });
        }
    }
    result
}
