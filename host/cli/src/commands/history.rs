//! `gantry history`: what was applied.

use gantry_engine::{Engine, Entry};
use gantry_model::Diagnostic;
use serde::Serialize;

use super::each;
use crate::Outcome;
use crate::args::{Format, Global, HistoryArgs};
use crate::failure::Failure;
use crate::inputs::{Inputs, Named};
use crate::output::Output;
use crate::setup;
use crate::table::Table;

/// Characters of a digest that a table shows.
const DIGEST_CHARS: usize = 12;

/// One application of the result, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    name: String,
    /// The newest first.
    history: Vec<Entry>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Diagnostic>,
}

pub(crate) fn run(
    global: &Global,
    args: &HistoryArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let inputs = Inputs::read(&args.inputs, output)?;
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let told: Vec<Told> = setup::runtime()?
        .block_on(async { each(&inputs.applications, |named| one(&engine, named)).await });
    for application in &told {
        for error in &application.errors {
            output.of_application(&application.name, error);
        }
    }
    match args.output {
        Format::Json => output.json(&told)?,
        Format::Yaml => output.yaml(&told)?,
        Format::Table => output.print(&table(&told).to_string())?,
    }
    let failed = told
        .iter()
        .any(|application| !application.errors.is_empty());
    Ok(if failed || inputs.had_problems {
        Outcome::NothingDone
    } else {
        Outcome::Good
    })
}

async fn one(engine: &Engine, named: &Named) -> Told {
    let (history, errors) = match engine.history(&named.application).await {
        Ok(entries) => (entries, Vec::new()),
        Err(error) => (Vec::new(), named.placed(error.diagnostics())),
    };
    Told {
        name: named.application.name.clone(),
        history,
        errors,
    }
}

fn table(told: &[Told]) -> Table {
    let mut table = Table::new(&[
        "APPLICATION",
        "ID",
        "DATE",
        "REVISION",
        "BY",
        "PLUGINS",
        "OBJECTS",
        "OUTCOME",
    ]);
    for application in told {
        for entry in &application.history {
            table.row([
                application.name.clone(),
                entry.id.to_string(),
                entry.deployed_at.clone(),
                revisions(entry),
                entry.initiated_by.username.clone(),
                plugins(entry),
                entry.objects.to_string(),
                entry.outcome.as_str().to_owned(),
            ]);
        }
    }
    table
}

/// A commit in its short form; a chart's version whole.
fn revisions(entry: &Entry) -> String {
    let short = |revision: &String| {
        let is_commit = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
        revision
            .chars()
            .take(if is_commit { 7 } else { usize::MAX })
            .collect::<String>()
    };
    entry
        .revisions
        .iter()
        .map(short)
        .collect::<Vec<_>>()
        .join(",")
}

fn plugins(entry: &Entry) -> String {
    let told = entry.plugins.iter().flatten().map(|plugin| {
        let digest = plugin.digest.rsplit(':').next().unwrap_or_default();
        format!(
            "{}@{}",
            plugin.name,
            digest.chars().take(DIGEST_CHARS).collect::<String>()
        )
    });
    told.collect::<Vec<_>>().join(",")
}
