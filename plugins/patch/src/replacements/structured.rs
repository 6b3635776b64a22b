//! JSON and YAML in a string.

mod styled;

use gantry_yaml::styled::Styled;
use serde_json::Value;

use super::path::{self, Create, Set};
use crate::error::PatchError;

/// Edits the document in a text, and writes it as it was written: JSON on one line or on many, or
/// YAML with its order and its quotes.
pub(super) fn visit(
    text: &mut String,
    parts: &[String],
    create: Create,
    set: &mut Set<'_>,
) -> Result<usize, PatchError> {
    let fail = |reason: String| PatchError::Path(format!("the field is no document: {reason}"));
    if text.contains('&') {
        // Refuses aliases that grow without bounds.
        gantry_yaml::parse(text).map_err(|e| fail(e.to_string()))?;
    }
    let Some(mut document) = Styled::parse(text).map_err(|e| fail(e.to_string()))? else {
        return Ok(0);
    };
    let mut value = styled::value(&document.root).map_err(fail)?;
    if !value.is_object() && !value.is_array() {
        return Err(fail("it is a scalar".to_owned()));
    }
    let count = path::visit(&mut value, parts, create, set)?;
    if count == 0 {
        return Ok(0);
    }
    *text = if text.trim_start().starts_with(['{', '[']) {
        let pretty = text.contains('\n') && text.contains("  ");
        json(&value, pretty).map_err(|e| fail(e.to_string()))?
    } else {
        styled::update(&mut document.root, &value);
        document.emit().trim().to_owned()
    };
    Ok(count)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_that_grow_without_bounds_are_refused() {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for i in 1..30 {
            let below = format!("*a{}", i - 1);
            text += &format!("a{i}: &a{i} [{below}, {below}, {below}]\n");
        }
        let set: &mut Set<'_> = &mut |_, _| Ok(());
        let found = visit(&mut text, &path::split("a0.0"), Create::Nothing, set);
        assert!(found.is_err(), "{found:?}");
    }

    /// A document, a path, and the document with `new` at it.
    const CASES: &str = include_str!("structured/cases.txt");

    #[test]
    fn documents_stay_as_they_are_written() {
        let cases = CASES
            .split("\n====\n")
            .filter(|case| !case.trim().is_empty());
        let mut count = 0;
        for case in cases {
            let parts: Vec<&str> = case.split("\n----\n").collect();
            let [path, before, after] = parts.as_slice() else {
                panic!("three parts: {case}");
            };
            let mut text = (*before).to_owned();
            let parts = path::split(path);
            let set: &mut Set<'_> = &mut |field, _| {
                *field = Value::String("new".to_owned());
                Ok(())
            };
            let found = visit(&mut text, &parts, Create::Scalar, set);
            assert_eq!(found, Ok(1), "{case}");
            assert_eq!(text, after.trim_end_matches('\n'), "{case}");
            count += 1;
        }
        assert!(count > 6, "{count}");
    }
}
