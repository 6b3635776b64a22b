//! In step or not, against what gitops-engine and Argo CD say of the same objects.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at a broken suite"
)]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::fs;
use std::path::Path;

use gantry_conformance::{Case, suite};
use gantry_diff::{Ignore, Options, SystemRules, compare};
use gantry_model::application::IgnoreDifference;
use serde_json::Value;

/// Who applies where a case does not say: the manager of the peer's own tests.
const MANAGER: &str = "argocd-controller";
/// The table of cases that are decided otherwise on purpose.
const DIFFERENCES: &str = "../../host/diff/DIFFERENCES.md";

/// What is wrong with a case, if anything is.
fn check(case: &Case) -> Option<String> {
    let input = case.json("case.json").expect("the suite has the case");
    let expected = case
        .json("expected.json")
        .expect("the suite has the answer");
    let ignore = ignore(&input);
    if let Some(object) = input.get("input") {
        return normalised(object, &ignore, &expected);
    }
    let object = |field: &str| input.get(field).filter(|value| !value.is_null());
    let tagged = case.row["tags"]
        .as_array()
        .is_some_and(|tags| tags.iter().any(|tag| tag == "structuredMergeDiff"));
    let asked = input["desired"]["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
        .as_str()
        .is_some_and(|text| {
            text.split(',')
                .any(|option| option.trim() == "ServerSideApply=true")
        });
    let manager = input["manager"].as_str().unwrap_or(MANAGER);
    let last_applied = object("lastApplied").map(|value| match value {
        Value::String(text) => serde_json::from_str(text).expect("an object"),
        other => other.clone(),
    });
    let options = Options {
        last_applied: last_applied.as_ref(),
        manager: (tagged || asked).then_some(manager),
    };
    let (live, desired) = (object("live"), object("desired"));
    let verdict = compare(live, desired, &ignore, options);
    if expected["modified"] != verdict.modified {
        return Some(format!(
            "modified: {}, expected {}\nlive      {}\npredicted {}",
            verdict.modified,
            expected["modified"],
            verdict.normalized_live.unwrap_or_default(),
            verdict.predicted.unwrap_or_default(),
        ));
    }
    if live.is_some() && compare(live, live, &ignore, options).modified {
        return Some("a live object differs from itself".to_owned());
    }
    let predicted = verdict
        .predicted
        .filter(|_| live.is_some() && desired.is_some());
    let again = predicted.map(|p| compare(Some(&p), desired, &ignore, options));
    again
        .filter(|again| again.modified)
        .map(|_| "an apply of what was predicted would change something again".to_owned())
}

fn ignore(input: &Value) -> Ignore {
    let rules = input.get("ignoreDifferences").cloned().unwrap_or_default();
    let rules: Option<Vec<IgnoreDifference>> =
        serde_json::from_value(rules).expect("rules as in the manifest");
    let mut system = SystemRules::none();
    system.ignore_aggregated_roles = input["ignoreAggregatedRoles"] == true;
    Ignore::compile_with(&system, &rules.unwrap_or_default()).0
}

fn normalised(object: &Value, ignore: &Ignore, expected: &Value) -> Option<String> {
    let mut found = object.clone();
    ignore.remove_from(&mut found);
    let expected = &expected["output"];
    (found != *expected).then(|| format!("left {found}\nexpected {expected}"))
}

#[test]
fn differences_are_found_where_argo_cd_finds_them() {
    let Some(suite) = suite("diff") else {
        eprintln!("skipped: the diff suite is not on this machine");
        return;
    };
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join(DIFFERENCES);
    let table = fs::read_to_string(table).unwrap_or_default();
    let wrong = suite.cases.iter().filter_map(|case| {
        let what = check(case)?;
        let is_told = table.contains(&format!("`{}`", case.name));
        (!is_told).then(|| format!("{}: {what}", case.name))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(
        wrong.is_empty(),
        "{} of {} wrong:\n{}",
        wrong.len(),
        suite.cases.len(),
        wrong.join("\n")
    );
}
