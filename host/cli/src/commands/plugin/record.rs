//! `gantry plugin record`: one application's render as a file that needs no Git and no cluster.

use std::path::Path;

use gantry_model::{Diagnostic, Severity};
use gantry_plugins::Outcome as Came;

use crate::Outcome;
use crate::args::{Global, RecordArgs};
use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::output::Output;
use crate::setup;

pub(crate) fn run(global: &Global, args: &RecordArgs, output: &Output) -> Result<Outcome, Failure> {
    let inputs = Inputs::read(&args.inputs, output)?;
    let [named] = inputs.applications.as_slice() else {
        let message = format!("{} applications are given", inputs.applications.len());
        return Err(Diagnostic::error("several-applications", message)
            .help("record one: name it with --app")
            .into());
    };
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let recorded = setup::runtime()?.block_on(engine.record(&named.application));
    let recording = recorded.map_err(|error| named.placed(error.diagnostics()))?;
    if args.output == Path::new("-") {
        output.json(&recording)?;
    } else {
        write(&args.output, &recording)?;
    }
    if let Came::Failed { problems } = &recording.outcome {
        let name = &named.application.name;
        problems
            .iter()
            .for_each(|problem| output.of_application(name, problem));
        output.diagnostic(&Diagnostic {
            severity: Severity::Info,
            ..Diagnostic::error("recorded", "the failed render is recorded")
        });
    }
    Ok(Outcome::Good)
}

fn write(path: &Path, recording: &gantry_plugins::Recording) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(recording).map_err(Failure::internal)?;
    std::fs::write(path, text + "\n").map_err(|error| {
        let message = format!("{}: cannot be written: {error}", path.display());
        Diagnostic::error("file", message).into()
    })
}
