//! Attempts to read what lies outside of the source tree.

use serde_json::{Map, Value, json};

use crate::bindings::exports::gantry::plugin::renderer::Tree;

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
