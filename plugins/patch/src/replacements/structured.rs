//! JSON and YAML in a string.

use serde_json::Value;

use super::path::{self, Create, Set};
use crate::error::PatchError;

/// Edits the document in a text, and writes it as it was written: JSON on one line or on many, or
/// YAML.
pub(super) fn visit(
    text: &mut String,
    parts: &[String],
    create: Create,
    set: &mut Set<'_>,
) -> Result<usize, PatchError> {
    let fail = |reason: String| PatchError::Path(format!("the field is no document: {reason}"));
    let documents = gantry_yaml::parse(text).map_err(|e| fail(e.to_string()))?;
    let Some(document) = documents.into_iter().next() else {
        return Ok(0);
    };
    let mut value = document.value;
    if !value.is_object() && !value.is_array() {
        return Err(fail("it is a scalar".to_owned()));
    }
    let count = path::visit(&mut value, parts, create, set)?;
    if count > 0 {
        *text = written(&value, text).map_err(fail)?;
    }
    Ok(count)
}

fn written(value: &Value, before: &str) -> Result<String, String> {
    if before.trim_start().starts_with(['{', '[']) {
        let pretty = before.contains('\n') && before.contains("  ");
        return json(value, pretty).map_err(|e| e.to_string());
    }
    Ok(gantry_yaml::emit(value).trim().to_owned())
}

/// JSON as Go writes it: keys sorted, and the signs of HTML escaped.
fn json(value: &Value, pretty: bool) -> Result<String, serde_json::Error> {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    let text = if pretty {
        serde_json::to_string_pretty(&sorted)?
    } else {
        serde_json::to_string(&sorted)?
    };
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            c => escaped.push(c),
        }
    }
    Ok(escaped)
}
