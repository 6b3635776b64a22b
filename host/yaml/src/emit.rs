//! JSON to YAML as `sigs.k8s.io/yaml` prints it: keys in order, lists at their key's column.

use serde_json::Value;

use crate::quote::{Style, double_quoted, single_quoted, style};

/// One document, without `---`, ending in a line break. `parse` gives the same value back.
pub fn emit(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(value, 0, false, &mut out),
        Value::Array(items) if !items.is_empty() => sequence(items, 0, &mut out),
        value => {
            inline(value, 0, &mut out);
            out.push('\n');
        }
    }
    out
}

/// Several documents, each after the first with `---` above it.
pub fn emit_all<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    let documents: Vec<String> = values.into_iter().map(emit).collect();
    documents.join("---\n")
}

/// The entries of a mapping; the first one without indent when it stands behind a dash.
fn mapping(value: &Value, indent: usize, behind_dash: bool, out: &mut String) {
    let Value::Object(map) = value else { return };
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 || !behind_dash {
            pad(indent, out);
        }
        match style(key) {
            Style::Plain => out.push_str(key),
            Style::SingleQuoted => single_quoted(key, out),
            Style::Literal | Style::DoubleQuoted => double_quoted(key, out),
        }
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                mapping(value, indent + 2, false, out);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                sequence(items, indent, out);
            }
            value => {
                out.push(' ');
                inline(value, indent, out);
                out.push('\n');
            }
        }
    }
}

fn sequence(items: &[Value], indent: usize, out: &mut String) {
    for item in items {
        pad(indent, out);
        behind_dash(item, indent, out);
    }
}

/// A dash and its item; a list in a list stands on the same line.
fn behind_dash(item: &Value, indent: usize, out: &mut String) {
    out.push_str("- ");
    match item {
        Value::Object(inner) if !inner.is_empty() => mapping(item, indent + 2, true, out),
        Value::Array(inner) if !inner.is_empty() => {
            for (index, item) in inner.iter().enumerate() {
                if index > 0 {
                    pad(indent + 2, out);
                }
                behind_dash(item, indent + 2, out);
            }
        }
        item => {
            inline(item, indent, out);
            out.push('\n');
        }
    }
}

/// A scalar or an empty container, where `indent` is its parent's column.
fn inline(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        Value::String(text) => match style(text) {
            Style::Plain => out.push_str(text),
            Style::SingleQuoted => single_quoted(text, out),
            Style::DoubleQuoted => double_quoted(text, out),
            Style::Literal => literal(text, indent + 2, out),
        },
    }
}

/// A literal block; the caller ends its last line.
fn literal(text: &str, indent: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    let breaks = text.len() - body.len();
    out.push_str(match breaks {
        0 => "|-",
        1 => "|",
        _ => "|+",
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
    }
    for _ in 1..breaks {
        out.push('\n');
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}
