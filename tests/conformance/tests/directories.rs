//! Plain directories of Argo CD's example applications, through the built-in renderer.

#![allow(clippy::expect_used, reason = "a test stops at a broken suite")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::path::Path;
use std::sync::Arc;

use gantry_conformance::{Case, suite};
use gantry_model::Object;
use gantry_plugins::{Builtin, Host, HostConfig, RenderRequest};
use gantry_source::DirTree;
use serde_json::Value;

fn host() -> Host {
    let builtins = gantry_bundle::BUILTIN.into_iter();
    let builtins: Vec<_> = builtins
        .map(|plugin| Builtin {
            name: plugin.name,
            wasm: plugin.wasm,
            digest: None,
        })
        .collect();
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        compile_cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins")),
        ..HostConfig::default()
    })
    .expect("a host")
}

#[test]
fn example_directories_render_as_expected() {
    let Some(suite) = suite("example-apps") else {
        eprintln!("skipped: the example-apps suite is not on this machine");
        return;
    };
    let of_type = |case: &&Case| matches!(case.row["type"].as_str(), Some("directory" | "jsonnet"));
    let host = host();
    let mut checked = 0;
    for case in suite.cases.iter().filter(of_type) {
        check(&host, case);
        checked += 1;
    }
    assert!(checked > 0, "the suite has directories");
}

fn check(host: &Host, case: &Case) {
    let target = case.row["target"].as_str().unwrap_or_default();
    let tree = DirTree::open(&case.dir.join("input")).expect("the case has its input");
    let request = RenderRequest {
        application: case.name.clone(),
        path: target.trim_start_matches('.').to_owned(),
        ..RenderRequest::default()
    };
    let rendered = host.render("plain-yaml", Arc::new(tree), &request);
    if case.row["type"] == "jsonnet" {
        let error = rendered.expect_err("jsonnet").to_string();
        assert!(
            error.contains("jsonnet is not supported"),
            "{}: {error}",
            case.name
        );
        return;
    }
    let rendered = rendered.expect(&case.name);
    let found: Vec<&Value> = rendered.objects.iter().map(Object::value).collect();
    let expected = match case.row["expect"].as_str() {
        // Files of other kinds only.
        Some("none") => Vec::new(),
        _ => {
            let text = case
                .text("expected.yaml")
                .expect("the suite has the answer");
            gantry_yaml::parse(&text).expect("YAML")
        }
    };
    let expected: Vec<&Value> = expected.iter().map(|document| &document.value).collect();
    assert_eq!(found, expected, "{}", case.name);
}
