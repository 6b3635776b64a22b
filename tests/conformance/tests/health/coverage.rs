//! The table of kinds that health-core judges rightly without knowing them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use gantry_conformance::suite;
use serde_json::Value;

use crate::core::verdict;

const TABLE: &str = "../../plugins/health-core/COVERAGE.md";
/// Set: the table is written, not compared.
const BLESS: &str = "GANTRY_BLESS";

/// Cases of one kind.
#[derive(Default)]
struct Score {
    cases: usize,
    right: usize,
}

fn scores() -> Option<BTreeMap<String, Score>> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for case in &suite("health")?.cases {
        let word = |field: &str| case.row[field].as_str().unwrap_or_default().to_owned();
        if word("origin") != "customization" {
            continue;
        }
        let expected: Value = case.json("expected.json").expect("the suite's answer");
        let score = scores
            .entry(format!("{}/{}", word("group"), word("kind")))
            .or_default();
        score.cases += 1;
        if verdict(case)["status"] == expected["health"]["status"] {
            score.right += 1;
        }
    }
    Some(scores)
}

fn table(scores: &BTreeMap<String, Score>) -> String {
    let sum = |of: fn(&Score) -> usize| scores.values().map(of).sum::<usize>();
    let covered = scores.values().filter(|s| s.right == s.cases).count();
    let mut text = format!(
        "# Kinds that need no script\n\n\
         What `health-core` makes, by its general rule alone, of the cases that Argo CD has for its own\n\
         `health.lua` scripts: {} of {} cases have the right status, and {covered} of {} kinds have it in\n\
         every case. The others want their script (`health-lua`). Written by a test\n\
         (`tests/conformance`, with `{BLESS}=1`); do not edit.\n\n\
         | kind | cases | right by the general rule | needs its script |\n| --- | --- | --- | --- |\n",
        sum(|s| s.right),
        sum(|s| s.cases),
        scores.len(),
    );
    for (kind, Score { cases, right }) in scores {
        let needs = if right < cases { "yes" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{kind}` | {cases} | {right} | {needs} |");
    }
    text
}

#[test]
fn the_table_of_kinds_is_up_to_date() {
    let Some(scores) = scores() else {
        eprintln!("skipped: the health suite is not on this machine");
        return;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    let found = table(&scores);
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(&path, &found).expect("a writable table");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == found,
        "{} is out of date: run this test with {BLESS}=1",
        path.display()
    );
}
