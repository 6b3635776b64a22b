//! The suffix of a generated object's name: a hash of its content (`api/hasher`).

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The hash of an object, so that its name changes with its content.
pub(crate) fn suffix(object: &Value) -> String {
    let kind = object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fields: &[&str] = match kind {
        "ConfigMap" => &["data", "binaryData"],
        "Secret" => &["data", "stringData", "type"],
        _ => return encode(&json(object)),
    };
    let mut hashed = Map::new();
    hashed.insert("kind".to_owned(), kind.into());
    // kustomize looks for a field of the name `metadata/name`, which none has.
    hashed.insert("name".to_owned(), "".into());
    for field in fields {
        match (object.get(field), *field) {
            (Some(value @ Value::Object(_)), _) => {
                hashed.insert((*field).to_owned(), value.clone());
            }
            // These count only where they are mappings.
            (_, "binaryData" | "stringData") => {}
            (value, _) => {
                let scalar = value.cloned().unwrap_or_else(|| "".into());
                hashed.insert((*field).to_owned(), text(scalar));
            }
        }
    }
    encode(&json(&Value::Object(hashed)))
}

/// A scalar as it is written.
fn text(value: Value) -> Value {
    match value {
        Value::Null => "".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        value => value,
    }
}

/// The first ten digits, with letters that make no words.
fn encode(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    hex.take(10)
        .map(|digit| match digit {
            0 => 'g',
            1 => 'h',
            3 => 'k',
            0xa => 'm',
            0xe => 't',
            digit => char::from_digit(u32::from(digit), 16).unwrap_or_default(),
        })
        .collect()
}

/// JSON as Go writes it: keys sorted, and escapes for HTML.
fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::String(text) => write_string(text, out),
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{json as go_json, suffix};

    #[test]
    fn json_is_written_as_go_writes_it() {
        let value = json!({"b": ["<a&b>", "\u{1}\u{8}\u{7f}\n", 1.5, null], "a": {"é": true}});
        let expected =
            r#"{"a":{"é":true},"b":["\u003ca\u0026b\u003e","\u0001\b\u007f\n",1.5,null]}"#;
        assert_eq!(go_json(&value), expected.replace("\\u007f", "\u{7f}"));
    }

    /// Read off `kustomize build`.
    #[test]
    fn hashes_are_those_of_kustomize() {
        let metadata = json!({"name": "x"});
        let cases = [
            (
                json!({"kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}}),
                "4h2mbtbbt6",
            ),
            (
                json!({"kind": "ConfigMap", "metadata": {"name": "x2"}}),
                "6ct58987ht",
            ),
            (
                json!({"kind": "Secret", "metadata": metadata, "type": "Opaque", "data": {"a": "PDw+Jg=="}}),
                "fkhct5c47f",
            ),
        ];
        for (object, expected) in cases {
            assert_eq!(suffix(&object), expected, "{object}");
        }
    }
}
