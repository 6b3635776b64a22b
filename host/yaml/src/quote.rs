//! How a string is written so that it reads back as the same string.

use serde_json::Value;

use crate::resolve::{Scalar, is_base60, is_timestamp, resolve};

/// The styles of a string, in the order in which goyaml.v2 prefers them.
pub(crate) enum Style {
    Plain,
    Literal,
    SingleQuoted,
    DoubleQuoted,
}

pub(crate) fn style(text: &str) -> Style {
    let is_word = matches!(resolve(text), Scalar::Json(Value::String(_)));
    if !is_word || is_base60(text) || is_timestamp(text) || text == "<<" {
        return Style::DoubleQuoted;
    }
    if !text.chars().all(|c| c == '\n' || is_printable(c)) {
        return Style::DoubleQuoted;
    }
    if text.contains('\n') {
        return if literal_holds(text) {
            Style::Literal
        } else {
            Style::DoubleQuoted
        };
    }
    if plain_holds(text) {
        Style::Plain
    } else {
        Style::SingleQuoted
    }
}

fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// A literal block keeps a text unless its lines begin or end in ways that only quotes tell.
fn literal_holds(text: &str) -> bool {
    let first = text.chars().next().unwrap_or_default();
    !matches!(first, ' ' | '\n')
        && !text.lines().any(|line| line.ends_with(' '))
        && !text.ends_with(' ')
}

fn plain_holds(text: &str) -> bool {
    const INDICATORS: &[char] = &[
        '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@',
        '`',
    ];
    let mut chars = text.chars();
    let first = chars.next().unwrap_or_default();
    let second = chars.next();
    // A dash or a question mark starts a word when something sticks to it.
    let starts_word = matches!(first, '-' | '?') && second.is_some_and(|c| !matches!(c, ' ' | ','));
    let start_ok = !INDICATORS.contains(&first) || starts_word;
    let flow = text.contains([',', '[', ']', '{', '}']) && starts_word;
    start_ok
        && !flow
        && !text.starts_with(' ')
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
}

pub(crate) fn single_quoted(text: &str, out: &mut String) {
    out.push('\'');
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
}

pub(crate) fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
}
