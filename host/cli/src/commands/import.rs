//! `gantry import`: manifests into a control plane's home, from another one or from Argo CD's namespace.

use std::sync::Arc;

use gantry_model::manifest::read_manifest;
use gantry_model::secrets::texts;
use gantry_model::settings::unread;
use gantry_model::{Diagnostic, Object, ObjectError, Severity};
use gantry_store::{Fate, ImportOptions, Imported, Kind};
use serde::Serialize;
use serde_json::Value;

use crate::Outcome;
use crate::args::{Format, Global, ImportArgs};
use crate::failure::Failure;
use crate::files;
use crate::home;
use crate::inputs::objects;
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

/// What to know of a manifest that is left out by its kind.
const NOT_OURS: &str = "a control plane keeps Applications, AppProjects, and the Secrets and ConfigMaps that belong \
                        to it";

/// What the files hold.
struct Read {
    objects: Vec<Object>,
    /// Whether something is left out that cannot be kept as it is.
    has_refused: bool,
}

/// A manifest that can be kept, and what the user should know of it.
struct Kept {
    object: Object,
    warnings: Vec<Diagnostic>,
}

pub(crate) fn run(global: &Global, args: &ImportArgs, output: &Output) -> Result<Outcome, Failure> {
    let read = read(args, output)?;
    let home = home::open(global, &args.home())?;
    // What is left out may be there already, and is wanted all the same.
    let may_prune = args.prune && !read.has_refused;
    if args.prune && !may_prune {
        let message = "--prune takes nothing away while manifests are refused";
        output.diagnostic(&Diagnostic::warning("prune", message));
    }
    let options = ImportOptions {
        dry_run: args.dry_run,
        prune: may_prune,
    };
    let imported = setup::runtime()?
        .block_on(gantry_store::import(&*home, read.objects, options))
        .map_err(|error| home::problem(&error))?;
    let told: Vec<Told> = imported.into_iter().map(Told::from).collect();
    match args.output {
        Format::Json => output.json(&told)?,
        Format::Yaml => output.yaml(&told)?,
        Format::Table => output.print(&table(&told, args.dry_run).to_string())?,
    }
    let has_failed = told.iter().any(|one| !one.message.is_empty());
    Ok(if has_failed || read.has_refused {
        Outcome::NotGood
    } else {
        Outcome::Good
    })
}

/// All objects of the files that a home keeps. What is wrong with one is told, and the others go on.
fn read(args: &ImportArgs, output: &Output) -> Result<Read, Failure> {
    let (files, problems) = files::read(&args.filename);
    let mut read = Read {
        objects: Vec::new(),
        has_refused: !problems.is_empty(),
    };
    problems
        .iter()
        .for_each(|problem| output.diagnostic(problem));
    for file in files {
        let file = Arc::new(file);
        for (value, place) in objects(&file) {
            let title = title(value);
            let tell = |problem: Diagnostic| output.of(&title, &place.of(problem));
            match keepable(value) {
                Ok(kept) => {
                    kept.warnings.into_iter().for_each(tell);
                    read.objects.push(kept.object);
                }
                Err(Refused::NotOurs) => {
                    let problem = Diagnostic::warning("import", "it is not imported");
                    tell(problem.help(NOT_OURS));
                }
                Err(Refused::Wrong(problems)) => {
                    read.has_refused = true;
                    problems.into_iter().for_each(tell);
                }
            }
        }
    }
    if read.objects.is_empty() {
        if read.has_refused {
            return Err(Vec::new().into());
        }
        let message = "the files hold nothing that a control plane keeps";
        return Err(Diagnostic::error("import", message).help("check -f").into());
    }
    Ok(read)
}

/// How people call a manifest, which need not be right.
fn title(value: &Value) -> String {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let kind = text("/kind").unwrap_or("manifest");
    let name = text("/metadata/name").unwrap_or("without a name");
    match text("/metadata/namespace") {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

/// Why a manifest is left out.
#[derive(Debug)]
enum Refused {
    /// No home keeps one of its kind.
    NotOurs,
    /// An API server would refuse it.
    Wrong(Vec<Diagnostic>),
}

/// A manifest as it is, if an API server with Argo CD's CRDs would take it. What else is wrong with it the control
/// plane tells of it, as Argo CD does; here it is a warning.
fn keepable(value: &Value) -> Result<Kept, Refused> {
    let wrong = |error: ObjectError| {
        Refused::Wrong(vec![Diagnostic::error("not-an-object", error.to_string())])
    };
    let object = Object::new(value.clone(), None).map_err(wrong)?;
    if !Kind::of(&object).is_some_and(|kind| kind.keeps(&object)) {
        return Err(Refused::NotOurs);
    }
    let mut asked = object.clone();
    // Another version may have written these, and they are not taken.
    asked.remove("status");
    asked.remove("operation");
    let found = match read_manifest(asked.value()) {
        Ok(read) => read.warnings,
        Err(problems) if problems.iter().any(|problem| is_refused(&object, problem)) => {
            return Err(Refused::Wrong(problems));
        }
        Err(problems) => problems,
    };
    let mut warnings: Vec<Diagnostic> = found.into_iter().map(as_warning).collect();
    if object.kind() == "ConfigMap" {
        warnings.extend(unread(object.name(), &texts(&object)));
    }
    Ok(Kept { object, warnings })
}

/// Whether an API server refuses what this is about: all that breaks the schema of a kind, but of a Secret's entries
/// only what is no text.
fn is_refused(object: &Object, problem: &Diagnostic) -> bool {
    problem.severity == Severity::Error
        && match problem.code.as_str() {
            "not-an-object" | "unknown-version" | "missing-field" | "wrong-type"
            | "invalid-name" | "invalid-base64" => true,
            "invalid-value" => object.kind() != "Secret",
            _ => false,
        }
}

fn as_warning(problem: Diagnostic) -> Diagnostic {
    match problem.severity {
        Severity::Error => Diagnostic {
            severity: Severity::Warning,
            ..problem
        },
        _ => problem,
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gantry_model::Severity;

    use super::{Refused, keepable};
    use crate::files;
    use crate::inputs::objects;

    /// `place: severity: field` of all that is told of a manifest, with what becomes of it before.
    fn told(text: &str) -> Vec<(&'static str, Vec<String>)> {
        let file = files::parse("all.yaml".to_owned(), text.as_bytes()).expect("a file");
        let file = Arc::new(file);
        let all = objects(&file).into_iter().map(|(value, place)| {
            let (word, problems) = match keepable(value) {
                Ok(kept) => ("kept", kept.warnings),
                Err(Refused::Wrong(problems)) => ("refused", problems),
                Err(Refused::NotOurs) => ("not ours", Vec::new()),
            };
            let told = problems.into_iter().map(|problem| {
                let severity = match problem.severity {
                    Severity::Error => "error",
                    _ => "warning",
                };
                let field = problem.field.clone().unwrap_or_default();
                let start = place.of(problem).span.and_then(|span| span.start);
                format!("{}: {severity}: {field}", start.map_or(0, |at| at.line))
            });
            (word, told.collect())
        });
        all.collect()
    }

    #[test]
    fn what_an_api_server_takes_is_kept_and_the_rest_is_told_with_its_place() {
        let app = |more: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: p\n{more}"
            )
        };
        let place = "  destination: {name: c}\n";
        let secret = |entry: &str| {
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  labels: {{argocd.argoproj.io/secret-type: repository}}\nstringData:\n  url: https://git.example/a\n  {entry}\n"
            )
        };
        let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata:\n  url: https://a.example\n  timeout.reconciliation: 60s\n";
        let source = "  source: {repoURL: r, path: .}\n";
        for (text, word, problems) in [
            (app(&format!("{place}{source}")), "kept", vec![]),
            (
                app(&format!("{place}{source}  foo: 1\n")),
                "kept",
                vec!["9: warning: spec.foo"],
            ),
            (app(place), "kept", vec!["6: warning: spec.source"]),
            (
                app(&format!("{place}  source:\n    repoURL: r\n    path: 7\n")),
                "refused",
                vec!["10: error: spec.source.path"],
            ),
            (
                app(&format!("{place}{source}status: {{sync: 7}}\n")),
                "kept",
                vec![],
            ),
            (
                secret("type: odd"),
                "kept",
                vec!["8: warning: stringData.type"],
            ),
            (
                settings.to_owned(),
                "kept",
                vec!["6: warning: data[timeout.reconciliation]"],
            ),
            (
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n".to_owned(),
                "not ours",
                vec![],
            ),
        ] {
            let problems = problems.into_iter().map(str::to_owned).collect();
            assert_eq!(told(&text), [(word, problems)], "{text}");
        }
        let both = format!(
            "{}---\n{}",
            app(&format!("{place}  source: 7\n")),
            app(&format!("{place}{source}"))
        );
        let words: Vec<&str> = told(&both).into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["refused", "kept"]);
    }
}
