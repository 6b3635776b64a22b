//! Whole renders over files in memory.

use std::collections::BTreeMap;

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Body, Diagnostic, Entry, EntryKind, ReadError, Rendering};
use serde_json::{Value, json};

use crate::facts::{Ask, Facts};
use crate::render::{Settings, render};

struct Tree(BTreeMap<String, Vec<u8>>);

impl Files for Tree {
    fn list(&self, directory: &str) -> Result<Vec<Entry>, ReadError> {
        let below =
            |path: &String| Some(path.strip_prefix(directory)?.strip_prefix('/')?.to_owned());
        let mut entries: Vec<Entry> = Vec::new();
        for path in self.0.keys().filter_map(below) {
            let (name, kind) = match path.split_once('/') {
                Some((name, _)) => (name.to_owned(), EntryKind::Directory),
                None => (path, EntryKind::File),
            };
            if entries.last().is_none_or(|last| last.name != name) {
                entries.push(Entry { name, kind });
            }
        }
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match path {
            "app/link-out" => Err(ReadError::Outside),
            path => self.0.get(path).cloned().ok_or(ReadError::NotFound),
        }
    }
}

struct Told;

impl Ask for Told {
    fn revision(&self) -> String {
        "0123".into()
    }

    fn api_versions(&self) -> Vec<String> {
        vec!["v1/Pod".into(), "apps/v1/Deployment".into()]
    }
}

fn render_files(files: &[(&str, &str)], parameters: Value) -> Result<Rendering, Vec<Diagnostic>> {
    let file = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    let facts = Facts {
        directory: "app".into(),
        application: "web".into(),
        namespace: Some("prod".into()),
        kube_version: "1.35.4".into(),
    };
    let settings: Settings = serde_json::from_value(parameters).expect("parameters");
    render(
        &Tree(files.iter().map(file).collect()),
        &facts,
        &Told,
        &settings,
    )
}

/// Each document's `data`, with its origin.
fn data(files: &[(&str, &str)], parameters: Value) -> Vec<(String, Value)> {
    let rendering = render_files(files, parameters).expect("rendered");
    let told = rendering.documents.into_iter().map(|document| {
        let (Body::Json(text) | Body::Yaml(text)) = document.body;
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        let origin = document.origin.expect("an origin");
        (
            format!("{}:{}", origin.path, origin.line),
            value["data"].take(),
        )
    });
    told.collect()
}

/// The `data` of one template beside other files.
fn one(template: &str, others: &[(&str, &str)], parameters: Value) -> Value {
    let text = format!("apiVersion: v1\nkind: A\ndata:\n  {template}\n");
    let files = [&[("app/a.yaml", text.as_str())], others].concat();
    data(&files, parameters)[0].1.clone()
}

/// `code path:line:column message` of each problem.
fn problems(files: &[(&str, &str)], parameters: Value) -> Vec<String> {
    let problems = render_files(files, parameters).expect_err("problems");
    let told = problems.into_iter().map(|problem| {
        let place = problem
            .span
            .map_or_else(String::new, |span| match span.start {
                Some(at) => format!("{}:{}:{}", span.path, at.line, at.column),
                None => span.path,
            });
        format!("{} {place} {}", problem.code, problem.message)
    });
    told.collect()
}

#[test]
fn values_merge_in_layers_and_null_removes() {
    let files: &[(&str, &str)] = &[
        (
            "app/values.yaml",
            "a: {x: 1, l: [1, 2], z: 3}\nb: b\nkept: null\n",
        ),
        ("app/env/prod.yaml", "a: {l: [3]}\nc: yes\n"),
        ("shared/more.yaml", "c: more\nd: {e: 1, f: null}\n"),
        ("empty.yaml", "# nothing\n"),
    ];
    let template = "all: {{ values }}";
    let cases = [
        (
            json!({}),
            json!({"a": {"x": 1, "l": [1, 2], "z": 3}, "b": "b", "kept": null}),
        ),
        (
            json!({"valuesFiles": ["env/prod.yaml", "../shared/more.yaml", "../empty.yaml"]}),
            json!({"a": {"x": 1, "l": [3], "z": 3}, "b": "b", "c": "more", "d": {"e": 1},
                   "kept": null}),
        ),
        (
            json!({"values": {"a": {"z": null, "w": {"v": 0}}, "b": {"c": 1}, "kept": null}}),
            json!({"a": {"x": 1, "l": [1, 2], "w": {"v": 0}}, "b": {"c": 1}}),
        ),
    ];
    for (parameters, expected) in cases {
        let found = one(template, files, parameters.clone());
        assert_eq!(found, json!({ "all": expected }), "{parameters}");
    }
    let alone = one(template, &[], json!({"values": {"a": 1}}));
    assert_eq!(alone, json!({"all": {"a": 1}}));
    assert_eq!(one(template, &[], json!({})), json!({"all": {}}));
}

#[test]
fn templates_see_what_they_are_rendered_for() {
    let template = "is: [{{ app.name }}, {{ app.namespace }}, {{ app.revision | quote }}, \
                    {{ kube.version | quote }}, {{ 'v1/Pod' in kube.apiVersions }}]";
    let expected = json!({"is": ["web", "prod", "0123", "1.35.4", true]});
    assert_eq!(one(template, &[], json!({})), expected);
}

#[test]
fn values_are_printed_as_yaml_takes_them() {
    let values = json!({"values": {"list": ["a", "é\n", null], "t": true, "f": 1.5, "none": null,
                                   "html": "<&>"}});
    let cases = [
        ("v: {{ values.list }}", json!(["a", "é\n", null])),
        ("v: {{ values.none }}", json!(null)),
        ("v: {{ values.t }}", json!(true)),
        ("v: {{ values.f }}", json!(1.5)),
        ("v: {{ values.html }}", json!("<&>")),
        ("v: {{ range(3) }}", json!([0, 1, 2])),
        (
            "v: {{ values | toyaml | nindent(4) }}",
            values["values"].clone(),
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(
            one(template, &[], values.clone())["v"],
            expected,
            "{template}"
        );
    }
}

#[test]
fn partials_are_included_imported_and_extended_but_not_rendered() {
    let others: &[(&str, &str)] = &[
        ("app/_x.yaml", "x: {{ app.name }}"),
        (
            "app/_parts/m.yaml",
            "{% macro m(n) %}m: {{ n }}{% endmacro %}",
        ),
        // Names are relative to the application's directory, wherever they stand.
        ("shared/s.txt", "s: {{ 1 }}\n  {% include '_x.yaml' %}"),
    ];
    let cases = [
        ("{% include '_x.yaml' %}", json!({"x": "web"})),
        (
            "{% from '_parts/m.yaml' import m %}{{ m(3) }}",
            json!({"m": 3}),
        ),
        (
            "{% include '../shared/s.txt' %}",
            json!({"s": 1, "x": "web"}),
        ),
        (
            "a: {% include '_none.yaml' ignore missing %}1",
            json!({"a": 1}),
        ),
        (
            "{% include ['_none.yaml', './_x.yaml'] %}",
            json!({"x": "web"}),
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(one(template, others, json!({})), expected, "{template}");
    }
    let base = "apiVersion: v1\nkind: A\ndata: {% block b %}{% endblock %}";
    let child = "{% extends '_base.yaml' %}{% block b %}3{% endblock %}";
    let extended = data(
        &[("app/_base.yaml", base), ("app/a.yaml", child)],
        json!({}),
    );
    assert_eq!(extended, [("app/a.yaml:1".to_owned(), json!(3))]);
}

#[test]
fn files_are_chosen_and_told_with_their_lines() {
    let manifest = |n: u32| format!("apiVersion: v1\nkind: A\ndata: {n}\n");
    let (one, two, three) = (manifest(1), manifest(2), manifest(3));
    let several = format!("---\n{one}---\n---\n{two}");
    let files: &[(&str, &str)] = &[
        ("app/a.yaml.j2", several.as_str()),
        (
            "app/b.json",
            r#"{"apiVersion": "v1", "kind": "A", "data": {{ app.name | tojson }}}"#,
        ),
        ("app/notes.txt", "{{ not a template }}"),
        ("app/other.yaml", "cluster: prod\n"),
        (
            "app/skipped.yaml",
            "# +argocd:skip-file-rendering\n{{ nothing }}",
        ),
        ("app/empty.yaml", "{% if false %}\nkind: A\n{% endif %}\n"),
        ("app/sub/c.yaml", three.as_str()),
        ("app/values.yaml", "kind: of values\n"),
    ];
    let mut expected = vec![
        ("app/a.yaml.j2:2".to_owned(), json!(1)),
        ("app/a.yaml.j2:7".to_owned(), json!(2)),
        ("app/b.json:1".to_owned(), json!("web")),
    ];
    assert_eq!(data(files, json!({})), expected);
    expected.push(("app/sub/c.yaml:1".to_owned(), json!(3)));
    assert_eq!(data(files, json!({"recurse": true})), expected);
    assert_eq!(
        data(files, json!({"recurse": true, "exclude": "*.j*"})),
        expected[3..]
    );
    let remarks = render_files(files, json!({})).unwrap().warnings;
    assert_eq!(remarks.len(), 1);
    assert_eq!(remarks[0].code, "not-a-manifest");
    assert_eq!(remarks[0].span.as_ref().unwrap().path, "app/other.yaml");
}

#[test]
fn every_file_with_a_problem_is_told_with_its_place() {
    let files: &[(&str, &str)] = &[
        ("app/_labels.yaml", "\nx: {{ values.missing }}"),
        ("app/a.yaml", "a: 1\nb: {{ values.replicas }}\n"),
        ("app/b.yaml", "{% for %}"),
        ("app/c.yaml", "a: 1\n{% include '_labels.yaml' %}"),
        ("app/d.yaml", "{% include '_labels.yaml' %}"),
        ("app/e.yaml", "a: 1\n{% include '_none.yaml' %}"),
        ("app/f.yaml", "\n\n  {{ fail('set values.x') }}"),
        ("app/g.yaml", "{% if values.on %}{% endif %}"),
        ("app/h.yaml", "{{ 1 | toYaml }}"),
        ("app/i.yaml", "apiVersion: v1\nkind: [\n"),
        ("app/j.yaml", "{% include 'link-out' %}"),
        ("app/k.yaml", "{% include '../../x' %}"),
        ("app/l.yaml", "{% include 'l.yaml' %}"),
        ("app/m.yaml", "{{ {'a': values.deep} | toyaml }}"),
    ];
    let expected = [
        "template-undefined app/a.yaml:2:7 `values.replicas` is undefined",
        "template-syntax app/b.yaml:1:8 ",
        "template-undefined app/_labels.yaml:2:7 `values.missing` is undefined, included from app/c.yaml:2",
        "template-not-found app/e.yaml:2:4 ",
        "template-error app/f.yaml:3:6 set values.x",
        "template-undefined app/g.yaml:1:7 ",
        "template-error app/h.yaml:1:8 ",
        "yaml app/i.yaml:3:1 ",
        "template-error app/j.yaml:1:4 app/link-out: it leads outside the source tree",
        "template-error app/k.yaml:1:4 ../x leads outside the source tree",
        "template-error app/l.yaml:1:4 recursion limit exceeded",
        "template-undefined app/m.yaml:1:25 ",
    ];
    let found = problems(files, json!({}));
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn problems_of_values_are_told_together() {
    let files: &[(&str, &str)] = &[
        ("app/values.yaml", "a: 1\n---\nb: 1\n"),
        ("app/list.yaml", "- a\n"),
        ("app/bad.yaml", "a: 1\nb: [\n"),
    ];
    let names = [
        "list.yaml",
        "bad.yaml",
        "none.yaml",
        "../../out.yaml",
        "link-out",
    ];
    let found = problems(files, json!({ "valuesFiles": names }));
    let expected = [
        "values app/values.yaml:3:1 a values file is one document",
        "values app/list.yaml:1:1 values are a mapping",
        "yaml app/bad.yaml:3:1 ",
        "unreadable app/none.yaml there is no such file",
        "unreadable ../../out.yaml it leads outside",
        "unreadable app/link-out it leads outside",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn the_written_schema_is_the_derived_one() {
    let derived = gantry_sdk::renderer::schema::<Settings>();
    let derived: Value = serde_json::from_str(&derived).expect("JSON");
    let written: Value = serde_json::from_str(crate::SCHEMA).expect("JSON");
    assert_eq!(written, derived, "write this: {derived:#}");
}
