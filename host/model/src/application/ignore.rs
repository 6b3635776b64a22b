//! `spec.ignoreDifferences`: whose differences do not count.

use serde::Deserialize;

/// One rule: objects, and fields of theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IgnoreDifference {
    /// The group, as a glob; empty is the core group.
    pub group: String,
    /// The kind, as a glob.
    pub kind: String,
    /// The name; empty is any.
    pub name: String,
    /// The namespace; empty is any.
    pub namespace: String,
    /// JSON pointers (RFC 6901) to fields.
    pub json_pointers: Vec<String>,
    /// jq expressions that name fields.
    pub jq_path_expressions: Vec<String>,
    /// Field managers whose values count more than those in Git.
    pub managed_fields_managers: Vec<String>,
}
