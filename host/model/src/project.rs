//! `AppProject` and `ApplicationSet`: checked in full; of a project, what its applications may use as
//! sources and the annotations have effect.

mod source_rules;

use std::collections::BTreeMap;

use serde_json::Value;

pub use source_rules::SourceRules;

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
