//! Argo CD's own tests of its resource actions, from its module.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at a broken suite"
)]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gantry_model::Object;
use gantry_sync::{Edit, Told, act, resource_actions};
use serde_json::{Map, Value, json};

/// The module that has them.
const MODULE: &str = "github.com/argoproj/argo-cd/v3@v3.2.11";
/// The time in which all of them happen.
const NOW: &str = "0001-01-01T00:00:00Z";
/// What its reconciliations are asked for by.
const BY: &str = "By Argo CD at: ";
/// Groups whose actions are not built in.
const OTHERS: [&str; 2] = ["numaflow.numaproj.io", "numaplane.numaproj.io"];
/// Cases that are otherwise on purpose: rollouts of a controller before 0.10 are not promoted by counting
/// their steps.
const OTHERWISE: [&str; 3] = [
    "Rollout promote-full testdata/has_pause_condition_rollout.yaml",
    "Rollout promote-full testdata/no_pause_condition_rollout.yaml",
    "Rollout promote-full testdata/v0.9_aborted_rollout.yaml",
];
const CASES_MIN: usize = 120;
/// Fields that its own tests do not compare.
const UNSEEN: [&str; 8] = [
    "creationTimestamp",
    "finalizers",
    "generation",
    "resourceVersion",
    "selfLink",
    "uid",
    "workflows.argoproj.io/cron-workflow",
    "workflows.argoproj.io/scheduled-time",
];

/// The folders of all kinds with such tests, when they can be had.
fn folders() -> Option<Vec<PathBuf>> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", MODULE])
        .current_dir(std::env::temp_dir())
        .output()
        .ok()?;
    let told: Value = serde_json::from_slice(&output.stdout).ok()?;
    let scripts = Path::new(told["Dir"].as_str()?).join("resource_customizations");
    let mut folders = Vec::new();
    for group in fs::read_dir(scripts).ok()?.flatten() {
        if OTHERS.iter().any(|other| group.file_name() == *other) || !group.path().is_dir() {
            continue;
        }
        let kinds = fs::read_dir(group.path()).ok()?.flatten();
        let actions = kinds.map(|kind| kind.path().join("actions"));
        folders.extend(actions.filter(|folder| folder.join("action_test.yaml").is_file()));
    }
    folders.sort();
    Some(folders)
}

fn yaml(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("Argo CD's file");
    let documents = gantry_yaml::parse(&text).expect("YAML");
    documents.first().expect("a document").value.clone()
}

#[test]
fn actions_do_what_argo_cd_does() {
    let Some(folders) = folders() else {
        eprintln!("skipped: {MODULE} cannot be downloaded");
        return;
    };
    let (mut cases, mut wrong) = (0, Vec::new());
    for folder in &folders {
        let tests = yaml(&folder.join("action_test.yaml"));
        let list = |key: &str| tests[key].as_array().cloned().unwrap_or_default();
        for (case, check) in list("discoveryTests")
            .into_iter()
            .map(|case| (case, discovered as fn(&Path, &Value) -> Option<String>))
            .chain(list("actionTests").into_iter().map(|case| (case, ran as _)))
        {
            cases += 1;
            wrong.extend(check(folder, &case));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cases}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cases >= CASES_MIN, "{cases}");
}

fn input(folder: &Path, case: &Value) -> Object {
    let file = case["inputPath"].as_str().expect("an input");
    Object::new(yaml(&folder.join(file)), None).expect("an object")
}

/// A difference between the actions that an object has and those that it should have.
fn discovered(folder: &Path, case: &Value) -> Option<String> {
    let object = input(folder, case);
    let expected = case["result"].as_array().cloned().unwrap_or_default();
    let expected: BTreeMap<String, bool> = expected
        .iter()
        .map(|action| {
            let name = action["name"].as_str().unwrap_or_default().to_owned();
            (name, action["disabled"] == true)
        })
        .collect();
    let found: BTreeMap<String, bool> = resource_actions(&object)
        .into_iter()
        .map(|action| (action.name.to_owned(), action.disabled))
        .collect();
    let of = |name: &String| {
        format!(
            "{} {name} {}",
            object.kind(),
            case["inputPath"].as_str().unwrap_or_default()
        )
    };
    let names = expected.keys().chain(found.keys());
    let wrong = names
        .filter(|name| expected.get(*name) != found.get(*name))
        .filter(|name| !OTHERWISE.contains(&of(name).as_str()));
    let wrong: Vec<String> = wrong.map(of).collect();
    (!wrong.is_empty()).then(|| format!("{}: found {found:?}", wrong.join(", ")))
}

/// A difference between what an action does and what it should do.
fn ran(folder: &Path, case: &Value) -> Option<String> {
    let object = input(folder, case);
    let action = case["action"].as_str().expect("an action");
    let title = format!(
        "{} {action} {}",
        object.kind(),
        case["inputPath"].as_str().unwrap_or_default()
    );
    if OTHERWISE.contains(&title.as_str()) {
        return None;
    }
    let parameters: BTreeMap<String, String> = case["parameters"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let told = Told {
        parameters: &parameters,
        now: NOW,
    };
    let acted = act(&object, action, told);
    if let Some(message) = case["expectedErrorMessage"].as_str() {
        return match acted {
            Err(error) if error.to_string().contains(message) => None,
            other => Some(format!("{title}: {other:?} is not {message}")),
        };
    }
    let edits = match acted {
        Ok(edits) => edits,
        // Where it means nothing, Argo CD runs it and changes nothing.
        Err(gantry_sync::ActionError::Disabled { .. }) => Vec::new(),
        Err(error) => return Some(format!("{title}: {error}")),
    };
    let expected = yaml(&folder.join(case["expectedOutputPath"].as_str().expect("an output")));
    let found = match edits.first() {
        Some(Edit::Create(made)) => {
            json!([{"k8sOperation": "create", "unstructuredObj": made}])
        }
        _ => {
            let mut value = object.value().clone();
            for edit in &edits {
                if let Edit::Patch(patch) | Edit::PatchStatus(patch) = edit {
                    merge(&mut value, patch);
                }
            }
            value
        }
    };
    let (found, expected) = (bare(found), bare(expected));
    (found != expected).then(|| format!("{title}:\n  {found}\n  {expected}"))
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let target = target.as_object_mut().expect("a mapping");
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Without what hangs on the time, on who asks, and on how empty things are written.
fn bare(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            // No action changes it, and its tests wrote down what the controller did next.
            let deployed = fields.get("kind").is_some_and(|kind| kind == "Deployment");
            let fields = fields.into_iter().filter_map(|(key, value)| {
                if UNSEEN.contains(&key.as_str()) || deployed && key == "status" {
                    return None;
                }
                let value = match (key.as_str(), bare(value)) {
                    ("name", Value::String(name)) => {
                        name.trim_end_matches(|c: char| c.is_ascii_digit()).into()
                    }
                    (_, value) => value,
                };
                let is_empty = value.is_null()
                    || value.as_object().is_some_and(Map::is_empty)
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value == false;
                (!is_empty).then_some((key, value))
            });
            Value::Object(fields.collect())
        }
        Value::Array(members) => members.into_iter().map(bare).collect(),
        Value::String(text) => {
            let text = text.strip_prefix(BY).unwrap_or(&text);
            let text = text.strip_suffix(" through Argo CD").unwrap_or(text);
            if text.starts_with("0001-01-01T") {
                "now".into()
            } else {
                text.into()
            }
        }
        other => other,
    }
}
