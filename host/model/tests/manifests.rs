//! Every kind of problem in a manifest is named with its field; what is in order is read.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use gantry_model::{Application, Diagnostic, Manifest, Severity, read_manifest};
use serde_json::{Value, json};

/// An application without a flaw.
fn application() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "guestbook", "namespace": "argocd", "creationTimestamp": null},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example/apps", "path": "guestbook"},
            "destination": {"name": "spoke", "namespace": "web"},
        },
        "status": {"sync": {"status": "Synced"}, "history": [
            {"id": 1, "deployedAt": "now", "source": {"repoURL": "x", "chart": "y"}},
        ]},
    })
}

/// The application with one field set, or removed when the value is null.
fn with(pointer: &str, value: Value) -> Value {
    let mut manifest = application();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = manifest.pointer_mut(parent).expect("the parent is there");
    let parent = parent.as_object_mut().expect("it is a mapping");
    if value.is_null() {
        parent.remove(key);
    } else {
        parent.insert(key.to_owned(), value);
    }
    manifest
}

/// `error code field` of each finding.
fn findings(manifest: &Value) -> Vec<String> {
    let all = match read_manifest(manifest) {
        Ok(parsed) => parsed.warnings,
        Err(all) => all,
    };
    let words = |d: &Diagnostic| {
        let severity = match d.severity {
            Severity::Error => "error",
            _ => "warning",
        };
        format!(
            "{severity} {} {}",
            d.code,
            d.field.as_deref().unwrap_or("-")
        )
    };
    all.iter().map(words).collect()
}

fn read(manifest: &Value) -> Application {
    match read_manifest(manifest).expect("a valid manifest").value {
        Manifest::Application(application) => *application,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_plain_application_is_read_without_a_word() {
    assert_eq!(findings(&application()), Vec::<String>::new());
    let found = read(&application());
    assert_eq!(found.name, "guestbook");
    assert_eq!(found.namespace, "argocd");
    assert_eq!(found.project, "default");
    assert_eq!(found.sources[0].repo_url, "https://git.example/apps");
    assert_eq!(found.sources[0].path, "guestbook");
    assert_eq!(found.sources[0].target_revision, "");
    assert_eq!(found.destination.name, "spoke");
    assert_eq!(found.destination.namespace, "web");
}

#[test]
fn several_sources_take_the_place_of_one() {
    let mut manifest = application();
    manifest["spec"]["sources"] = json!([
        {"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.*", "name": "app"},
        {"repoURL": "https://git.example/values", "ref": "values", "tagPrefix": "v"},
    ]);
    manifest["spec"]
        .as_object_mut()
        .expect("a spec")
        .remove("source");
    assert_eq!(findings(&manifest), Vec::<String>::new());
    let [chart, values] = read(&manifest).sources.try_into().expect("two sources");
    assert_eq!((chart.chart.as_str(), chart.title()), ("web", "app"));
    assert_eq!(chart.field_of("chart"), "spec.sources[0].chart");
    assert!(values.is_reference_only() && !chart.is_reference_only());
    assert_eq!(
        (values.title(), values.tag_prefix.as_str()),
        ("values", "v")
    );
}

#[test]
fn everything_that_is_supported_is_read_without_a_word() {
    let source = json!({
        "repoURL": "git@git.example:apps",
        "path": ".",
        "targetRevision": "v1",
        "directory": {"recurse": true, "include": "*.yaml", "exclude": "x", "jsonnet": {}},
        "helm": {"valuesObject": {"a": [1, null]}},
        "kustomize": {"replicas": [{"name": "web", "count": "3"}, {"name": "db", "count": 1}]},
        "plugin": {
            "name": "template",
            "env": [{"name": "A", "value": "b"}],
            "parameters": [
                {"name": "text", "string": "s"},
                {"name": "list", "array": ["x"]},
                {"name": "map", "map": {"k": "v"}},
            ],
        },
    });
    let mut manifest = with("/spec/source", source.clone());
    manifest["metadata"]["annotations"] = json!({"a.b/c": "d"});
    manifest["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    manifest["spec"]["syncPolicy"] = json!({"syncOptions": ["CreateNamespace=true"]});
    assert_eq!(findings(&manifest), Vec::<String>::new());

    let found = read(&manifest);
    assert_eq!(found.annotations["a.b/c"], "d");
    assert_eq!(found.finalizers.len(), 1);
    assert!(found.sync_policy.options.create_namespace);
    assert_eq!(
        found.sources[0].directory.as_ref(),
        Some(&source["directory"])
    );
    assert_eq!(found.sources[0].helm.as_ref(), Some(&source["helm"]));
    assert_eq!(
        found.sources[0].kustomize.as_ref(),
        Some(&source["kustomize"])
    );
    let plugin = found.sources[0].plugin.clone().expect("a plugin");
    assert_eq!(plugin.env[0].value, "b");
    assert_eq!(plugin.parameters[0].string.as_deref(), Some("s"));
    assert_eq!(
        plugin.parameters[1].array.as_deref(),
        Some(&["x".to_owned()][..])
    );
    assert_eq!(
        plugin.parameters[2]
            .map
            .as_ref()
            .map(|map| map["k"].as_str()),
        Some("v")
    );
}

/// Where a value is set (null: removed), the value as JSON, and what is found then.
const PROBLEMS: &[(&str, &str, &[&str])] = &[
    ("/metadata", "null", &["error missing-field metadata"]),
    ("/spec", "[]", &["error wrong-type spec"]),
    (
        "/metadata/name",
        "null",
        &["error missing-field metadata.name"],
    ),
    (
        "/metadata/name",
        r#""Guest_Book""#,
        &["error invalid-name metadata.name"],
    ),
    (
        "/metadata/annotations",
        r#"{"a.b/c": 1, "d": true}"#,
        &[
            "error wrong-type metadata.annotations[a.b/c]",
            "error wrong-type metadata.annotations.d",
        ],
    ),
    (
        "/metadata/lables",
        "{}",
        &["warning unknown-field metadata.lables"],
    ),
    (
        "/spec/project",
        "null",
        &["error missing-field spec.project"],
    ),
    ("/spec/project", "7", &["error wrong-type spec.project"]),
    (
        "/spec/source/repoURL",
        "null",
        &["error missing-field spec.source.repoURL"],
    ),
    (
        "/spec/source/path",
        "null",
        &["error missing-path spec.source.path"],
    ),
    (
        "/spec/source/path",
        r#""""#,
        &["error missing-path spec.source.path"],
    ),
    (
        "/spec/source/chart",
        r#""web""#,
        &["error missing-version spec.source.targetRevision"],
    ),
    (
        "/spec/source",
        "null",
        &["error missing-source spec.source"],
    ),
    (
        "/spec/sources",
        r#"[{"repoURL": "x"}]"#,
        &[
            "error missing-path spec.sources[0].path",
            "warning no-effect spec.source",
        ],
    ),
    (
        "/spec/sources",
        r#"[{"repoURL": "x", "ref": "a b"}, {"repoURL": "y", "path": ".", "ref": "v"}, {"repoURL": "z", "ref": "v"}]"#,
        &[
            "error bad-ref spec.sources[0].ref",
            "error bad-ref spec.sources[2].ref",
            "warning no-effect spec.source",
        ],
    ),
    ("/spec/sources", "[]", &[]),
    (
        "/spec/source/repoUrl",
        r#""x""#,
        &["warning unknown-field spec.source.repoUrl"],
    ),
    (
        "/spec/source/directory",
        r#"{"jsonnet": {"libs": ["x"]}}"#,
        &["error not-supported-yet spec.source.directory.jsonnet"],
    ),
    (
        "/spec/source/helm",
        r#"{"parameters": [{"value": 1}, {"forceString": "yes"}]}"#,
        &[
            "error wrong-type spec.source.helm.parameters[0].value",
            "error wrong-type spec.source.helm.parameters[1].forceString",
        ],
    ),
    (
        "/spec/source/kustomize",
        r#"{"replicas": [{"name": "x", "count": 1.5}]}"#,
        &["error wrong-type spec.source.kustomize.replicas[0].count"],
    ),
    (
        "/spec/destination",
        "{}",
        &["error missing-destination spec.destination"],
    ),
    (
        "/spec/destination/server",
        r#""https://k""#,
        &["error ambiguous-destination spec.destination"],
    ),
    (
        "/spec/destination/name",
        "{}",
        &["error wrong-type spec.destination.name"],
    ),
    (
        "/spec/syncPolicy",
        r#"{"automated": {}, "retry": {"limit": 3}}"#,
        &[],
    ),
    (
        "/spec/syncPolicy",
        r#"{"syncOptions": ["ServerSideApply=false"]}"#,
        &["warning no-effect-yet spec.syncPolicy.syncOptions[0]"],
    ),
    ("/spec/revisionHistoryLimit", "3", &[]),
    (
        "/spec/revisionHistoryLimit",
        r#""3""#,
        &["error wrong-type spec.revisionHistoryLimit"],
    ),
    (
        "/spec/ignoreDifferences",
        r#"[{"group": "apps"}]"#,
        &["error missing-field spec.ignoreDifferences[0].kind"],
    ),
    (
        "/operation",
        r#"{"sync": {}}"#,
        &["warning no-effect-yet operation"],
    ),
    (
        "/status/sync",
        "{}",
        &["error missing-field status.sync.status"],
    ),
    (
        "/status/sourceHydrator",
        r#"{"currentOperation": {"message": "", "phase": "Odd"}}"#,
        &["error invalid-value status.sourceHydrator.currentOperation.phase"],
    ),
    (
        "/apiVersion",
        r#""argoproj.io/v1""#,
        &["error unknown-version apiVersion"],
    ),
];

#[test]
fn each_problem_is_named_with_its_field() {
    for (pointer, value, expected) in PROBLEMS {
        let value: Value = serde_json::from_str(value).expect("JSON");
        assert_eq!(
            findings(&with(pointer, value.clone())),
            *expected,
            "{pointer}: {value}"
        );
    }
}

#[test]
fn all_problems_are_named_at_once_errors_first() {
    let mut manifest = application();
    manifest["spec"] = json!({
        "info": [{"name": "x"}],
        "source": {"repoUrl": "x", "path": 3},
        "destination": {"server": "a", "name": "b"},
    });
    assert_eq!(
        findings(&manifest),
        [
            "error missing-field spec.info[0].value",
            "error missing-field spec.project",
            "error wrong-type spec.source.path",
            "error missing-field spec.source.repoURL",
            "error ambiguous-destination spec.destination",
            "warning no-effect-yet spec.info",
            "warning unknown-field spec.source.repoUrl",
        ]
    );
}

#[test]
fn a_hydrator_needs_a_path_below_the_root() {
    let hydrator = |path: &str| {
        json!({
            "drySource": {"repoURL": "x", "targetRevision": "HEAD", "path": "."},
            "syncSource": {"targetBranch": "env", "path": path},
        })
    };
    for (path, valid) in [
        ("a", true),
        ("./", true),
        (".", false),
        ("/", false),
        ("", false),
    ] {
        let found = findings(&with("/spec/sourceHydrator", hydrator(path)));
        let refused =
            found.contains(&"error invalid-value spec.sourceHydrator.syncSource.path".to_owned());
        assert_eq!(refused, !valid, "{path:?}: {found:?}");
        assert!(found.contains(&"error not-supported-yet spec.sourceHydrator".to_owned()));
    }
}

#[test]
fn messages_say_what_is_expected_and_what_to_do() {
    let said = |pointer: &str, value: Value| {
        let found = match read_manifest(&with(pointer, value)) {
            Ok(parsed) => parsed.warnings,
            Err(found) => found,
        };
        let first = found.into_iter().next().expect("a finding");
        (first.message, first.help.unwrap_or_default())
    };
    let (message, _) = said("/spec/project", json!(["x"]));
    assert_eq!(message, "`spec.project` must be a string, not a list");
    let (_, help) = said("/spec/source/targetRevison", json!("main"));
    assert_eq!(help, "did you mean `targetRevision`?");
    let (message, _) = said("/spec/destination/server", json!("https://k"));
    assert_eq!(
        message,
        "application destination can't have both name and server defined: spoke https://k"
    );
    let mut manifest = application();
    manifest["spec"]["source"]["helm"] = json!(null);
    let found = read_manifest(&manifest).expect_err("null is no mapping");
    assert_eq!(
        found[0].help.as_deref(),
        Some("give it a value or leave the field out")
    );
}

#[test]
fn projects_and_sets_are_checked_and_warn() {
    let manifest = |kind: &str, spec: Value| {
        json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": kind,
            "metadata": {"name": "x"},
            "spec": spec,
        })
    };
    let project = manifest("AppProject", json!({"sourceRepos": ["*"], "roles": []}));
    assert_eq!(findings(&project), Vec::<String>::new());
    let project = manifest(
        "AppProject",
        json!({"description": "x".repeat(256), "sourceRepos": "*"}),
    );
    assert_eq!(
        findings(&project)[..2],
        [
            "error invalid-value spec.description",
            "error wrong-type spec.sourceRepos",
        ]
    );

    let template = json!({"metadata": {}, "spec": {"project": "", "destination": {}, "info": []}});
    // What is nested twice is free in the CRD, what is nested once is not.
    let nested = json!({"matrix": {"generators": [
        {"merge": {"any": 1}},
        {"git": {"repoURL": "x"}},
    ]}});
    let set = manifest(
        "ApplicationSet",
        json!({"generators": [nested], "template": template}),
    );
    assert_eq!(
        findings(&set),
        ["error missing-field spec.generators[0].matrix.generators[1].git.revision",]
    );
    let set = manifest(
        "ApplicationSet",
        json!({"generators": [], "template": template}),
    );
    assert_eq!(findings(&set), ["warning no-effect-yet kind"]);
}

#[test]
fn other_objects_are_other_and_no_objects_are_errors() {
    let other = json!({"apiVersion": "app.k8s.io/v1beta1", "kind": "Application"});
    assert_eq!(
        read_manifest(&other).expect("an object").value,
        Manifest::Other
    );
    for (value, code) in [
        (json!(null), "error not-an-object -"),
        (json!("text"), "error not-an-object -"),
        (json!([1]), "error not-an-object -"),
        (json!({}), "error not-an-object apiVersion"),
        (json!({"apiVersion": "v1"}), "error not-an-object kind"),
    ] {
        assert_eq!(findings(&value), [code], "{value}");
    }
}

/// The pointers of a value and of all that is in it.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_value_in_the_wrong_place_escapes_the_schema() {
    let mut whole = application();
    whole["metadata"]["annotations"] = json!({"a": "b"});
    whole["metadata"]["finalizers"] = json!(["x"]);
    whole["spec"]["syncPolicy"] = json!({"syncOptions": ["Prune=true"]});
    whole["spec"]["source"]["plugin"] = json!({
        "name": "p",
        "env": [{"name": "a", "value": "b"}],
        "parameters": [{"name": "m", "map": {"k": "v"}, "array": ["x"], "string": "s"}],
    });
    let mut places = Vec::new();
    pointers(&whole, "", &mut places);
    let odd = json!([null, true, -3, 1.5, 1e300, "", "x", [], [1], {}, {"a": 1}]);
    for place in &places {
        for value in odd.as_array().expect("a list") {
            let mut manifest = whole.clone();
            *manifest.pointer_mut(place).expect("it is there") = value.clone();
            let found = findings(&manifest);
            let escaped = found.iter().any(|f| f.contains("unreadable"));
            assert!(!escaped, "{place} = {value}: {found:?}");
        }
    }
}
