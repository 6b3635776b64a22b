//! The schema of Argo CD's three kinds, as one table: every field with its type, whether it must
//! be there, and what Gantry makes of it.
//!
//! It says what the CRDs of Argo CD 3.6 say (which have every field of the releases before).
//! A nested block is a constant of its own, so that the table reads as the manifest does.

mod application;
mod application_set;
mod hosts;
mod metadata;
mod problem;
mod project;
mod source;
mod status;
mod types;
mod walk;

use serde_json::Value;

pub use problem::{Problem, Report, Unknown, Unsupported, Violation};
pub use types::{Field, Support, Type};

pub(crate) use metadata::METADATA;
pub(crate) use types::{TEXT_MAP, TEXTS, opt, req};
pub(crate) use walk::{flag, walk, without_nulls};

/// The API group of Argo CD's kinds.
pub const GROUP: &str = "argoproj.io";
/// Their one version.
pub const VERSION: &str = "v1alpha1";

/// One kind of the table.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Its top-level fields.
    pub fields: &'static [Field],
    /// Whether Gantry makes use of it; if not, no field of it is reported on its own.
    pub supported: bool,
}

/// Every kind of Argo CD.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "Application",
        fields: application::APPLICATION,
        supported: true,
    },
    Kind {
        name: "AppProject",
        fields: project::PROJECT,
        supported: true,
    },
    Kind {
        name: "ApplicationSet",
        fields: application_set::APPLICATION_SET,
        supported: false,
    },
];

/// Checks what a file in a repository says over the fields of a source. Null takes a field away.
pub fn check_override(value: &Value) -> Report {
    walk(source::OVERRIDE, &without_nulls(value), "", false)
}

/// Checks an object of one of the [`KINDS`] as an API server with Argo CD's CRDs would; `None` for
/// any other kind.
pub fn check(value: &Value) -> Option<Report> {
    let api_version = value.get("apiVersion")?.as_str()?;
    let name = value.get("kind")?.as_str()?;
    if api_version.split_once('/') != Some((GROUP, VERSION)) {
        return None;
    }
    let kind = KINDS.iter().find(|kind| kind.name == name)?;
    let quiet = !kind.supported;
    Some(walk(Type::Object(kind.fields), value, "", quiet))
}
