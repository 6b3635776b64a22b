//! What a walk over the table finds, and how it is said.

use serde_json::Value;

use super::types::{Support, Type};
use crate::diagnostic::Diagnostic;
use crate::object::type_name;

/// How a value breaks the schema. Says nothing of the value itself: it may be a password.
#[derive(Clone, Debug)]
pub enum Violation {
    /// A required field is absent.
    Missing(Type),
    /// Another type than the schema's.
    WrongType {
        /// The schema's.
        expected: Type,
        /// The value's, with its article.
        found: &'static str,
    },
    /// None of the strings that the schema lists.
    NotOneOf(&'static [&'static str]),
    /// Longer than so many characters.
    TooLong(usize),
    /// The repository's root, where a path below it must stand.
    NotBelowRoot,
}

impl Violation {
    pub(super) fn wrong_type(expected: Type, found: &Value) -> Self {
        let found = type_name(found);
        Self::WrongType { expected, found }
    }
}

/// A violation and its place.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The field, as `spec.sources[0].repoURL`.
    pub field: String,
    /// What is wrong there.
    pub violation: Violation,
}

/// A field that the schema does not have: an API server drops it.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// The field.
    pub field: String,
    /// The name that was meant, if one is near.
    pub meant: Option<&'static str>,
}

/// A field that is known, set and without effect or not supported yet.
#[derive(Clone, Debug)]
pub struct Unsupported {
    /// The field.
    pub field: String,
    /// What Gantry makes of it.
    pub support: Support,
}

/// All that a walk found. Valid by the CRD means: no errors.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What an API server would refuse.
    pub errors: Vec<Problem>,
    /// What it would drop.
    pub unknown: Vec<Unknown>,
    /// What it would keep and Gantry does not, or not yet, heed.
    pub unsupported: Vec<Unsupported>,
}

impl Report {
    /// The same as diagnostics: errors, then warnings.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let errors = self.errors.iter().map(Problem::diagnostic);
        let unsupported = self.unsupported.iter().filter_map(Unsupported::diagnostic);
        let unknown = self.unknown.iter().map(Unknown::diagnostic);
        errors.chain(unsupported).chain(unknown).collect()
    }
}

impl Problem {
    fn diagnostic(&self) -> Diagnostic {
        let field = &self.field;
        let (code, message) = match &self.violation {
            Violation::Missing(kind) => (
                "missing-field",
                format!("`{field}` is missing: it must be {}", kind.describe()),
            ),
            Violation::WrongType { expected, found } => (
                "wrong-type",
                format!("`{field}` must be {}, not {found}", expected.describe()),
            ),
            Violation::NotOneOf(words) => (
                "invalid-value",
                format!("`{field}` must be one of `{}`", words.join("`, `")),
            ),
            Violation::TooLong(max) => (
                "invalid-value",
                format!("`{field}` must have at most {max} characters"),
            ),
            Violation::NotBelowRoot => (
                "invalid-value",
                format!("`{field}` must be a path below the repository's root"),
            ),
        };
        let diagnostic = Diagnostic::error(code, message).field(field);
        match &self.violation {
            Violation::WrongType { found: "null", .. } => {
                diagnostic.help("give it a value or leave the field out")
            }
            _ => diagnostic,
        }
    }
}

impl Unknown {
    fn diagnostic(&self) -> Diagnostic {
        let message = format!(
            "`{}` is no field that Argo CD knows; it is ignored",
            self.field
        );
        let warning = Diagnostic::warning("unknown-field", message).field(&self.field);
        match self.meant {
            Some(name) => warning.help(format!("did you mean `{name}`?")),
            None => warning,
        }
    }
}

impl Unsupported {
    fn diagnostic(&self) -> Option<Diagnostic> {
        let field = &self.field;
        match self.support {
            Support::Supported | Support::Ignored => None,
            Support::NoEffectYet => Some(
                Diagnostic::warning("no-effect-yet", format!("`{field}` has no effect yet"))
                    .field(field),
            ),
            Support::NoEffect(because) => Some(
                Diagnostic::warning("no-effect", format!("`{field}` has no effect: {because}"))
                    .field(field),
            ),
            Support::NotSupportedYet(instead) => Some(
                Diagnostic::error(
                    "not-supported-yet",
                    format!("`{field}` is not supported yet"),
                )
                .field(field)
                .help(instead),
            ),
        }
    }
}
