//! `AppProject` and `ApplicationSet`: checked in full; of a project, what it permits its applications
//! ([`ProjectRules`]) and the annotations have effect.

mod destination_rules;
mod kind_rules;
mod orphans;
mod patterns;
mod rules;
mod schedule;
mod service_accounts;
mod source_rules;
mod spec;
mod window;

use std::collections::BTreeMap;

use serde_json::Value;

pub use destination_rules::DestinationCluster;
pub use orphans::OrphanRules;
pub use patterns::NamePattern;
pub use rules::ProjectRules;
pub use schedule::Schedule;
pub use source_rules::SourceRules;
pub use window::{SyncWindow, WindowKind};

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
