//! `AppProject` and `ApplicationSet`: checked in full, but nothing acts by them yet.

use serde_json::Value;

/// One project.
#[derive(Clone, Debug, PartialEq)]
pub struct AppProject {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; empty when the manifest has none.
    pub namespace: String,
    /// `spec`, valid by the schema.
    pub spec: Value,
}

/// One set of applications.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationSet {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; empty when the manifest has none.
    pub namespace: String,
    /// `spec`, valid by the schema.
    pub spec: Value,
}
