//! One door for all manifests that say what Gantry shall do.

mod metadata;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::application::{self, Application};
use crate::diagnostic::{Diagnostic, Severity};
use crate::object::{Gvk, Object, ObjectError};
use crate::project::{AppProject, ApplicationSet};
use crate::schema::{self, GROUP, KINDS, VERSION};
use crate::secrets::{self, ClusterSecret, RepositorySecret};

pub(crate) use metadata::Metadata;

/// What a manifest turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Manifest {
    /// An application.
    Application(Box<Application>),
    /// A project.
    Project(Box<AppProject>),
    /// A set of applications.
    ApplicationSet(Box<ApplicationSet>),
    /// A Secret with a cluster.
    ClusterSecret(Box<ClusterSecret>),
    /// A Secret with a repository, or with credentials for many.
    RepositorySecret(Box<RepositorySecret>),
    /// Any other object: nothing that Gantry reads.
    Other,
}

/// A value, and what the user should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    /// The value.
    pub value: T,
    /// What has no effect or is not known.
    pub warnings: Vec<Diagnostic>,
}

impl<T> From<T> for Parsed<T> {
    fn from(value: T) -> Self {
        Self {
            value,
            warnings: Vec::new(),
        }
    }
}

/// Reads any manifest that Gantry knows.
///
/// # Errors
/// Everything that is wrong with it, each with its field; warnings come along.
pub fn read_manifest(value: &Value) -> Result<Parsed<Manifest>, Vec<Diagnostic>> {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
    let gvk = Gvk::parse(text("apiVersion"), text("kind"));
    if gvk.group == GROUP && KINDS.iter().any(|kind| kind.name == gvk.kind) {
        return read_argo_kind(&gvk.kind, value);
    }
    let object = Object::new(value.clone(), None).map_err(|error| vec![no_object(&error)])?;
    if object.api_version() == "v1" && object.kind() == "Secret" {
        return secrets::read(&object);
    }
    Ok(Parsed::from(Manifest::Other))
}

fn no_object(error: &ObjectError) -> Diagnostic {
    let diagnostic = Diagnostic::error("not-an-object", error.to_string());
    match error {
        ObjectError::NotAMapping(_) => diagnostic,
        ObjectError::Missing(field) => diagnostic.field(*field),
        ObjectError::Malformed(field, _) => diagnostic.field(field),
    }
}

fn read_argo_kind(kind: &str, value: &Value) -> Result<Parsed<Manifest>, Vec<Diagnostic>> {
    let Some(report) = schema::check(value) else {
        let message = format!("{kind} is known in version {GROUP}/{VERSION} only");
        return Err(vec![
            Diagnostic::error("unknown-version", message).field("apiVersion"),
        ]);
    };
    let mut found = report.diagnostics();
    let metadata = metadata::check(value, &mut found);
    if kind == "Application" {
        found.extend(application::rules(value));
    }
    let found = errors_first(found)?;
    let mut read = convert_kind(kind, metadata, value).map_err(|error| vec![error])?;
    read.warnings.splice(0..0, found);
    Ok(read)
}

/// Gives the warnings back when there is no error among them.
pub(crate) fn errors_first(mut found: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    found.sort_by_key(|d| d.severity != Severity::Error);
    match found.first() {
        Some(first) if first.severity == Severity::Error => Err(found),
        _ => Ok(found),
    }
}

fn convert_kind(
    kind: &str,
    metadata: Metadata,
    value: &Value,
) -> Result<Parsed<Manifest>, Diagnostic> {
    if kind == "Application" {
        let Parsed { value, warnings } = application::read(metadata, value)?;
        let value = Manifest::Application(Box::new(value));
        return Ok(Parsed { value, warnings });
    }
    let Metadata {
        name,
        namespace,
        annotations,
        ..
    } = metadata;
    let spec = value["spec"].clone();
    if kind == "AppProject" {
        let project = AppProject {
            name,
            namespace,
            annotations,
            spec,
        };
        return Ok(Parsed::from(Manifest::Project(Box::new(project))));
    }
    let message = "ApplicationSet is not supported yet: it generates no Applications";
    let set = ApplicationSet {
        name,
        namespace,
        spec,
    };
    Ok(Parsed {
        value: Manifest::ApplicationSet(Box::new(set)),
        warnings: vec![
            Diagnostic::warning("no-effect-yet", message)
                .field("kind")
                .help("write the Applications that it would generate"),
        ],
    })
}

/// Converts a part that passed the schema; a failure is a hole in the table, and still no crash.
pub(crate) fn convert<T: DeserializeOwned>(value: &Value, field: &str) -> Result<T, Diagnostic> {
    T::deserialize(value).map_err(|error| {
        let message = format!("`{field}` cannot be read: {error}");
        Diagnostic::error("unreadable", message).field(field)
    })
}
