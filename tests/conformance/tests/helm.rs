//! Charts against `helm template`: the documents that the built-in renderer makes of each, or that it
//! fails.

#![allow(clippy::expect_used, reason = "a test stops at a broken suite")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry_conformance::{Case, chart_parameters, suite};
use gantry_model::{Object, SourceTree};
use gantry_plugins::{Builtin, CacheConfig, Host, HostConfig, PluginError, RenderRequest};
use gantry_source::DirTree;
use serde_json::{Value, json};

const PLUGIN: &str = "helm";

#[test]
fn charts_render_as_with_helm_template() {
    let Some(suite) = suite("helm") else {
        eprintln!("skipped: the helm suite is not on this machine");
        return;
    };
    let host = host();
    let wrong = suite.cases.iter().filter_map(|case| {
        let chart = suite.root.join(text(&case.row, "chart"));
        let request = RenderRequest {
            application: text(&case.row, "release").to_owned(),
            namespace: Some(text(&case.row, "namespace").to_owned()),
            kube_version: text(&case.row, "kube_version")
                .trim_start_matches('v')
                .to_owned(),
            parameters: parameters(&case.row),
            ..RenderRequest::default()
        };
        check(&host, case, &chart, &request).err()
    });
    report(&wrong.collect::<Vec<_>>(), suite.cases.len());
}

#[test]
fn argo_cds_example_charts_render() {
    let Some(suite) = suite("example-apps") else {
        eprintln!("skipped: the example-apps suite is not on this machine");
        return;
    };
    let host = host();
    let charts = suite.cases.iter().filter(|case| case.row["type"] == "helm");
    let charts: Vec<&Case> = charts.collect();
    let wrong = charts.iter().filter_map(|case| {
        let request = RenderRequest {
            application: "rel".to_owned(),
            namespace: Some("ns".to_owned()),
            kube_version: "1.33.0".to_owned(),
            ..RenderRequest::default()
        };
        check(&host, case, &case.dir.join("input"), &request).err()
    });
    report(&wrong.collect::<Vec<_>>(), charts.len());
}

fn report(wrong: &[String], all: usize) {
    assert!(
        wrong.is_empty(),
        "{} of {all} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn host() -> Host {
    let builtins = gantry_bundle::BUILTIN.iter().map(|plugin| Builtin {
        name: plugin.name,
        wasm: plugin.wasm,
        digest: plugin.digest.parse().ok(),
    });
    let builtins: Vec<_> = builtins.collect();
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        compile_cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins")),
        cache: CacheConfig::OFF,
        ..HostConfig::default()
    })
    .expect("a host")
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

/// The row's arguments for `helm template`, as Argo CD would write them.
fn parameters(row: &Value) -> Value {
    let mut parameters = chart_parameters(row);
    parameters["skipCrds"] = json!(!row["include_crds"].as_bool().unwrap_or_default());
    parameters["skipTests"] = json!(row["skip_tests"].as_bool().unwrap_or_default());
    parameters
}

fn check(host: &Host, case: &Case, chart: &Path, request: &RenderRequest) -> Result<(), String> {
    let wrong = |why: String| Err(format!("{}: {why}", case.name));
    let tree: Arc<dyn SourceTree> = Arc::new(DirTree::open(chart).expect("the chart"));
    let rendered = host.render(PLUGIN, tree, request);
    if text(&case.row, "expect") == "error" {
        return match rendered {
            Err(PluginError::Refused { .. }) => Ok(()),
            Err(error) => wrong(format!("not refused, but failed: {error}")),
            Ok(_) => wrong("rendered, but must fail".to_owned()),
        };
    }
    let expected = case.text("expected.yaml").expect("the expected documents");
    let expected = gantry_yaml::objects(&expected, "expected.yaml", 1);
    let (expected, found) = match (expected, rendered) {
        (Ok(expected), Ok(rendering)) => (values(expected), values(rendering.objects.clone())),
        (Err(unfit), Err(PluginError::BadDocument { diagnostic, .. }))
            if unfit.message == diagnostic.message =>
        {
            // What Helm prints are no objects, which Helm leaves to the API server to say.
            return Ok(());
        }
        (Err(unfit), Ok(_)) => return wrong(format!("rendered, but must not: {unfit}")),
        // The peer's text is that of Helm 3: what Helm 4 makes of it is no object either way.
        (Err(_), Err(PluginError::BadDocument { .. })) if is_other_in_helm_4(case) => return Ok(()),
        (_, Err(error)) => return wrong(explain(&error)),
    };
    if found == expected || is_other_in_helm_4(case) {
        return Ok(());
    }
    wrong(first_difference(&expected, &found))
}

/// Whether Helm 4 prints other documents than the Helm 3 that the suite asked.
fn is_other_in_helm_4(case: &Case) -> bool {
    case.row["helm4_same"] == false
}

fn explain(error: &PluginError) -> String {
    match error {
        PluginError::Refused { diagnostics, .. } => {
            let told: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            told.join("; ")
        }
        error => error.to_string(),
    }
}

/// Each document as one text; equal documents have equal texts.
fn values(objects: Vec<Object>) -> Vec<String> {
    let documents = objects.into_iter().map(Object::into_value);
    let mut texts: Vec<String> = documents.map(|d| plain(d).to_string()).collect();
    texts.sort();
    texts
}

/// With its keys in order, and whole numbers without a fraction.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.into_iter().collect();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            pairs.into_iter().map(|(k, v)| (k, plain(v))).collect()
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => {
                json!(format!("#{whole:.0}"))
            }
            _ => json!(format!("#{number}")),
        },
        other => other,
    }
}

fn first_difference(expected: &[String], found: &[String]) -> String {
    let missing = expected.iter().find(|text| !found.contains(text));
    let extra = found.iter().find(|text| !expected.contains(text));
    format!(
        "{} documents, expected {}\n  missing: {}\n  extra: {}",
        found.len(),
        expected.len(),
        missing.map_or("none", String::as_str),
        extra.map_or("none", String::as_str)
    )
}
