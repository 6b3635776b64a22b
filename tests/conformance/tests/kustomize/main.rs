//! kustomize's own tests, case by case: the same objects in the same order, or an error.

#![allow(clippy::expect_used, reason = "a test stops at a broken suite")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

mod disk;

use disk::Disk;
use gantry_conformance::{Case, suite};
use gantry_kustomize::{Edits, LoadRestrictor, Nothing, Options, Reorder, build};
use gantry_yaml::{Dialect, parse_as};
use serde_json::Value;

/// What differs in every version of kustomize.
const VERSION_LABEL: &str = "/metadata/labels/app.kubernetes.io~1managed-by";

#[test]
fn objects_are_those_that_kustomize_builds() {
    let Some(suite) = suite("kustomize") else {
        eprintln!("skipped: the kustomize suite is not on this machine");
        return;
    };
    report(&suite.cases, check);
}

#[test]
fn the_example_is_rendered_as_by_the_command_line() {
    let Some(suite) = suite("example-apps") else {
        eprintln!("skipped: the example-apps suite is not on this machine");
        return;
    };
    let is_kustomize = |case: &&Case| case.row["type"] == "kustomize" && case.row["expect"] == "ok";
    let cases: Vec<Case> = suite.cases.iter().filter(is_kustomize).cloned().collect();
    report(&cases, |case| {
        let expected = documents(case, "expected.yaml");
        same("sequence", &expected, &run(case, Reorder::Legacy)?)
    });
}

fn report(cases: &[Case], check: impl Fn(&Case) -> Result<(), String>) {
    assert!(!cases.is_empty(), "the suite has no cases");
    let failed = |case: &Case| check(case).err().map(|why| format!("{}: {why}", case.name));
    let wrong: Vec<String> = cases.iter().filter_map(failed).collect();
    let (bad, all) = (wrong.len(), cases.len());
    assert!(
        wrong.is_empty(),
        "{bad} of {all} wrong:\n{}",
        wrong.join("\n")
    );
}

fn check(case: &Case) -> Result<(), String> {
    let reorder = match &case.row["options"]["reorder"] {
        order if order == "none" => Reorder::None,
        _ => Reorder::Legacy,
    };
    let built = run(case, reorder);
    if case.row["expect"] == "error" {
        return match built {
            Ok(objects) => Err(format!("no error, but {} objects", objects.len())),
            Err(_) => Ok(()),
        };
    }
    let (expected, found) = (documents(case, "expected.yaml"), built?);
    same("set", &sorted(&expected), &sorted(&found))?;
    same("sequence", &expected, &found)?;
    if case.row["has_cli_order"] == true {
        let found = run(case, Reorder::Legacy)?;
        same(
            "command line's sequence",
            &documents(case, "expected-cli.yaml"),
            &found,
        )?;
    }
    Ok(())
}

fn run(case: &Case, reorder: Reorder) -> Result<Vec<Value>, String> {
    let options = &case.row["options"];
    let options = Options {
        reorder,
        load_restrictor: match &options["loadRestrictor"] {
            restrictor if restrictor == "none" => LoadRestrictor::None,
            _ => LoadRestrictor::RootOnly,
        },
        add_managed_by_label: options["addManagedByLabel"] == true,
        ..Options::default()
    };
    let target = case.row["target"].as_str().expect("the row has a target");
    let directory = if target == "." { "" } else { target };
    let files = Disk::new(case.dir.join("input"));
    let built = build(&files, directory, &Nothing, &options, &Edits::default());
    let built = built.map_err(|problems| {
        let messages = problems.0.iter().map(|problem| problem.message.clone());
        messages.collect::<Vec<_>>().join("; ")
    })?;
    let objects = built.objects.into_iter().map(|object| object.value);
    Ok(objects.map(|object| comparable(case, object)).collect())
}

fn documents(case: &Case, file: &str) -> Vec<Value> {
    let text = case.text(file).expect("the suite has the answer");
    let documents = parse_as(&text, Dialect::Kustomize).expect("the answer is YAML");
    let values = documents.into_iter().map(|document| document.value);
    values.map(|value| comparable(case, value)).collect()
}

/// A document without what may differ.
fn comparable(case: &Case, mut document: Value) -> Value {
    let tags = case.row["tags"].as_array().into_iter().flatten();
    if tags.into_iter().any(|tag| tag == "provenance-version")
        && let Some(label) = document.pointer_mut(VERSION_LABEL)
    {
        *label = Value::Null;
    }
    document
}

fn sorted(documents: &[Value]) -> Vec<Value> {
    let mut documents = documents.to_vec();
    documents.sort_by_cached_key(|document| canonical(document).to_string());
    documents
}

/// The same value whose text does not depend on the order of keys.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries.into_iter();
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), canonical(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        scalar => scalar.clone(),
    }
}

fn same(what: &str, expected: &[Value], found: &[Value]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let first = expected
        .iter()
        .zip(found)
        .find(|(expected, found)| expected != found);
    let difference = match first {
        Some((expected, found)) => format!("expected {expected}\n  found {found}"),
        None => format!(
            "expected {} documents, found {}",
            expected.len(),
            found.len()
        ),
    };
    Err(format!("{what}: {difference}"))
}
