//! Plugins in Go: the example, rendering plain files; and one instance that judges for ever.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use gantry_model::{Diagnostic, Severity, SourceTree};
use gantry_plugins::{Builtin, Host, HostConfig, PluginError, RenderRequest, Rendering};
use serde_json::{Value, json};

use crate::guests;
use crate::memory_tree::MemoryTree;

/// A Go program of this repository as a plugin. None: there is no Go here.
pub(crate) fn build(folder: &str) -> Option<Vec<u8>> {
    if Command::new("go").arg("version").output().is_err() {
        eprintln!("skipped: there is no go");
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let core = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{}.core.wasm", folder.replace('/', "-")));
    let status = Command::new("go")
        .current_dir(workspace.join(folder))
        .args(["build", "-buildmode=c-shared", "-trimpath"])
        .args(["-ldflags=-s -w", "-o"])
        .arg(&core)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
        .status()
        .expect("go runs");
    assert!(status.success(), "{folder} does not build");
    let core = std::fs::read(core).expect("a module");
    Some(gantry_componentize::componentize(&core, None).expect("a component"))
}

fn host(wasm: Vec<u8>) -> Host {
    let builtins = vec![Builtin {
        name: "hello-go",
        wasm: wasm.leak(),
        digest: None,
    }];
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        compile_cache: guests::compiled(),
        ..HostConfig::default()
    })
    .expect("a host")
}

fn render(
    wasm: Vec<u8>,
    files: &[(&str, &str)],
    parameters: Value,
) -> Result<Rendering, PluginError> {
    let tree: Arc<dyn SourceTree> = MemoryTree::with("tree", files.iter().copied());
    let rendering = host(wasm).render("hello-go", tree, &request(parameters, "one"))?;
    Ok((*rendering).clone())
}

fn request(parameters: Value, revision: &str) -> RenderRequest {
    RenderRequest {
        application: "shop".into(),
        path: "deploy".into(),
        revision: revision.into(),
        parameters,
        ..RenderRequest::default()
    }
}

#[test]
fn a_commit_beside_its_files_costs_no_render() {
    let Some(wasm) = build("examples/plugins/go") else {
        return;
    };
    let host = host(wasm);
    let tree = |id: &str, other: &str| {
        MemoryTree::with(id, [("deploy/web.env", "A=1"), ("other/a.env", other)])
    };
    for (id, other) in [("one", "A=1"), ("two", "A=2")] {
        let rendered = host.render("hello-go", tree(id, other), &request(json!({}), id));
        rendered.expect("a rendering");
    }
    // Go's runtime looks at no clock of the commit, and starts from no number of it.
    let hits: u64 = host.metrics().iter().map(|plugin| plugin.cache_hits).sum();
    assert_eq!(hits, 1);
}

#[test]
fn the_example_renders_plain_files() {
    let Some(wasm) = build("examples/plugins/go") else {
        return;
    };
    let files = [
        ("deploy/web.env", "# web\nPORT=8080\nURL=http://a/?b=c\n"),
        ("deploy/db.properties", "user = shop"),
        ("deploy/more/not.env", "A=1"),
        ("other.env", "A=1"),
    ];
    let parameters = json!({"prefix": "shop-", "labels": {"team": "ä"}});
    let rendering = render(wasm, &files, parameters).expect("a rendering");
    let found: Vec<Value> = rendering
        .objects
        .into_iter()
        .map(gantry_model::Object::into_value)
        .collect();
    let map = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"team": "ä"}}, "data": data});
    let expected = [
        map("shop-db", json!({"user": "shop"})),
        map("shop-web", json!({"PORT": "8080", "URL": "http://a/?b=c"})),
    ];
    assert_eq!(found, expected);
    assert!(rendering.warnings.is_empty());
}

#[test]
fn its_problems_and_warnings_arrive_whole() {
    let Some(wasm) = build("examples/plugins/go") else {
        return;
    };
    let files = [("deploy/web.env", "A=1\nB\nA=2"), ("deploy/x.env", "=")];
    let refused = render(wasm.clone(), &files, json!({}));
    let Err(PluginError::Refused { diagnostics, .. }) = refused else {
        panic!("{refused:?}");
    };
    let place = |d: &Diagnostic| {
        let span = d.span.as_ref().map(ToString::to_string);
        (d.severity, d.code.clone(), span.unwrap_or_default())
    };
    let error = |code: &str, place: &str| (Severity::Error, code.to_owned(), place.to_owned());
    let places: Vec<_> = diagnostics.iter().map(place).collect();
    assert_eq!(
        places,
        [
            error("no-key", "deploy/web.env:2:1"),
            error("double-key", "deploy/web.env:3:1"),
            error("no-key", "deploy/x.env:1:1"),
        ]
    );
    let help = diagnostics[1].help.as_deref();
    assert_eq!(help, Some("keep one of the lines"));
    assert_eq!(diagnostics[0].message, "\"B\" is no KEY=VALUE");
    let warned = render(wasm.clone(), &[("deploy/a.yaml", "")], json!({})).expect("a rendering");
    assert_eq!(
        warned.warnings.iter().map(place).collect::<Vec<_>>(),
        [(Severity::Warning, "no-files".into(), "deploy".into())]
    );
    let missing = render(wasm, &[("other/a.env", "")], json!({})).expect_err("no folder");
    assert!(missing.to_string().contains("deploy"), "{missing}");
}
