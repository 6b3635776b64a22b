//! Small changes of JSON.

use gantry_model::Diagnostic;
use serde_json::{Value, json};

use super::Fields;

/// A part of the manifest, as the mapping that it must be.
pub(super) fn fields(value: &mut Value) -> Result<&mut Fields, Diagnostic> {
    if value.is_null() {
        *value = json!({});
    }
    value.as_object_mut().ok_or_else(|| {
        Diagnostic::error("manifest", "a part of the application is no mapping")
            .help("see it with `gantry app get -o yaml`")
    })
}

/// A block of a part; it is made where there is none.
pub(super) fn block<'a>(parent: &'a mut Fields, key: &str) -> Result<&'a mut Fields, Diagnostic> {
    fields(parent.entry(key).or_insert(Value::Null))
}

/// Takes an empty block away.
pub(super) fn tidy(parent: &mut Fields, key: &str) {
    if parent
        .get(key)
        .and_then(Value::as_object)
        .is_some_and(Fields::is_empty)
    {
        parent.remove(key);
    }
}

/// Puts a text, if there is one; an empty one takes the field away.
pub(super) fn text(block: &mut Fields, key: &str, value: Option<&str>) {
    match value {
        None => {}
        Some("") => drop(block.remove(key)),
        Some(value) => drop(block.insert(key.to_owned(), value.into())),
    }
}

/// Puts a yes; a no takes the field away, since no is what it is without.
pub(super) fn flag(block: &mut Fields, key: &str, value: Option<bool>) {
    match value {
        None => {}
        Some(false) => drop(block.remove(key)),
        Some(true) => drop(block.insert(key.to_owned(), true.into())),
    }
}

/// Puts a list of texts in the place of another one, if there are any.
pub(super) fn texts(block: &mut Fields, key: &str, values: &[String]) {
    if !values.is_empty() {
        block.insert(key.to_owned(), values.into());
    }
}

/// `NAME=VALUE` of a flag.
pub(super) fn pair<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str), Diagnostic> {
    let found = text.split_once('=').filter(|(name, _)| !name.is_empty());
    found.ok_or_else(|| {
        Diagnostic::error("flag", format!("{flag} {text}: there is no `=`"))
            .help(format!("write {flag} NAME=VALUE"))
    })
}

/// A list of a block; it is made where there is none.
pub(super) fn list<'a>(block: &'a mut Fields, key: &str) -> Result<&'a mut Vec<Value>, Diagnostic> {
    let value = block.entry(key).or_insert(Value::Null);
    if value.is_null() {
        *value = json!([]);
    }
    value.as_array_mut().ok_or_else(|| {
        Diagnostic::error("manifest", format!("`{key}` of the application is no list"))
    })
}

/// Puts an entry into a list of entries with names, in the place of the one of its name.
pub(super) fn put(
    block: &mut Fields,
    key: &str,
    name: &str,
    entry: Value,
) -> Result<(), Diagnostic> {
    let entries = list(block, key)?;
    match entries.iter_mut().find(|known| known["name"] == name) {
        Some(known) => *known = entry,
        None => entries.push(entry),
    }
    Ok(())
}
