//! `host/sync/COVERAGE.md` names the tests that show what of Argo CD's sync works: they exist, and
//! whatever is said to work has one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const TABLE: &str = "host/sync/COVERAGE.md";
/// Where options are read: each stands there as the first text of its entry.
const OPTIONS: &str = "host/model/src/application/sync_options.rs";
const WORKS: [&str; 3] = ["same", "more", "other"];
const WORKS_NOT: &str = "not yet";

fn collect(directory: &Path, functions: &mut BTreeSet<String>) {
    let entries = std::fs::read_dir(directory).expect("a readable folder");
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    for path in paths {
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, functions);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).expect("UTF-8 source");
            let names = text.split("fn ").skip(1);
            let names = names.filter_map(|rest| rest.split_once('(').map(|(name, _)| name));
            functions.extend(names.map(str::to_owned));
        }
    }
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).expect("the workspace")
}

#[test]
fn every_option_that_is_read_is_in_the_table() {
    let table = std::fs::read_to_string(root().join(TABLE)).expect(TABLE);
    let source = std::fs::read_to_string(root().join(OPTIONS)).expect(OPTIONS);
    let starts = ["flag(\"", "name: \""];
    let names: BTreeSet<&str> = starts
        .iter()
        .flat_map(|start| source.split(start).skip(1))
        .filter_map(|rest| rest.split_once('"').map(|(name, _)| name))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let missing: Vec<&&str> = names
        .iter()
        .filter(|name| !table.contains(&format!("\n| `{name}=")))
        .collect();
    assert!(missing.is_empty(), "{TABLE} lacks {missing:?}");
}

#[test]
fn what_works_has_a_test() {
    let root = root();
    let mut functions = BTreeSet::new();
    for folder in ["host", "plugins", "tests"] {
        collect(&root.join(folder), &mut functions);
    }
    let table = std::fs::read_to_string(root.join(TABLE)).expect(TABLE);
    let mut wrong = Vec::new();
    let mut tests = 0;
    for (number, line) in (1..).zip(table.lines()) {
        let cells: Vec<&str> = line.split(" | ").collect();
        let &[what, here, named] = cells.as_slice() else {
            continue;
        };
        if matches!(here, "here" | "---") {
            continue;
        }
        let place = format!("{TABLE}:{number}: {}", what.trim_start_matches("| "));
        let works = WORKS.iter().any(|word| here.starts_with(word));
        if !works && !here.starts_with(WORKS_NOT) {
            wrong.push(format!("{place}: is it {WORKS:?} or {WORKS_NOT:?}?"));
        }
        if works && quoted(named).next().is_none() {
            wrong.push(format!("{place}: no test"));
        }
        for name in quoted(named) {
            tests += 1;
            if !functions.contains(name) {
                wrong.push(format!("{place}: there is no test {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tests > 100, "only {tests} tests were found in the table");
}
