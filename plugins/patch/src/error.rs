//! What is wrong with an edit.

use crate::id::Id;

/// An edit that cannot be made. The caller knows the file and the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// A value has another kind than the edit wants.
    #[error("wrong node kind{}: expected {expected} but got {found}", at(path))]
    WrongKind {
        /// Where, keys joined with dots; empty for the value itself.
        path: String,
        /// "map", "list" or "scalar".
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A `$patch` that is not `delete`, `replace` or `merge`.
    #[error(
        "unknown patch strategy '{value}'{}: `$patch` is delete, replace or merge",
        at(path)
    )]
    Directive {
        /// The map or list that has it.
        path: String,
        /// What it says.
        value: String,
    },
    /// An OpenAPI document that cannot be used.
    #[error("invalid OpenAPI schema: {0}")]
    Schema(String),
    /// A text that is no JSON patch.
    #[error("not a JSON patch: {0}")]
    JsonPatch(String),
    /// An operation of a JSON patch that does not apply.
    #[error("JSON patch operation {index} ({op} {path}): {reason}")]
    Operation {
        /// Which operation, counted from 0.
        index: usize,
        /// Its `op`.
        op: String,
        /// Its `path`.
        path: String,
        /// Why it does not apply.
        reason: String,
    },
    /// A pattern that is no regular expression.
    #[error("{field} {pattern:?} is not a regular expression: {reason}")]
    Pattern {
        /// The field that has it.
        field: &'static str,
        /// The pattern.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A text that is no label selector.
    #[error("unable to parse selector {text:?}: {reason}")]
    LabelSelector {
        /// The selector.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// A field that a field spec names and that cannot be set.
    #[error("considering field '{path}' of object {object}: {reason}")]
    Field {
        /// The field spec's path.
        path: String,
        /// The object.
        object: Id,
        /// Why.
        reason: Box<PatchError>,
    },
    /// A path with an empty name in it.
    #[error("cannot set or create an empty field name")]
    EmptyName,
    /// Two field specs for one field, of which one creates it and one does not.
    #[error("conflicting fieldspecs: {path:?} of {kind} is there with another `create`")]
    ConflictingSpecs {
        /// The path of both.
        path: String,
        /// The kind they are for.
        kind: String,
    },
    /// A text that its field's type cannot hold.
    #[error("cannot decode {text:?} as {expected}")]
    Decode {
        /// The text.
        text: String,
        /// The type of the field.
        expected: &'static str,
    },
    /// A path into an object that leads nowhere or cannot be read.
    #[error("{0}")]
    Path(String),
    /// A replacement that is not complete or contradicts itself.
    #[error("{0}")]
    Replacement(String),
    /// The object of a replacement's target that lacks the field.
    #[error("unable to find{} field {path:?} in replacement target {object}{}",
        if *create { " or create" } else { "" }, because(reason.as_deref()))]
    TargetField {
        /// The field path.
        path: String,
        /// Whether it may be created.
        create: bool,
        /// The object.
        object: Id,
        /// Why, when more is known than that it is missing.
        reason: Option<Box<PatchError>>,
    },
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at {path}")
    }
}

fn because(reason: Option<&PatchError>) -> String {
    reason.map(|r| format!(": {r}")).unwrap_or_default()
}

impl PatchError {
    pub(crate) fn wrong_kind(expected: &'static str, found: &serde_json::Value) -> Self {
        Self::WrongKind {
            path: String::new(),
            expected,
            found: crate::scalar::kind(found),
        }
    }

    /// The same error, seen from the map or list that has the value under this key.
    pub(crate) fn under(mut self, key: &str) -> Self {
        if let Self::WrongKind { path, .. } | Self::Directive { path, .. } = &mut self {
            *path = if path.is_empty() {
                key.to_owned()
            } else {
                format!("{key}.{path}")
            };
        }
        self
    }
}
