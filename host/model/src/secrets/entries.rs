//! `data` and `stringData` of a Secret, as one mapping of strings.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::Secret;
use crate::diagnostic::Diagnostic;
use crate::field;
use crate::object::{Object, type_name};
use crate::schema::{Report, flag};

const DATA: &str = "data";
const STRING_DATA: &str = "stringData";

/// The entries of a Secret. Empty ones are left out: to Argo CD they are as good as absent.
pub(super) struct Entries {
    values: BTreeMap<String, String>,
    places: BTreeMap<String, &'static str>,
    /// Keys whose value could not be read: said already, and not missing on top of it.
    unreadable: Vec<String>,
    default_place: &'static str,
}

/// Reads both mappings; `stringData` wins, as in the API server. What cannot be read goes to
/// `found`, named by its key and never by its value.
pub(super) fn entries(secret: &Object, found: &mut Vec<Diagnostic>) -> Entries {
    let secret = secret.value();
    let mut entries = Entries {
        values: BTreeMap::new(),
        places: BTreeMap::new(),
        unreadable: Vec::new(),
        default_place: if secret[STRING_DATA].is_object() {
            STRING_DATA
        } else {
            DATA
        },
    };
    for place in [DATA, STRING_DATA] {
        match &secret[place] {
            Value::Null => {}
            Value::Object(map) => entries.take(place, map, found),
            other => {
                let message = format!("`{place}` must be a mapping, not {}", type_name(other));
                found.push(Diagnostic::error("wrong-type", message).field(place));
            }
        }
    }
    entries.values.retain(|_, value| !value.is_empty());
    entries
}

impl Entries {
    fn take(&mut self, place: &'static str, map: &Map<String, Value>, found: &mut Vec<Diagnostic>) {
        for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let mut path = place.to_owned();
            field::push_key(&mut path, key);
            let text = match value {
                Value::String(text) if place == DATA => decode(text, &path),
                Value::String(text) => Ok(text.clone()),
                other => {
                    let message = format!("`{path}` must be a string, not {}", type_name(other));
                    Err(Diagnostic::error("wrong-type", message).field(&path))
                }
            };
            self.places.insert(key.clone(), place);
            match text {
                Ok(text) => {
                    self.values.insert(key.clone(), text);
                }
                Err(error) => {
                    self.unreadable.push(key.clone());
                    found.push(error);
                }
            }
        }
    }

    /// One entry, or an empty string.
    pub(super) fn text(&self, key: &str) -> String {
        self.values.get(key).cloned().unwrap_or_default()
    }

    /// One entry that must not be seen.
    pub(super) fn secret(&self, key: &str) -> Secret {
        self.text(key).into()
    }

    /// One entry that says true or false; absent is false.
    pub(super) fn flag(&self, key: &str) -> bool {
        flag(&self.text(key)).unwrap_or_default()
    }

    /// All entries, for the walk over the table.
    pub(super) fn value(&self) -> Value {
        let entries = self.values.iter();
        entries.map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// Where an entry stands in the manifest: `url` is `stringData.url` or `data.url`.
    pub(super) fn place(&self, path: &str) -> String {
        let key = match path.strip_prefix('[') {
            Some(rest) => rest.trim_end_matches(']'),
            None => path.split(['.', '[']).next().unwrap_or_default(),
        };
        let place = self.places.get(key).copied().unwrap_or(self.default_place);
        let dot = if path.starts_with('[') { "" } else { "." };
        format!("{place}{dot}{path}")
    }

    /// A report of a walk, with the fields where they stand.
    pub(super) fn placed(&self, mut report: Report) -> Report {
        report
            .errors
            .retain(|p| !self.unreadable.contains(&p.field));
        for problem in &mut report.errors {
            problem.field = self.place(&problem.field);
        }
        for unknown in &mut report.unknown {
            unknown.field = self.place(&unknown.field);
        }
        for unsupported in &mut report.unsupported {
            unsupported.field = self.place(&unsupported.field);
        }
        report
    }
}

/// Decodes base64 as Kubernetes does, to text.
pub(super) fn decode(text: &str, field: &str) -> Result<String, Diagnostic> {
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let invalid = |what: &str| {
        Diagnostic::error("invalid-base64", format!("`{field}` is no {what}")).field(field)
    };
    let bytes = BASE64_STANDARD
        .decode(compact)
        .map_err(|_| invalid("base64"))?;
    String::from_utf8(bytes).map_err(|_| invalid("text in base64"))
}
