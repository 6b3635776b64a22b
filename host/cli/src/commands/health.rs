//! `gantry health`: the verdicts on objects in files.

use gantry_engine::PluginJudge;
use gantry_model::{Diagnostic, HealthStatus, Object};
use gantry_plugins::Host;
use gantry_sync::Judge;
use serde::Serialize;
use serde_json::Value;

use crate::Outcome;
use crate::args::{Format, Global, HealthArgs};
use crate::failure::Failure;
use crate::files;
use crate::output::Output;
use crate::setup;
use crate::table::Table;

/// One verdict, in the shape that scripts read.
#[derive(Serialize)]
pub(crate) struct Row {
    group: String,
    kind: String,
    namespace: String,
    name: String,
    /// Null where the kind has no health.
    status: Option<HealthStatus>,
    message: String,
}

pub(crate) fn run(global: &Global, args: &HealthArgs, output: &Output) -> Result<Outcome, Failure> {
    let (files, mut problems) = files::read(&args.filename);
    let mut objects: Vec<Object> = Vec::new();
    for file in files {
        match gantry_yaml::objects_in(file.documents, &file.text, &file.name, 1) {
            Ok(read) => objects.extend(read),
            Err(problem) => problems.push(problem),
        }
    }
    if objects.is_empty() && !problems.is_empty() {
        return Err(problems.into());
    }
    let rows = judge(setup::plugins(global)?, &objects);
    match args.output {
        Format::Json => output.json(&rows)?,
        Format::Yaml => output.yaml(&rows)?,
        Format::Table => output.print(&table(&rows).to_string())?,
    }
    problems
        .iter()
        .for_each(|problem: &Diagnostic| output.diagnostic(problem));
    Ok(if problems.is_empty() {
        Outcome::Good
    } else {
        Outcome::NothingDone
    })
}

/// The verdicts, in the order of the objects.
pub(crate) fn judge(plugins: Host, objects: &[Object]) -> Vec<Row> {
    let values: Vec<&Value> = objects.iter().map(Object::value).collect();
    let verdicts = PluginJudge(plugins).assess(&values);
    let rows = objects.iter().zip(verdicts).map(|(object, verdict)| {
        let (status, message) = match verdict {
            Some(health) => (Some(health.status), health.message),
            None => (None, String::new()),
        };
        let reference = object.reference();
        Row {
            group: reference.gvk.group,
            kind: reference.gvk.kind,
            namespace: reference.namespace,
            name: reference.name,
            status,
            message,
        }
    });
    rows.collect()
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["GROUP", "KIND", "NAMESPACE", "NAME", "HEALTH", "MESSAGE"]);
    for row in rows {
        table.row([
            row.group.clone(),
            row.kind.clone(),
            row.namespace.clone(),
            row.name.clone(),
            row.status.map_or("-", HealthStatus::as_str).to_owned(),
            row.message.clone(),
        ]);
    }
    table
}
