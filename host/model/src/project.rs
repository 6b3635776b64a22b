//! `AppProject` and `ApplicationSet`: checked in full, but only annotations have effect yet.

use std::collections::BTreeMap;

use serde_json::Value;

/// One project.
#[derive(Clone, Debug, PartialEq)]
pub struct AppProject {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; empty when the manifest has none.
    pub namespace: String,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
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
