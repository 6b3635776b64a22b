#![allow(clippy::expect_used, reason = "a test stops at a broken case")]

use clap::Parser;
use serde_json::{Value, json};

use super::{Which, set, source_of, unset};
use crate::args::app::{FieldArgs, UnsetFields};

#[derive(Parser)]
struct Set {
    #[command(flatten)]
    fields: FieldArgs,
}

#[derive(Parser)]
struct Unset {
    #[command(flatten)]
    fields: UnsetFields,
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    std::iter::once("set").chain(text.split_whitespace())
}

fn changed(mut spec: Value, flags: &str, which: Which<'_>) -> Result<Value, String> {
    let parsed = Set::try_parse_from(words(flags)).expect(flags);
    let literal = parsed.fields.source.helm.values_literal_file.clone();
    set(&mut spec, which, &parsed.fields, literal.as_deref()).map_err(|error| error.message)?;
    Ok(spec)
}

#[test]
fn flags_become_fields() {
    let cases = [
        (
            json!({}),
            "--repo https://git.example/a --path web --revision v1 --dest-name c --dest-namespace n --project p",
            json!({"source": {"repoURL": "https://git.example/a", "path": "web", "targetRevision": "v1"},
                "destination": {"name": "c", "namespace": "n"}, "project": "p"}),
        ),
        (
            json!({"source": {"path": "web", "repoURL": "a"}}),
            "--helm-chart web --path=",
            json!({"source": {"chart": "web", "repoURL": "a"}}),
        ),
        (
            json!({"source": {"helm": {"parameters": [{"name": "a", "value": "1"}]}}}),
            "--helm-set a=2 --helm-set-string b=x,y --helm-set-file c=f.txt -p d=1 --values v.yaml --helm-skip-crds",
            json!({"source": {"helm": {"valueFiles": ["v.yaml"], "skipCrds": true,
                "parameters": [{"name": "a", "value": "2"}, {"name": "d", "value": "1"},
                    {"name": "b", "value": "x\\,y", "forceString": true}],
                "fileParameters": [{"name": "c", "path": "f.txt"}]}}}),
        ),
        (
            json!({"source": {"helm": {"values": "a: 1"}}}),
            "--values-literal-file b:",
            json!({"source": {"helm": {"valuesObject": {"b": null}}}}),
        ),
        (
            json!({"source": {"helm": {"skipCrds": true}}}),
            "--helm-skip-crds=false",
            json!({"source": {}}),
        ),
        (
            json!({"source": {"kustomize": {"images": ["node:1", "b=c:1"]}}}),
            "--kustomize-image node:2 --kustomize-image d@sha256:0 --nameprefix x- --kustomize-replica web=3 --kustomize-common-label a=b",
            json!({"source": {"kustomize": {"images": ["node:2", "b=c:1", "d@sha256:0"], "namePrefix": "x-",
                "replicas": [{"name": "web", "count": 3}], "commonLabels": {"a": "b"}}}}),
        ),
        (
            json!({"source": {}}),
            "--directory-recurse --directory-include *.yaml",
            json!({"source": {"directory": {"recurse": true, "include": "*.yaml"}}}),
        ),
        (
            json!({"source": {"plugin": {"name": "old", "env": [{"name": "A", "value": "1"}]}}}),
            "--plugin new --plugin-env B=2 --plugin-param s=t --plugin-param l=[\"x\"] --plugin-param m={\"k\":\"v\"}",
            json!({"source": {"plugin": {"name": "new", "env": [{"name": "B", "value": "2"}],
                "parameters": [{"name": "s", "string": "t"}, {"name": "l", "array": ["x"]}, {"name": "m", "map": {"k": "v"}}]}}}),
        ),
        (
            json!({"syncPolicy": {"syncOptions": ["A=true"]}}),
            "--sync-policy auto --auto-prune --self-heal=true --sync-option !A=true --sync-option B=true --sync-retry-limit 2",
            json!({"syncPolicy": {"automated": {"prune": true, "selfHeal": true}, "syncOptions": ["B=true"],
                "retry": {"limit": 2, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "180s"}}}}),
        ),
        (
            json!({"syncPolicy": {"automated": {"prune": true}, "retry": {"limit": 1}}}),
            "--sync-policy none --sync-retry-limit 0",
            json!({}),
        ),
        (
            json!({}),
            "--revision-history-limit 3",
            json!({"revisionHistoryLimit": 3}),
        ),
    ];
    for (spec, flags, expected) in cases {
        let found = changed(spec, flags, Which::default()).expect(flags);
        assert_eq!(found, expected, "{flags}");
    }
}

#[test]
fn flags_of_what_has_no_effect_become_fields_too() {
    let cases = [
        (
            json!({"source": {"helm": {"version": "v2"}}}),
            "--helm-version v3",
            json!({"source": {"helm": {"version": "v3"}}}),
        ),
        (
            json!({"source": {"directory": {"jsonnet": {"tlas": [{"name": "a", "value": "1", "code": true}], "libs": ["lib"]}}}}),
            "--jsonnet-tla-str a=x --jsonnet-tla-code b=[1] --jsonnet-ext-var-str c=y=z --jsonnet-ext-var-code d=2 \
                --jsonnet-libs lib --jsonnet-libs vendor",
            json!({"source": {"directory": {"jsonnet": {
                "tlas": [{"name": "a", "value": "x"}, {"name": "b", "value": "[1]", "code": true}],
                "extVars": [{"name": "c", "value": "y=z"}, {"name": "d", "value": "2", "code": true}],
                "libs": ["lib", "vendor"]}}}}),
        ),
    ];
    for (spec, flags, expected) in cases {
        let found = changed(spec, flags, Which::default()).expect(flags);
        assert_eq!(found, expected, "{flags}");
    }
}

#[test]
fn flags_that_cannot_be_are_refused() {
    let two = json!({"sources": [{"name": "a"}, {"name": "b"}]});
    let at = |position| Which {
        position: Some(position),
        name: None,
    };
    let named = Which {
        position: None,
        name: Some("b"),
    };
    let cases = [
        (json!({}), "--auto-prune", Which::default(), "by itself"),
        (
            json!({"syncPolicy": {"automated": {"enabled": false}}}),
            "--self-heal",
            Which::default(),
            "by itself",
        ),
        (json!({}), "--helm-set a", Which::default(), "no `=`"),
        (
            json!({}),
            "--kustomize-replica web=many",
            Which::default(),
            "no number",
        ),
        (json!({}), "--values-literal-file [", Which::default(), ""),
        (two.clone(), "--path x", Which::default(), "2 sources"),
        (two.clone(), "--path x", at(3), "no such source"),
        (two.clone(), "--path x", at(0), "no such source"),
        (json!({"source": {}}), "--path x", at(2), "one source"),
    ];
    for (spec, flags, which, expected) in cases {
        let error = changed(spec, flags, which).expect_err(flags);
        assert!(error.contains(expected), "{flags}: {error}");
    }
    let found = changed(two, "--path x", named).expect("a source");
    assert_eq!(
        found["sources"],
        json!([{"name": "a"}, {"name": "b", "path": "x"}])
    );
}

#[test]
fn parameters_are_taken_away() {
    let source = json!({"ref": "r",
        "helm": {"parameters": [{"name": "a"}, {"name": "b"}], "valueFiles": ["x"], "values": "y: 1", "passCredentials": true},
        "kustomize": {"namePrefix": "p", "images": ["node:1", "mysql=mariadb", "web"], "replicas": [{"name": "r", "count": 1}]},
        "plugin": {"env": [{"name": "E", "value": "1"}]}});
    let cases = [
        (
            "-p a --values x --values-literal --pass-credentials",
            "helm",
            json!({"parameters": [{"name": "b"}]}),
        ),
        ("-p zz", "", Value::Null),
        (
            "--nameprefix --kustomize-image node --kustomize-image mysql --kustomize-image web --kustomize-replica r",
            "kustomize",
            Value::Null,
        ),
        ("--plugin-env E", "plugin", Value::Null),
        ("--ref", "ref", Value::Null),
        ("--namesuffix", "", Value::Null),
    ];
    for (flags, changes, expected) in cases {
        let parsed = Unset::try_parse_from(words(flags)).expect(flags);
        let mut spec = json!({ "source": source });
        let changed = unset(
            source_of(&mut spec, Which::default()).expect("a source"),
            &parsed.fields,
        );
        assert_eq!(changed, !changes.is_empty(), "{flags}");
        if !changes.is_empty() {
            assert_eq!(spec["source"][changes], expected, "{flags}");
        }
    }
}
