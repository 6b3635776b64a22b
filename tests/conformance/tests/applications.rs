//! Argo CD's own manifests: what its CRDs take and refuse, case by case.

#![allow(clippy::expect_used, reason = "a test stops at a broken suite")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::collections::BTreeMap;

use gantry_conformance::{Case, suite};
use gantry_model::read_manifest;
use gantry_model::schema::{self, Problem, Type, Violation};
use serde_json::{Value, json};

/// The suite lists no more problems of one case.
const ERRORS_LISTED_MAX: usize = 5;
/// The suite lists no more unknown fields of one case.
const UNKNOWN_LISTED_MAX: usize = 10;

#[test]
fn manifests_are_taken_and_refused_as_by_argo_cds_crds() {
    let Some(suite) = suite("applications") else {
        eprintln!("skipped: the applications suite is not on this machine");
        return;
    };
    let wrong: Vec<String> = suite
        .cases
        .iter()
        .filter_map(|case| check(case).err().map(|why| format!("{}: {why}", case.name)))
        .collect();
    let (bad, all) = (wrong.len(), suite.cases.len());
    assert!(
        wrong.is_empty(),
        "{bad} of {all} wrong:\n{}",
        wrong.join("\n")
    );
}

fn check(case: &Case) -> Result<(), String> {
    let text = case.text("input.yaml").expect("the suite has the input");
    let parsed = case.json("parsed.json").expect("the suite has the object");
    let expected = case
        .json("expected.json")
        .expect("the suite has the answer");
    let documents = gantry_yaml::parse(&text).map_err(|error| error.to_string())?;
    let value = &documents.first().ok_or("no document")?.value;
    same("object", &parsed, value)?;

    let report = schema::check(value).ok_or("not taken for a kind of Argo CD")?;
    let valid = json!(report.errors.is_empty());
    same("crd_schema_valid", &expected["crd_schema_valid"], &valid)?;
    let listed = strings(&expected["schema_errors"]);
    let listed: Vec<String> = listed.iter().map(|words| essence(words)).collect();
    let found: Vec<String> = report.errors.iter().map(describe).collect();
    contained("schema_errors", &listed, &found, ERRORS_LISTED_MAX)?;
    let listed = strings(&expected["unknown_fields"]);
    let found = report.unknown.iter().map(|u| without_indices(&u.field));
    let found: Vec<String> = found.collect();
    contained("unknown_fields", &listed, &found, UNKNOWN_LISTED_MAX)?;

    if read_manifest(value).is_ok() && !report.errors.is_empty() {
        return Err("read in spite of its errors".to_owned());
    }
    Ok(())
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: expected {expected}, found {found}"))
}

/// Each listed one is found as often as it is listed; below the limit, no other is found.
fn contained(what: &str, listed: &[String], found: &[String], max: usize) -> Result<(), String> {
    let (expected, counts) = (tally(listed), tally(found));
    let is_in = |(name, n): (&String, &usize)| counts.get(name).is_some_and(|found| found >= n);
    let complete = listed.len() == max || expected == counts;
    if expected.iter().all(is_in) && complete {
        return Ok(());
    }
    Err(format!("{what}: expected {listed:?}, found {found:?}"))
}

fn tally(names: &[String]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.clone()).or_default() += 1;
    }
    counts
}

fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().expect("the suite has a list");
    let text = |item: &Value| item.as_str().expect("a list of strings").to_owned();
    items.iter().map(text).collect()
}

/// The suite's words without the value that they quote.
fn essence(words: &str) -> String {
    let rest = |mark: &str| words.find(mark).map(|at| words[at..].trim().to_owned());
    if words.ends_with(" is a required property") {
        return words.to_owned();
    }
    let marks = [
        " is not of type ",
        " is not one of ",
        " is too long",
        " does not match ",
        " is not valid under any",
    ];
    marks
        .iter()
        .find_map(|mark| rest(mark))
        .unwrap_or_else(|| words.to_owned())
}

/// A problem in the suite's words: JSON Schema's.
fn describe(problem: &Problem) -> String {
    let name = problem.field.rsplit('.').next().unwrap_or_default();
    match &problem.violation {
        Violation::Missing(_) => format!("'{name}' is a required property"),
        Violation::WrongType { expected, .. } => match expected {
            Type::Boolean => "is not of type 'boolean'".into(),
            Type::Integer => "is not of type 'integer'".into(),
            Type::ListOf(_) => "is not of type 'array'".into(),
            Type::AnyMapping | Type::MapOf(_) | Type::Object(_) => "is not of type 'object'".into(),
            Type::IntegerOrText => "is not valid under any of the given schemas".into(),
            _ => "is not of type 'string'".into(),
        },
        Violation::NotOneOf(words) => format!("is not one of ['{}']", words.join("', '")),
        Violation::TooLong(_) => "is too long".into(),
        Violation::NotBelowRoot => "does not match '^.{2,}|[^./]$'".into(),
    }
}

/// `spec.sources[0].name` as the suite writes it: `spec.sources[].name`.
fn without_indices(field: &str) -> String {
    let mut path = String::new();
    for (at, part) in field.split('[').enumerate() {
        match part.split_once(']') {
            _ if at == 0 => path.push_str(part),
            Some((index, rest)) if index.chars().all(|c| c.is_ascii_digit()) => {
                path.push_str("[]");
                path.push_str(rest);
            }
            Some((key, rest)) => path.push_str(&format!(".{key}{rest}")),
            None => path.push_str(part),
        }
    }
    path
}
