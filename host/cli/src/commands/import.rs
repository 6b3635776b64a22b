//! `gantry import`: manifests into a control plane's home, from another one or from Argo CD's namespace.

use gantry_model::manifest::read_manifest;
use gantry_model::{Diagnostic, Object, Position, Span};
use gantry_store::{Fate, ImportOptions, Imported, Kind};
use gantry_yaml::Document;
use serde::Serialize;
use serde_json::Value;

use crate::Outcome;
use crate::args::{Format, Global, ImportArgs};
use crate::failure::Failure;
use crate::files::{self, ManifestFile};
use crate::home;
use crate::output::Output;
use crate::setup;
use crate::table::Table;

/// One object of the result, in the shape that scripts read.
#[derive(Serialize)]
struct Told {
    kind: &'static str,
    namespace: String,
    name: String,
    result: &'static str,
    /// Why it was not done.
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

pub(crate) fn run(global: &Global, args: &ImportArgs, output: &Output) -> Result<Outcome, Failure> {
    let objects = read(args, output)?;
    let home = home::open(global, &args.home())?;
    let options = ImportOptions {
        dry_run: args.dry_run,
        prune: args.prune,
    };
    let imported = setup::runtime()?
        .block_on(gantry_store::import(&*home, objects, options))
        .map_err(|error| home::problem(&error))?;
    let told: Vec<Told> = imported.into_iter().map(Told::from).collect();
    match args.output {
        Format::Json => output.json(&told)?,
        Format::Yaml => output.yaml(&told)?,
        Format::Table => output.print(&table(&told, args.dry_run).to_string())?,
    }
    let failed = told.iter().any(|one| !one.message.is_empty());
    Ok(if failed {
        Outcome::NotGood
    } else {
        Outcome::Good
    })
}

/// All objects of the files that a home keeps. Nothing is imported when one of them is wrong.
fn read(args: &ImportArgs, output: &Output) -> Result<Vec<Object>, Failure> {
    let (files, mut problems) = files::read(&args.filename);
    let mut objects = Vec::new();
    for file in &files {
        for document in &file.documents {
            let items = gantry_yaml::list_items(&document.value);
            let values =
                items.map_or_else(|| vec![&document.value], |items| items.iter().collect());
            for value in values {
                match object(value) {
                    Ok(object) if is_kept(&object) => objects.push(object),
                    Ok(object) => {
                        let message = format!("{} is not imported", object.reference());
                        let told = Diagnostic::warning("import", message);
                        output.diagnostic(&place(file, document, told).help(
                            "a control plane keeps Applications, AppProjects, and the Secrets and \
                             ConfigMaps that belong to it",
                        ));
                    }
                    Err(found) => {
                        let found = found.into_iter();
                        problems.extend(found.map(|problem| place(file, document, problem)));
                    }
                }
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    if objects.is_empty() {
        let message = "the files hold nothing that a control plane keeps";
        return Err(Diagnostic::error("import", message).help("check -f").into());
    }
    Ok(objects)
}

fn is_kept(object: &Object) -> bool {
    Kind::of(object).is_some_and(|kind| kind.keeps(object))
}

/// The document as an object that is right by the schema of its kind.
fn object(value: &Value) -> Result<Object, Vec<Diagnostic>> {
    read_manifest(value)?;
    Object::new(value.clone(), None)
        .map_err(|error| vec![Diagnostic::error("import", error.to_string())])
}

/// A problem with the place of its document.
fn place(file: &ManifestFile, document: &Document, problem: Diagnostic) -> Diagnostic {
    problem.at(Span {
        path: file.name.clone(),
        start: Some(Position {
            line: document.line,
            column: 1,
        }),
    })
}

impl From<Imported> for Told {
    fn from(imported: Imported) -> Self {
        let (result, message) = match imported.fate {
            Ok(Fate::Created) => ("created", String::new()),
            Ok(Fate::Updated) => ("updated", String::new()),
            Ok(Fate::Unchanged) => ("unchanged", String::new()),
            Ok(Fate::Pruned) => ("pruned", String::new()),
            Err(error) => ("failed", home::problem(&error).to_string()),
        };
        Self {
            kind: imported.kind.name(),
            namespace: imported.namespace,
            name: imported.name,
            result,
            message,
        }
    }
}

fn table(told: &[Told], dry_run: bool) -> Table {
    let result = if dry_run {
        "RESULT (DRY RUN)"
    } else {
        "RESULT"
    };
    let mut table = Table::new(&["KIND", "NAMESPACE", "NAME", result, "MESSAGE"]);
    for one in told {
        table.row([
            one.kind.to_owned(),
            one.namespace.clone(),
            one.name.clone(),
            one.result.to_owned(),
            one.message.clone(),
        ]);
    }
    table
}
