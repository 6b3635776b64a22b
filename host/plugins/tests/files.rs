//! The source tree as plain files: what a guest's standard library makes of `/src` and `/data`.

use std::sync::Arc;

use gantry_model::SourceTree;
use gantry_plugins::Limits;
use serde_json::{Value, json};

use crate::hostile;
use crate::memory_tree::MemoryTree;

/// What the guest tells of a tree.
fn told(tree: &Arc<dyn SourceTree>, parameters: &Value) -> Value {
    // Time enough for a busy machine.
    let host = hostile::host_with(Limits {
        render_deadline_ms: 20_000,
        ..Limits::default()
    });
    let rendering = hostile::render_of(&host, Arc::clone(tree), parameters.clone());
    hostile::told(&rendering.unwrap_or_else(|error| panic!("{parameters}: {error}")))
}

fn tree() -> Arc<dyn SourceTree> {
    MemoryTree::with_links(
        "tree",
        [
            ("apps/web/a.yaml", "a: 1\n"),
            ("apps/web/A.yaml", "A: 2\n"),
            ("base/b.yaml", "b: 3\n"),
            ("digits", "0123456789"),
            ("empty", ""),
        ],
        [
            ("apps/web/base", "../../base"),
            ("apps/web/b-link.yaml", "base/b.yaml"),
            ("apps/web/gone", "nowhere"),
            ("apps/web/out", "../../../etc/passwd"),
            ("apps/web/absolute", "/etc/passwd"),
            ("apps/web/round", "round"),
            ("apps/web/up", ".."),
        ],
    )
}

#[test]
fn a_walk_finds_what_the_tree_holds_and_follows_no_directory_twice() {
    let found = told(&tree(), &json!({"mode": "files-walk", "paths": ["/src"]}));
    let expected = json!({
        "/src/apps/web/A.yaml": "A: 2\n",
        "/src/apps/web/a.yaml": "a: 1\n",
        "/src/apps/web/absolute": "a link",
        "/src/apps/web/b-link.yaml": "b: 3\n",
        "/src/apps/web/base": "a link",
        "/src/apps/web/gone": "a link",
        "/src/apps/web/out": "a link",
        "/src/apps/web/round": "a link",
        "/src/apps/web/up": "a link",
        "/src/base/b.yaml": "b: 3\n",
        "/src/digits": "0123456789",
        "/src/empty": "",
    });
    assert_eq!(found, expected);
}

/// Path, and what `stat`, `lstat`, `read`, `list` and `read_link` of it give.
type Look = (&'static str, [Value; 5]);

const MISSING: &str = "entity not found";
const REFUSED: &str = "permission denied";
const LOOP: &str = "filesystem loop or indirection limit (e.g. symlink loop)";
const IS_DIRECTORY: &str = "is a directory";
const NO_DIRECTORY: &str = "not a directory";
const NO_LINK: &str = "invalid input parameter";

fn no(kind: &str) -> Value {
    json!([kind])
}

fn all(kind: &str) -> [Value; 5] {
    std::array::from_fn(|_| no(kind))
}

fn file(text: &str) -> [Value; 5] {
    let stat = json!(format!("file of {}", text.len()));
    [
        stat.clone(),
        stat,
        json!(text),
        no(NO_DIRECTORY),
        no(NO_LINK),
    ]
}

fn directory(names: &[&str]) -> [Value; 5] {
    let stat = json!("directory of 0");
    [
        stat.clone(),
        stat,
        no(IS_DIRECTORY),
        json!(names),
        no(NO_LINK),
    ]
}

/// What lies behind a link answers, but for the looks at the link itself.
fn link(target: &str, [stat, _, read, list, _]: [Value; 5]) -> [Value; 5] {
    let lstat = json!(format!("link of {}", target.len()));
    [stat, lstat, read, list, json!(target)]
}

fn looks() -> Vec<Look> {
    let root = || {
        directory(&[
            "directory apps",
            "directory base",
            "file digits",
            "file empty",
        ])
    };
    let base = || directory(&["file b.yaml"]);
    vec![
        ("/src", root()),
        ("/src/", root()),
        ("/src/apps/../base/../.", root()),
        ("/src/base", base()),
        ("/src/digits", file("0123456789")),
        ("/src/empty", file("")),
        // Names differ by case.
        ("/src/apps/web/a.yaml", file("a: 1\n")),
        ("/src/apps/web/A.yaml", file("A: 2\n")),
        ("/src/Digits", all(MISSING)),
        ("/src/gone", all(MISSING)),
        ("/src/digits/x", all(NO_DIRECTORY)),
        ("/src/digits/", all(NO_DIRECTORY)),
        (
            "/src/apps/web/b-link.yaml",
            link("base/b.yaml", file("b: 3\n")),
        ),
        ("/src/apps/web/base", link("../../base", base())),
        // `..` after a link is above where the link leads.
        ("/src/apps/web/base/../digits", file("0123456789")),
        ("/src/apps/web/gone", link("nowhere", all(MISSING))),
        (
            "/src/apps/web/out",
            link("../../../etc/passwd", all(REFUSED)),
        ),
        ("/src/apps/web/absolute", link("/etc/passwd", all(REFUSED))),
        ("/src/apps/web/round", link("round", all(LOOP))),
        // Above the tree, and beside it, there is nothing.
        ("/src/..", all(REFUSED)),
        ("/src/../etc/passwd", all(REFUSED)),
        ("/src/apps/web/up/../../secret", all(REFUSED)),
        ("/", all(MISSING)),
        ("/etc/passwd", all(MISSING)),
        ("/data", all(MISSING)),
        ("etc/passwd", all(MISSING)),
    ]
}

#[test]
fn every_path_answers_as_a_read_only_file_system_would() {
    let looks = looks();
    let paths: Vec<&str> = looks.iter().map(|(path, _)| *path).collect();
    let found = told(&tree(), &json!({"mode": "files-look", "paths": paths}));
    let mut wrong = Vec::new();
    for (path, expected) in looks {
        for (ask, expected) in ["stat", "lstat", "read", "list", "target"]
            .iter()
            .zip(expected)
        {
            let answer = &found[path][ask];
            if *answer != expected {
                wrong.push(format!("{ask} {path}: {answer}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_can_be_changed() {
    let paths = json!(["/src/base/b.yaml", "/src/base"]);
    let attempts = told(&tree(), &json!({"mode": "files-change", "paths": paths}));
    let attempts = attempts.as_object().expect("a mapping");
    assert_eq!(attempts.len(), 13);
    for (attempt, answer) in attempts {
        assert_eq!(
            *answer,
            json!(["read-only filesystem or storage medium"]),
            "{attempt}"
        );
    }
}

#[test]
fn parts_are_read_where_they_are() {
    let parts = told(
        &tree(),
        &json!({"mode": "files-seek", "paths": ["/src/digits"]}),
    );
    assert_eq!(
        parts,
        json!([["3456", 7], ["5", 6], ["9", 10], ["01", 2], ["", 99]])
    );
}
