//! `gantry plugin replay`: a recorded render, done again and compared.

use std::path::Path;

use gantry_model::{Diagnostic, Span};
use gantry_plugins::{Outcome as Came, Recording, RenderRequest};
use serde::Serialize;
use serde_json::Value;
use similar::TextDiff;

use crate::Outcome;
use crate::args::{DiffFormat, Global, ReplayArgs};
use crate::failure::Failure;
use crate::files;
use crate::output::Output;
use crate::subject::Subject;

/// The result, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replayed<'a> {
    plugin: &'a str,
    same: bool,
    recorded: &'a Came,
    replayed: &'a Came,
}

pub(crate) fn run(global: &Global, args: &ReplayArgs, output: &Output) -> Result<Outcome, Failure> {
    let recording = read(&args.file)?;
    let plugin = args.plugin.as_deref().unwrap_or(&recording.plugin);
    // What is remembered of the recorded render is no render.
    let uncached = Global {
        no_render_cache: true,
        ..global.clone()
    };
    let subject = Subject::load(&uncached, Some(plugin))?;
    let request = RenderRequest {
        outside: recording.outside(),
        ..recording.request.clone()
    };
    let rendered = subject
        .host
        .render(&subject.name, recording.tree(), &request);
    let replayed = Came::of(&rendered);
    let same = replayed == recording.outcome;
    let told = Replayed {
        plugin,
        same,
        recorded: &recording.outcome,
        replayed: &replayed,
    };
    match args.output {
        DiffFormat::Json => output.json(&told)?,
        DiffFormat::Yaml => output.yaml(&told)?,
        DiffFormat::Text => output.diff(&difference(&told))?,
    }
    Ok(if same {
        Outcome::Good
    } else {
        Outcome::NotGood
    })
}

fn read(path: &Path) -> Result<Recording, Failure> {
    let recording = Recording::read(&files::bytes(path)?).map_err(|error| {
        let span = Span {
            path: path.display().to_string(),
            start: None,
        };
        Diagnostic::error("recording", error.to_string())
            .at(span)
            .help("`gantry plugin record` writes such files")
    });
    Ok(recording?)
}

/// A unified diff from what was recorded to what came out now; empty if they are the same.
fn difference(told: &Replayed<'_>) -> String {
    let (before, after) = (text(told.recorded), text(told.replayed));
    let diff = TextDiff::from_lines(&before, &after);
    let mut diff = diff.unified_diff();
    diff.header("recorded", "replayed").to_string()
}

fn text(came: &Came) -> String {
    match came {
        Came::Rendered { objects, warnings } => {
            let warnings = warnings
                .iter()
                .map(|warning| format!("# warning: {warning}\n"));
            let objects: Vec<&Value> = objects.iter().collect();
            warnings.collect::<String>() + &gantry_yaml::emit_all(objects)
        }
        Came::Failed { problems } => {
            let problems = problems
                .iter()
                .map(|problem| format!("# error: {problem}\n"));
            problems.collect()
        }
    }
}
