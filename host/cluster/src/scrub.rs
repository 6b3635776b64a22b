//! Keeps the values of Secrets out of the server's words: it quotes what it refuses.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_model::{Gvk, Object};
use serde_json::Value;

/// Values shorter than this are not looked for: they occur in any text.
const VALUE_MIN_CHARS: usize = 4;

/// Texts that must not reach an output.
#[derive(Clone, Default)]
pub(crate) struct Hidden(Vec<String>);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({})", self.0.len())
    }
}

impl Hidden {
    /// The values of a Secret in every form in which they may be quoted; none of other kinds.
    pub(crate) fn of(object: &Object) -> Self {
        let mut found = Vec::new();
        if is_secret(&object.gvk()) {
            for field in ["data", "stringData"] {
                if let Some(value) = object.value().get(field) {
                    collect(value, &mut found);
                }
            }
        }
        Self::new(found)
    }

    /// Whatever a patch of a Secret says, in every form; nothing of other kinds' patches.
    pub(crate) fn of_patch(gvk: &Gvk, body: &Value) -> Self {
        let mut found = Vec::new();
        if is_secret(gvk) {
            collect(body, &mut found);
        }
        Self::new(found)
    }

    /// These texts.
    pub(crate) fn of_texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Self {
        Self::new(texts.into_iter().cloned().collect())
    }

    fn new(mut found: Vec<String>) -> Self {
        found.retain(|text| text.chars().count() >= VALUE_MIN_CHARS);
        // The longest first: no rest of it stays when a shorter one is part of it.
        found.sort_by_key(|text| std::cmp::Reverse(text.len()));
        found.dedup();
        Self(found)
    }

    /// The text with `***` where a hidden one stood.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.0
            .iter()
            .filter(|hidden| text.contains(hidden.as_str()))
            .fold(text.to_owned(), |text, hidden| text.replace(hidden, "***"))
    }
}

fn is_secret(gvk: &Gvk) -> bool {
    gvk.group.is_empty() && gvk.version == "v1" && gvk.kind == "Secret"
}

/// Every scalar below a value: a malformed Secret may nest them, and the server quotes those too.
fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => found.push(number.to_string()),
        Value::String(text) => add(text, found),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect(item, found)),
    }
}

fn add(text: &str, found: &mut Vec<String>) {
    let unwrapped: String = text.split_whitespace().collect();
    let decoded = BASE64_STANDARD.decode(unwrapped).ok();
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    for form in [Some(text.to_owned()), decoded].into_iter().flatten() {
        // As the server prints it between quotes, and line by line.
        let quoted = Value::from(form.as_str()).to_string();
        let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"'));
        found.extend(inner.map(str::to_owned));
        found.extend(form.lines().map(|line| line.trim().to_owned()));
        found.push(form);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scrubbed(object: Value, text: &str) -> String {
        Hidden::of(&Object::new(object, None).expect("an object")).scrub(text)
    }

    #[test]
    fn no_form_of_a_value_stays() {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
            "data": {"password": "aHVudGVyMi1odW50ZXIy", "short": "abc"},
            "stringData": {"key": "line one\nline \"two\"", "port": 54321, "deep": {"er": ["buried"]}},
        });
        let cases = [
            (
                "Invalid value: \"aHVudGVyMi1odW50ZXIy\"",
                "Invalid value: \"***\"",
            ),
            ("got hunter2-hunter2!", "got ***!"),
            (r#"got "line one\nline \"two\"""#, r#"got "***""#),
            ("at: line one", "at: ***"),
            ("Value:54321}", "Value:***}"),
            ("[buried]", "[***]"),
            ("abc stays", "abc stays"),
        ];
        for (text, expected) in cases {
            assert_eq!(scrubbed(secret.clone(), text), expected);
        }
    }

    #[test]
    fn other_kinds_are_quoted_as_they_are() {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "hunter2"}});
        assert_eq!(scrubbed(map, "hunter2"), "hunter2");
    }

    #[test]
    fn a_patch_of_a_secret_is_not_quoted() {
        let patch = json!([{"op": "add", "path": "/data/a", "value": "aHVudGVyMg=="}]);
        let scrubbed =
            |kind| Hidden::of_patch(&Gvk::parse("v1", kind), &patch).scrub("got hunter2");
        assert_eq!(scrubbed("Secret"), "got ***");
        assert_eq!(scrubbed("ConfigMap"), "got hunter2");
    }
}
