//! `request.json`: what a render is for.

use std::io::ErrorKind;
use std::path::Path;

use gantry_model::{Diagnostic, Position, Span};
use gantry_plugins::RenderRequest;
use serde::Deserialize;
use serde_json::Value;

/// Every field may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    application: Option<String>,
    path: String,
    namespace: Option<String>,
    revision: String,
    kube_version: String,
    api_versions: Vec<String>,
    parameters: Value,
}

/// Reads the file, if there is one. An application without a name is called as the case is.
pub(super) fn read(file: &Path, case: &str) -> Result<RenderRequest, Diagnostic> {
    let span = |start: Option<Position>| Span {
        path: file.display().to_string(),
        start,
    };
    let request = match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| {
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let start = Position {
                line: number(error.line()),
                column: number(error.column()),
            };
            Diagnostic::error("request", error.to_string())
                .at(span(Some(start)))
                .help(
                    "its fields are application, path, namespace, revision, kubeVersion, \
                     apiVersions and parameters",
                )
        })?,
        Err(error) if error.kind() == ErrorKind::NotFound => Request::default(),
        Err(error) => {
            let message = format!("cannot be read: {error}");
            return Err(Diagnostic::error("file", message).at(span(None)));
        }
    };
    Ok(RenderRequest {
        application: request.application.unwrap_or_else(|| case.to_owned()),
        path: request.path,
        namespace: request.namespace,
        revision: request.revision,
        kube_version: request.kube_version,
        api_versions: request.api_versions.into(),
        parameters: request.parameters,
        ..RenderRequest::default()
    })
}
