//! One render, from files and parameters to documents. No host in here, so that it runs in native
//! tests.

use gantry_sdk::files::{Files, SKIP_MARK, Selection, Settings as Choice, read_text};
use gantry_sdk::renderer::{Diagnostic, Rendering};
use gantry_sdk::schemars::{self, JsonSchema};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::Map;

use crate::convert::from_json;
use crate::engine::Engine;
use crate::facts::{Answers, App, Ask, Facts, Kube};
use crate::output::{self, Output};
use crate::paths::{is_template, resolve};
use crate::problem::explain;
use crate::values;

/// The parameters.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Values over those of the files: mappings merge, null removes.
    pub(crate) values: Map<String, serde_json::Value>,
    /// Files over values.yaml, the last one wins; relative to the application's directory, or $REF/… of the source with that ref.
    #[schemars(inner(length(min = 1)))]
    pub(crate) values_files: Vec<String>,
    #[serde(flatten)]
    pub(crate) choice: Choice,
}

/// Renders every file; the problems of all of them are told together.
pub(crate) fn render(
    files: &impl Files,
    facts: &Facts,
    ask: &impl Ask,
    settings: &Settings,
) -> Result<Rendering, Vec<Diagnostic>> {
    let alone = |problem| vec![problem];
    let selection = Selection::new(&settings.choice).map_err(alone)?;
    let paths = selection.paths(files, &facts.directory, is_template);
    let paths = paths.map_err(alone)?;
    let names = &settings.values_files;
    let values = values::load(files, &facts.directory, names, settings.values.clone())?;
    let answers = Answers::default();
    let context = context_of(facts, &answers, &values);
    let engine = Engine::new(files, &facts.directory, ask, answers);
    let mut rendering = Rendering {
        documents: Vec::new(),
        warnings: Vec::new(),
    };
    let mut problems: Vec<Diagnostic> = Vec::new();
    for path in paths.iter().filter(|path| !is_values(facts, names, path)) {
        match render_file(files, &engine, path, &context) {
            Ok(Some(Output::Documents(documents))) => rendering.documents.extend(documents),
            Ok(Some(Output::Other(remark))) => rendering.warnings.push(remark),
            Ok(None) => {}
            // One wrong line of a file that many include is told once.
            Err(problem) if problems.iter().any(|told| is_same(told, &problem)) => {}
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(rendering)
    } else {
        Err(problems)
    }
}

fn render_file(
    files: &impl Files,
    engine: &Engine<'_, impl Files, impl Ask>,
    path: &str,
    context: &Value,
) -> Result<Option<Output>, Diagnostic> {
    let source = read_text(files, path)?;
    if source.contains(SKIP_MARK) {
        return Ok(None);
    }
    engine.put(path, source.clone());
    let rendered = engine
        .render(path, context)
        .map_err(|error| explain(path, &error, |path| engine.source(path)))?;
    output::documents(path, &source, &rendered).map(Some)
}

fn context_of(facts: &Facts, answers: &Answers, values: &serde_json::Value) -> Value {
    let app = App {
        name: Value::from(&*facts.application),
        namespace: Value::from(facts.namespace.clone()),
        answers: answers.clone(),
    };
    let kube = Kube {
        version: Value::from(&*facts.kube_version),
        answers: answers.clone(),
    };
    context! {
        values => from_json(values),
        app => Value::from_object(app),
        kube => Value::from_object(kube),
    }
}

fn is_values(facts: &Facts, names: &[String], path: &str) -> bool {
    let is_it = |name: &str| resolve(&facts.directory, name).is_some_and(|values| values == path);
    is_it(values::DEFAULT_FILE) || names.iter().any(|name| is_it(name))
}

fn is_same(one: &Diagnostic, other: &Diagnostic) -> bool {
    let place = |problem: &Diagnostic| {
        let span = problem.span.as_ref()?;
        let start = span.start?;
        Some((span.path.clone(), start.line, start.column))
    };
    place(one).is_some() && one.code == other.code && place(one) == place(other)
}
