//! `gantry diff`: what a sync would change.

use std::collections::BTreeMap;

use gantry_engine::{Engine, Material, SourceReport, options_of};
use gantry_model::Diagnostic;
use gantry_sync::{Differences, Options};
use serde::Serialize;
use serde_json::Value;

use super::each;
use super::render::granted;
use crate::Outcome;
use crate::args::{ChangesFormat, DiffArgs, Global};
use crate::failure::Failure;
use crate::inputs::{Inputs, Named};
use crate::output::Output;
use crate::progress::Progress;
use crate::setup;
use crate::table::Table;

/// Characters of a value that a table shows: an image with its digest is longer, a tag is not.
const VALUE_CHARS_MAX: usize = 48;

/// One application of the result, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compared {
    name: String,
    /// The cluster's name; empty when it was not found.
    cluster: String,
    /// The commit that was compared, of the first source; empty when it was not found.
    revision: String,
    /// All sources, with what was handed to their renderers.
    sources: Vec<SourceReport>,
    #[serde(flatten)]
    differences: Differences,
    /// Why nothing was compared.
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "failures")]
    errors: Vec<Diagnostic>,
}

pub(crate) fn run(global: &Global, args: &DiffArgs, output: &Output) -> Result<Outcome, Failure> {
    let inputs = Inputs::read(&args.inputs, output)?;
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let progress = Progress::new();
    let compared: Vec<Compared> = setup::runtime()?.block_on(async {
        each(&inputs.applications, |named| {
            let options = Options {
                selection: args.selected.selection(),
                ..options_of(&named.application, args.prune)
            };
            one(&engine, named, options, BTreeMap::new(), &progress)
        })
        .await
    });
    let outcome = show(&compared, args.output, output)?;
    Ok(if inputs.had_problems {
        Outcome::NothingDone
    } else {
        outcome
    })
}

/// Prints what was compared; says whether there are differences.
pub(super) fn show(
    compared: &[Compared],
    format: ChangesFormat,
    output: &Output,
) -> Result<Outcome, Failure> {
    match format {
        ChangesFormat::Json => output.json(&compared)?,
        ChangesFormat::Yaml => output.yaml(&compared)?,
        ChangesFormat::Text => output.diff(&text(compared))?,
        ChangesFormat::Fields => output.print(&fields(compared))?,
    }
    for application in compared {
        tell(application, output);
    }
    let failed = |a: &Compared| !a.errors.is_empty() || !a.differences.errors.is_empty();
    Ok(if compared.iter().any(failed) {
        Outcome::NothingDone
    } else if compared.iter().any(|a| !a.differences.objects.is_empty()) {
        Outcome::NotGood
    } else {
        Outcome::Good
    })
}

/// Compares one application, with trees that are given for some of its sources.
pub(super) async fn one(
    engine: &Engine,
    named: &Named,
    options: Options,
    given: BTreeMap<usize, Material>,
    progress: &Progress,
) -> Compared {
    let bar = progress.bar(&named.application.name);
    let mut compared = Compared {
        name: named.application.name.clone(),
        cluster: String::new(),
        revision: String::new(),
        sources: Vec::new(),
        differences: Differences::default(),
        errors: Vec::new(),
    };
    let result = async {
        let prepared = engine.prepare_from(&named.application, given).await?;
        compared.cluster.clone_from(&prepared.cluster);
        compared.sources = prepared.rendered.report();
        if let Some(first) = compared.sources.first() {
            compared.revision.clone_from(&first.revision);
        }
        engine.diff(prepared, options).await
    };
    match result.await {
        Ok(differences) => compared.differences = differences,
        Err(error) => compared.errors = named.placed(error.diagnostics()),
    }
    bar.finish();
    compared
}

/// As `argocd app diff` prints it: a line for each object, then its unified diff.
fn text(compared: &[Compared]) -> String {
    let mut text = String::new();
    for application in compared
        .iter()
        .filter(|a| !a.differences.objects.is_empty())
    {
        if compared.len() > 1 {
            text.push_str(&format!(
                "application {} on {}\n",
                application.name, application.cluster
            ));
        }
        for difference in &application.differences.objects {
            let object = &difference.object;
            text.push_str(&format!(
                "===== {}/{} {}/{} ======\n{}\n",
                object.gvk.group, object.gvk.kind, object.namespace, object.name, difference.diff
            ));
        }
    }
    text
}

/// One row for each field; none where nothing differs.
fn fields(compared: &[Compared]) -> String {
    let head = ["APPLICATION", "OBJECT", "FIELD", "LIVE", "GIT", "OWNER"];
    let mut table = Table::new(&head);
    let mut any = false;
    for application in compared {
        for difference in &application.differences.objects {
            for field in &difference.fields {
                any = true;
                let owner = field.owner.as_ref().map(|owner| owner.manager.clone());
                table.row([
                    application.name.clone(),
                    difference.object.to_string(),
                    if field.path.is_empty() {
                        "."
                    } else {
                        &field.path
                    }
                    .to_owned(),
                    short(field.live.as_ref()),
                    short(field.git.as_ref()),
                    owner.unwrap_or_default(),
                ]);
            }
        }
    }
    if any {
        table.to_string()
    } else {
        String::new()
    }
}

/// A value, so long as it fits into a table.
fn short(value: Option<&Value>) -> String {
    let text = match value {
        None => return "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    if text.chars().count() <= VALUE_CHARS_MAX {
        return text;
    }
    let start: String = text.chars().take(VALUE_CHARS_MAX).collect();
    format!("{start}…")
}

fn tell(application: &Compared, output: &Output) {
    let name = &application.name;
    let differences = &application.differences;
    for granted in granted(&application.sources) {
        output.of_application(name, &granted);
    }
    for diagnostic in differences.warnings.iter().chain(&application.errors) {
        output.of_application(name, diagnostic);
    }
    for row in &differences.errors {
        let message = format!("{}: {}", row.object, row.message);
        output.of_application(name, &Diagnostic::error("not-compared", message));
    }
    for difference in differences.objects.iter().filter(|d| !d.message.is_empty()) {
        let message = format!("{}: {}", difference.object, difference.message);
        output.of_application(name, &Diagnostic::warning("conflict", message));
    }
}
