//! Finds the behaviour suites that the conformance tests run over; compares nothing itself.
//!
//! The suites lie outside the repository: where `GANTRY_SUITES` says, else in `shared/suites`
//! beside the repository. Where a suite is absent, its test says so and passes. A suite that is
//! there but cannot be read is a broken set-up, and stops the test.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde_json::{Value, json};

/// One suite: a folder with `index.jsonl` and a folder for each case.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its folder.
    pub root: PathBuf,
    /// Its cases, in the order of the index.
    pub cases: Vec<Case>,
}

/// One case: a row of the index and the folder that it names.
#[derive(Clone, Debug)]
pub struct Case {
    /// The row's `name`, unique in the suite.
    pub name: String,
    /// The folder with the case's files.
    pub dir: PathBuf,
    /// The whole row; its fields differ between the suites.
    pub row: Value,
}

/// The suite of that name, or nothing when it is not on this machine.
///
/// # Panics
/// When the suite is there but its index cannot be read.
pub fn suite(name: &str) -> Option<Suite> {
    let root = suites_root().join(name);
    if !root.join("index.jsonl").exists() {
        return None;
    }
    match read_index(&root) {
        Ok(cases) => Some(Suite { root, cases }),
        #[expect(
            clippy::panic,
            reason = "a test harness: a broken suite must stop the test"
        )]
        Err(error) => panic!("{}: {error}", root.join("index.jsonl").display()),
    }
}

/// `GANTRY_SUITES`, else `shared/suites` beside the repository.
fn suites_root() -> PathBuf {
    env::var_os("GANTRY_SUITES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites"),
        PathBuf::from,
    )
}

fn read_index(root: &Path) -> io::Result<Vec<Case>> {
    let text = fs::read_to_string(root.join("index.jsonl"))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| read_row(root, line))
        .collect()
}

fn read_row(root: &Path, line: &str) -> io::Result<Case> {
    let row: Value = serde_json::from_str(line)?;
    let text = |field: &str| {
        row.get(field)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| io::Error::other(format!("a row without `{field}`: {line}")))
    };
    Ok(Case {
        name: text("name")?,
        dir: root.join(text("dir")?),
        row,
    })
}

impl Case {
    /// A text file of the case.
    ///
    /// # Errors
    /// When it is absent or no UTF-8 text; the error names it.
    pub fn text(&self, file: &str) -> io::Result<String> {
        let path = self.dir.join(file);
        fs::read_to_string(&path).map_err(|error| named(&path, &error))
    }

    /// A JSON file of the case.
    ///
    /// # Errors
    /// When it is absent or no JSON; the error names it.
    pub fn json(&self, file: &str) -> io::Result<Value> {
        let path = self.dir.join(file);
        serde_json::from_str(&self.text(file)?).map_err(|error| named(&path, &error))
    }
}

/// The value files and parameters of a row of the suite `helm`, as Argo CD would write its arguments
/// for `helm template`.
pub fn chart_parameters(row: &Value) -> Value {
    let texts = |field: &str| -> Vec<String> {
        let all = row[field].as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let files = texts("values");
    let files = files.iter().map(|file| file.trim_start_matches("$CHART/"));
    let set = texts("set");
    let pairs = set.iter().flat_map(|set| set.split(','));
    let set = pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some(json!({"name": name, "value": value}))
    });
    json!({
        "valueFiles": files.collect::<Vec<_>>(),
        "parameters": set.collect::<Vec<_>>(),
    })
}

fn named(path: &Path, error: &dyn std::error::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}
