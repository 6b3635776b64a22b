//! From a manifest to an [`Application`]: what the schema cannot say, and the conversion.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Application, Automated, Destination, IgnoreDifference, NamespaceMetadata, Retry, Source,
    SyncOptions, SyncPolicy, sources,
};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Metadata, Parsed, convert};

const SYNC_OPTIONS: &str = "spec.syncPolicy.syncOptions";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    project: String,
    source: Source,
    sources: Vec<Source>,
    destination: Destination,
    sync_policy: Policy,
    revision_history_limit: Option<i64>,
    ignore_differences: Vec<IgnoreDifference>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Policy {
    sync_options: Vec<String>,
    retry: Value,
    managed_namespace_metadata: NamespaceMetadata,
    automated: Value,
}

/// What an application must have beyond the schema. Asks only for what is there in the right
/// type, since the schema's own errors are reported beside these.
pub(crate) fn rules(manifest: &Value) -> Vec<Diagnostic> {
    let Some(spec) = manifest.get("spec").filter(|spec| spec.is_object()) else {
        return Vec::new();
    };
    let mut problems = sources::rules(spec);
    if let Some(destination) = spec.get("destination").filter(|d| d.is_object()) {
        problems.extend(destination_rule(destination));
    }
    problems
}

fn destination_rule(destination: &Value) -> Option<Diagnostic> {
    let text = |field: &str| destination[field].as_str().unwrap_or_default();
    let (server, name) = (text("server"), text("name"));
    let malformed = |field: &str| destination.get(field).is_some_and(|v| !v.is_string());
    if !server.is_empty() && !name.is_empty() {
        let message = format!(
            "application destination can't have both name and server defined: {name} {server}"
        );
        Some(Diagnostic::error("ambiguous-destination", message).field("spec.destination"))
    } else if server.is_empty() && name.is_empty() && !malformed("server") && !malformed("name") {
        let message =
            "the destination names no cluster: `spec.destination` has neither `server` nor `name`";
        Some(
            Diagnostic::error("missing-destination", message)
                .field("spec.destination")
                .help(
                    "`server: https://kubernetes.default.svc` is the cluster Gantry is set up for",
                ),
        )
    } else {
        None
    }
}

/// Converts a manifest that passed the schema and the [`rules`].
pub(crate) fn read(
    metadata: Metadata,
    manifest: &Value,
) -> Result<Parsed<Application>, Diagnostic> {
    let spec: Spec = convert(&manifest["spec"], "spec")?;
    let sources = if spec.sources.is_empty() {
        vec![Source {
            field: "spec.source".to_owned(),
            ..spec.source
        }]
    } else {
        let numbered = spec.sources.into_iter().enumerate();
        let placed = numbered.map(|(index, source)| Source {
            field: format!("spec.sources[{index}]"),
            ..source
        });
        placed.collect()
    };
    let Policy {
        sync_options,
        retry,
        managed_namespace_metadata: namespace_metadata,
        automated,
    } = spec.sync_policy;
    let (options, mut warnings) = SyncOptions::parse(&sync_options, SYNC_OPTIONS);
    let has_retry = retry.is_object();
    let (retry, more) = Retry::read(&retry, "spec.syncPolicy.retry");
    warnings.extend(more);
    if !options.create_namespace && namespace_metadata != NamespaceMetadata::default() {
        let message = "the namespace's metadata has no effect without CreateNamespace=true";
        warnings.push(
            Diagnostic::warning("no-effect", message)
                .field("spec.syncPolicy.managedNamespaceMetadata"),
        );
    }
    let project = Some(spec.project).filter(|project| !project.is_empty());
    let value = Application {
        name: metadata.name,
        namespace: metadata.namespace,
        labels: metadata.labels,
        annotations: metadata.annotations,
        finalizers: metadata.finalizers,
        project: project.unwrap_or_else(|| "default".to_owned()),
        sources,
        destination: spec.destination,
        sync_policy: SyncPolicy {
            options,
            retry,
            namespace_metadata,
            automated: Automated::read(&automated, has_retry.then_some(retry)),
        },
        // Argo CD keeps nothing where the number is below zero.
        revision_history_limit: spec
            .revision_history_limit
            .map(|limit| usize::try_from(limit).unwrap_or_default()),
        ignore_differences: spec.ignore_differences,
    };
    Ok(Parsed { value, warnings })
}
