//! `metadata`, as the API server checks it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::convert;
use crate::diagnostic::Diagnostic;
use crate::limits::OBJECT_NAME_MAX_CHARS;
use crate::schema::{METADATA, Type, walk, without_nulls};

/// The part of `metadata` that Gantry reads.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) finalizers: Vec<String>,
}

/// Checks and reads `metadata`; what is wrong with it goes to `found`.
pub(crate) fn check(manifest: &Value, found: &mut Vec<Diagnostic>) -> Metadata {
    // When it is absent or no mapping, the kind's own schema has said so.
    let Some(metadata) = manifest.get("metadata").filter(|m| m.is_object()) else {
        return Metadata::default();
    };
    // `creationTimestamp: null` is common, and absent to the API server.
    let metadata = without_nulls(metadata);
    let report = walk(Type::Object(METADATA), &metadata, "metadata", false);
    let valid = report.errors.is_empty();
    found.extend(report.diagnostics());
    if let Some(name) = metadata.get("name").and_then(Value::as_str)
        && !is_name(name)
    {
        let message = "`metadata.name` must be lower-case letters, digits, `-` and `.`, \
                       and begin and end with a letter or digit";
        found.push(Diagnostic::error("invalid-name", message).field("metadata.name"));
    }
    if !valid {
        return Metadata::default();
    }
    convert(&metadata, "metadata").unwrap_or_else(|error| {
        found.push(error);
        Metadata::default()
    })
}

fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        let edge =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        edge(label.chars().next()) && edge(label.chars().next_back()) && label.chars().all(inner)
    };
    name.len() <= OBJECT_NAME_MAX_CHARS && name.split('.').all(label)
}
