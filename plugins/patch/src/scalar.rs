//! Scalars as the text that YAML has for them: merge keys and replacements compare and copy text.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::error::PatchError;

/// What a value is, in the words of errors.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
        Value::Bool(_) | Value::Number(_) | Value::String(_) => "scalar",
    }
}

pub(crate) fn is_scalar(value: &Value) -> bool {
    kind(value) == "scalar"
}

/// The text of a scalar; that of a collection is empty.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(_) | Value::Object(_) => Cow::Borrowed(""),
    }
}

/// What an unquoted text means, by the rules of YAML 1.2 that kustomize writes with.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let plain: Cow<'_, str> = if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    };
    integer(&plain).or_else(|| float(&plain))
}

fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, digits.get(2..)?),
        Some("0o") => (8, digits.get(2..)?),
        Some("0b") => (2, digits.get(2..)?),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // A second sign is none of Go's.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        0i64.checked_sub_unsigned(size).map(Number::from)
    } else {
        Some(Number::from(size))
    }
}

fn float(text: &str) -> Option<Number> {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let starts = digits > 0
        || rest
            .strip_prefix('.')
            .is_some_and(|fraction| fraction.starts_with(|c: char| c.is_ascii_digit()));
    let known = rest
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !starts || !known {
        return None;
    }
    text.parse().ok().and_then(Number::from_f64)
}

/// Whether a string can only have been written with quotes or as a block: what takes its place
/// keeps that style, and is a string for it.
fn is_quoted(text: &str) -> bool {
    let indicator = |c: char| "!&*-?:,[]{}#|>@`\"'% ".contains(c);
    text.contains('\n')
        || text.starts_with(indicator) && !plain_start(text)
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || !matches!(resolve(text), Value::String(_))
}

/// `-`, `?` and `:` start a plain scalar when no blank follows.
fn plain_start(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('-' | '?' | ':')) && chars.next().is_some_and(|c| c != ' ')
}

/// A value that takes the place of another in a map: kustomize keeps the style of what was there.
pub(crate) fn restyled(before: &Value, after: Value) -> Value {
    match (before, &after) {
        (Value::String(text), Value::Bool(_) | Value::Number(_)) if is_quoted(text) => {
            Value::String(self::text(&after).into_owned())
        }
        _ => after,
    }
}

/// A text that nothing says the type of, in the place of a scalar: a string when that was in
/// quotes, else what it means.
pub(crate) fn untagged(before: &Value, text: &str) -> Value {
    match before {
        Value::String(before) if is_quoted(before) => Value::String(text.to_owned()),
        _ => resolve(text),
    }
}

/// A text that takes the place of a scalar and has to fit the type that the scalar has.
///
/// # Errors
/// The text is none of that type.
pub(crate) fn retyped(before: &Value, text: &str) -> Result<Value, PatchError> {
    let fail = |expected| PatchError::Decode {
        text: text.to_owned(),
        expected,
    };
    match before {
        Value::Bool(_) => match resolve(text) {
            Value::Bool(b) => Ok(Value::Bool(b)),
            _ => Err(fail("a boolean")),
        },
        Value::Number(old) => match resolve(text) {
            Value::Number(new) if new.is_f64() && !old.is_f64() => Err(fail("an integer")),
            Value::Number(new) => Ok(Value::Number(new)),
            _ if old.is_f64() => Err(fail("a number")),
            _ => Err(fail("an integer")),
        },
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Ok(Value::String(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unquoted_texts_mean_what_yaml_says() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("True", json!(true)),
            ("yes", json!("yes")),
            ("8080", json!(8080)),
            ("-1", json!(-1)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("017", json!(15)),
            ("1_000", json!(1000)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("1.2.3", json!("1.2.3")),
            ("-", json!("-")),
            ("--1", json!("--1")),
            ("08", json!(8.0)),
            ("1-2", json!("1-2")),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
    }

    #[test]
    fn what_takes_the_place_of_a_quoted_string_is_a_string() {
        for (before, after) in [
            (json!("1"), json!("2")),
            (json!("a\nb"), json!("2")),
            (json!(""), json!("2")),
            (json!("* x"), json!("2")),
            (json!("plain"), json!(2)),
            (json!("-x"), json!(2)),
            (json!(1), json!(2)),
        ] {
            assert_eq!(restyled(&before, json!(2)), after, "{before}");
        }
    }

    #[test]
    fn a_text_of_no_type_means_what_it_says() {
        for (before, after) in [
            (json!("x"), json!(2)),
            (json!("1"), json!("2")),
            (json!(null), json!(2)),
            (json!(true), json!(2)),
        ] {
            assert_eq!(untagged(&before, "2"), after, "{before}");
        }
    }

    #[test]
    fn a_text_fits_the_type_it_replaces() {
        assert_eq!(retyped(&json!(1), "2"), Ok(json!(2)));
        assert_eq!(retyped(&json!(1.5), "2"), Ok(json!(2)));
        assert_eq!(retyped(&json!("x"), "2"), Ok(json!("2")));
        assert_eq!(retyped(&json!(true), "false"), Ok(json!(false)));
        for (before, text) in [(json!(1), "a"), (json!(1), "1.5"), (json!(true), "1")] {
            assert!(retyped(&before, text).is_err(), "{before} {text}");
        }
    }
}
