//! Builds from end to end, on trees in memory.

mod errors;
mod objects;
mod outside;

use gantry_sdk::renderer::Diagnostic;
use serde_json::Value;

use crate::test_files::Map;
use crate::{Built, Edits, Nothing, Options, Outside, Parameters, build};

/// A ConfigMap.
fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
}

/// Builds the kustomization in `app`.
fn run(files: &[(&str, &str)], outside: &dyn Outside) -> Result<Built, Diagnostic> {
    let (files, options) = (Map::new(files), Options::default());
    build(&files, "app", outside, &options, &Edits::default())
        .map_err(|mut problems| problems.0.remove(0))
}

fn objects(files: &[(&str, &str)]) -> Vec<Value> {
    let built = run(files, &Nothing).expect("a build");
    built
        .objects
        .into_iter()
        .map(|object| object.value)
        .collect()
}

/// Kind and name of each object.
fn names(built: &Built) -> Vec<String> {
    let objects = built.objects.iter().map(|object| &object.value);
    objects
        .map(|object| {
            let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap();
            format!("{} {}", text("/kind"), text("/metadata/name"))
        })
        .collect()
}

#[test]
fn the_written_schema_is_the_derived_one() {
    let derived = gantry_sdk::renderer::schema::<Parameters>();
    let derived: Value = serde_json::from_str(&derived).unwrap();
    let written: Value = serde_json::from_str(crate::SCHEMA).unwrap();
    assert_eq!(written, derived, "write this: {derived:#}");
}

#[test]
fn parameters_are_argo_cds() {
    let text = r#"{"images": ["a:1"], "replicas": [{"name": "w", "count": "3"}, {"name": "v", "count": 4}],
        "patches": [{"patch": "x", "target": {"kind": "A", "labelSelector": "l"}, "options": {"allowNameChange": true}}],
        "kubeVersion": "1.30", "version": "v4"}"#;
    let parameters: Parameters = serde_json::from_str(text).unwrap();
    let edits = parameters.edits().unwrap();
    assert_eq!(edits.replicas, [("w".to_owned(), 3), ("v".to_owned(), 4)]);
    assert!(edits.patches[0].allow_name_change && !edits.patches[0].allow_kind_change);
    assert_eq!(parameters.options().kube_version, "1.30");
    assert_eq!(parameters.warnings()[0].field.as_deref(), Some("version"));
    let text = r#"{"replicas": [{"name": "w", "count": "many"}]}"#;
    let parameters: Parameters = serde_json::from_str(text).unwrap();
    let problem = parameters.edits().unwrap_err().0.remove(0);
    assert_eq!(problem.field.as_deref(), Some("replicas[0].count"));
}
