//! Attempts to read what lies outside of the source tree.

use serde_json::{Map, Value, json};

use crate::bindings::exports::gantry::plugin::renderer::Tree;
use crate::bindings::gantry::plugin::source::ReadError;

const PATHS: &[&str] = &[
    "..",
    "../..",
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "//etc/passwd",
    "./../secret",
    "a/link-out",
    "C:\\secret",
    "..\\secret",
    "a\0b",
    // A tree knows its names' case.
    "C.YAML",
    "A/b.yaml",
];

/// What each way of looking at each path gave. Reading nothing is the only good answer.
pub(crate) fn attempts(tree: &Tree) -> Value {
    let mut told = Map::new();
    for path in PATHS {
        let got = [
            tree.read(path).is_ok(),
            tree.list(path).is_ok(),
            tree.read_matching(path, &["**".to_owned()])
                .is_ok_and(|files| !files.is_empty()),
            tree.read_matching("", &[(*path).to_owned()])
                .is_ok_and(|files| !files.is_empty()),
        ];
        told.insert((*path).to_owned(), json!(got));
    }
    Value::Object(told)
}

/// How a path of that many names answers.
pub(crate) fn long_path(tree: &Tree, names: u64) -> Value {
    let path = "a/".repeat(usize::try_from(names).unwrap_or(usize::MAX));
    let all = ["**".to_owned()];
    let told = |answer: Result<(), ReadError>| match answer {
        Err(ReadError::Failed(reason)) => json!(reason),
        answer => json!(format!("{answer:?}")),
    };
    json!([
        told(tree.kind(&path).map(|_| ())),
        told(tree.list(&path).map(|_| ())),
        told(tree.read(&path).map(|_| ())),
        told(tree.read_matching(&path, &all).map(|_| ())),
    ])
}

/// How many files match, or why that cannot be told.
pub(crate) fn matching(tree: &Tree, globs: &[String]) -> Value {
    match tree.read_matching("", globs) {
        Ok(files) => json!(files.len()),
        Err(ReadError::Failed(reason)) => json!(reason),
        Err(error) => json!(format!("{error:?}")),
    }
}
