//! The template renderer in its sandbox. What templates can do is tested beside its code.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gantry_model::{Severity, SourceTree};
use gantry_plugins::{
    Builtin, CacheConfig, Host, HostConfig, PluginError, RenderRequest, Rendering,
};
use serde_json::{Value, json};

use crate::guests;
use crate::memory_tree::MemoryTree;

fn host() -> Host {
    let builtins = vec![Builtin {
        name: "template",
        wasm: guests::template(),
        digest: None,
    }];
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        compile_cache: guests::compiled(),
        cache: CacheConfig::OFF,
        ..HostConfig::default()
    })
    .expect("a host")
}

fn render(tree: Arc<dyn SourceTree>, parameters: Value) -> Result<Rendering, PluginError> {
    let request = RenderRequest {
        application: "shop".into(),
        path: "app".into(),
        namespace: Some("prod".into()),
        revision: "0123".into(),
        kube_version: "1.35.4".into(),
        api_versions: ["v1/Pod".to_owned()].into(),
        parameters,
        ..RenderRequest::default()
    };
    let rendering = host().render("template", tree, &request)?;
    Ok((*rendering).clone())
}

/// A tree whose `app` is `examples/template`.
fn example() -> Arc<dyn SourceTree> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/template");
    let files = fs::read_dir(folder).expect("the example").map(|entry| {
        let entry = entry.expect("an entry");
        let text = fs::read_to_string(entry.path()).expect("UTF-8");
        (format!("app/{}", entry.file_name().display()), text)
    });
    let files: Vec<(String, String)> = files.collect();
    MemoryTree::with(
        "example",
        files.iter().map(|(p, t)| (p.as_str(), t.as_str())),
    )
}

/// Kind and origin of each object.
fn told(rendering: &Rendering) -> Vec<(&str, String)> {
    let object = |object: &gantry_model::Object| object.origin().map(ToString::to_string);
    let objects = rendering.objects.iter();
    objects
        .map(|one| (one.kind(), object(one).unwrap_or_default()))
        .collect()
}

#[test]
fn the_example_renders_with_values_over_values() {
    let rendering = render(example(), json!({})).expect("rendered");
    let expected = [
        ("ConfigMap", "app/configmap.yaml:1".to_owned()),
        ("Deployment", "app/deployment.yaml:1".to_owned()),
        ("Service", "app/service.yaml.j2:1".to_owned()),
    ];
    assert_eq!(told(&rendering), expected);
    let settings = json!({"greeting": "Welcome", "entries-per-page": "20"});
    assert_eq!(rendering.objects[0].value()["data"], settings);
    // The values of production, which this render does not name.
    assert_eq!(rendering.warnings.len(), 1);
    assert_eq!(rendering.warnings[0].severity, Severity::Info);

    // As Argo CD's manifests have them: a list, and JSON in a string.
    let parameters = json!({
        "valuesFiles": ["values-production.yaml"],
        "values": "{\"replicas\": 3}",
    });
    let rendering = render(example(), parameters).expect("rendered");
    assert_eq!(rendering.warnings, []);
    assert_eq!(told(&rendering)[3].0, "Ingress");
    let [settings, deployment, service, ingress] = &rendering.objects[..] else {
        panic!("{:?}", told(&rendering))
    };
    assert_eq!(settings.value()["data"], json!({"entries-per-page": "20"}));
    let spec = &deployment.value()["spec"];
    assert_eq!(spec["replicas"], 3);
    let labels =
        json!({"app.kubernetes.io/name": "shop", "app.kubernetes.io/managed-by": "gantry"});
    assert_eq!(spec["selector"]["matchLabels"], labels);
    let ports = json!([{"name": "port-80", "port": 80}, {"name": "port-8080", "port": 8080}]);
    assert_eq!(service.value()["spec"]["ports"], ports);
    assert_eq!(
        ingress.value()["spec"]["rules"][0]["host"],
        "shop.example.com"
    );
}

#[test]
fn every_bad_file_is_named_and_nothing_traps() {
    let deep = format!("a: {}", "[".repeat(500));
    let brackets = format!("{{{{ {}1{} }}}}", "(".repeat(2_000), ")".repeat(2_000));
    let files = [
        ("app/_macro.yaml", "{% macro m() %}{{ m() }}{% endmacro %}"),
        ("app/a.yaml", "a: 1\nb: {{ values.missing }}\n"),
        ("app/b.yaml", "{% include 'b.yaml' %}"),
        ("app/c.yaml", "{% from '_macro.yaml' import m %}{{ m() }}"),
        ("app/d.yaml", deep.as_str()),
        ("app/e.yaml", brackets.as_str()),
        ("app/f.yaml", "{% include '../../../etc/passwd' %}"),
        ("app/g.yaml", "apiVersion: v1\nkind: A\n"),
    ];
    let error = render(MemoryTree::with("bad", files), json!({})).expect_err("bad files");
    let diagnostics = error.diagnostics();
    let places = diagnostics.iter().map(|problem| {
        let span = problem.span.as_ref().expect("a place");
        (
            problem.code.as_str(),
            span.path.as_str(),
            span.start.map(|at| at.line),
        )
    });
    let expected = [
        ("template-undefined", "app/a.yaml", Some(2)),
        ("template-error", "app/b.yaml", Some(1)),
        ("template-error", "app/_macro.yaml", Some(1)),
        ("yaml", "app/d.yaml", Some(1)),
        ("template-syntax", "app/e.yaml", Some(1)),
        ("template-error", "app/f.yaml", Some(1)),
    ];
    assert_eq!(places.collect::<Vec<_>>(), expected, "{diagnostics:#?}");
}

#[test]
fn parameters_that_do_not_fit_are_named() {
    let parameters = json!({"values": [1], "valuesFiles": [""], "recurze": true});
    let error = render(MemoryTree::with("empty", []), parameters).expect_err("parameters");
    let mut fields: Vec<_> = error
        .diagnostics()
        .into_iter()
        .filter_map(|problem| problem.field)
        .collect();
    fields.sort();
    assert_eq!(fields, ["recurze", "values", "valuesFiles.0"]);
}
