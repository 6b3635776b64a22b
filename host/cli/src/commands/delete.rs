//! `gantry delete`: applications out of their clusters.

use gantry_engine::{Engine, How};
use gantry_model::Diagnostic;
use gantry_model::application::Application;
use gantry_model::cluster::Propagation;
use gantry_sync::{Action, Options, Report, Row};
use serde::{Serialize, Serializer};

use super::ask::is_yes;
use super::each;
use super::sync::summary;
use crate::Outcome;
use crate::args::{Cascade, DeleteArgs, Format, Global, Policy};
use crate::failure::Failure;
use crate::inputs::{Inputs, Named};
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::progress::Progress;
use crate::setup;
use crate::table::Table;

/// Argo CD's finalizer that chooses how objects go with their application.
const BACKGROUND_FINALIZER: &str = "resources-finalizer.argocd.argoproj.io/background";

/// One application of the result, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    name: String,
    namespace: String,
    project: String,
    /// Whether all that was to go is gone.
    deleted: bool,
    #[serde(flatten, serialize_with = "told")]
    report: Option<Report>,
    /// Why there is no report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Diagnostic>,
}

/// What of a report is told of a deletion: sync status and health are those of what is gone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    objects: &'a [Row],
    warnings: &'a [Diagnostic],
    dry_run: bool,
    cancelled: bool,
}

#[allow(clippy::ref_option, reason = "serde's signature")]
fn told<S: Serializer>(report: &Option<Report>, serializer: S) -> Result<S::Ok, S::Error> {
    let told = report.as_ref().map(|report| Told {
        objects: &report.objects,
        warnings: &report.warnings,
        dry_run: report.dry_run,
        cancelled: report.cancelled,
    });
    told.serialize(serializer)
}

pub(crate) fn run(global: &Global, args: &DeleteArgs, output: &Output) -> Result<Outcome, Failure> {
    let inputs = Inputs::read(&args.inputs, output)?;
    if !args.yes && !args.dry_run && args.cascade != Some(Cascade::False) {
        confirm(&inputs.applications)?;
    }
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let progress = Progress::new();
    let interrupt = Interrupt::default();
    let deleted: Vec<Deleted> = setup::runtime()?.block_on(async {
        interrupt.listen();
        each(&inputs.applications, |named| {
            one(&engine, named, args, &progress, &interrupt)
        })
        .await
    });
    for application in &deleted {
        let warnings = application.report.iter().flat_map(|r| &r.warnings);
        for diagnostic in warnings.chain(&application.errors) {
            output.of_application(&application.name, diagnostic);
        }
    }
    match args.output {
        Format::Json => output.json(&deleted)?,
        Format::Yaml => output.yaml(&deleted)?,
        Format::Table => output.print(&table(&deleted))?,
    }
    let outcome = if deleted
        .iter()
        .all(|application| application.report.is_none())
    {
        Outcome::NothingDone
    } else if !inputs.had_problems && deleted.iter().all(Deleted::is_well) {
        Outcome::Good
    } else {
        Outcome::NotGood
    };
    Ok(interrupt.outcome().unwrap_or(outcome))
}

impl Deleted {
    fn is_well(&self) -> bool {
        self.report.as_ref().is_some_and(|report| !report.failed())
    }
}

/// Asks once for all applications.
fn confirm(applications: &[Named]) -> Result<(), Failure> {
    let names: Vec<&str> = applications
        .iter()
        .map(|n| n.application.name.as_str())
        .collect();
    let names = names.join(", ");
    let question = format!("Delete all objects of {names} from the cluster?");
    let help = "--yes deletes without asking, --dry-run tells what would go";
    if is_yes(&question, &format!("not deleted: {names}"), help)? {
        return Ok(());
    }
    Err(Diagnostic::error("unconfirmed", format!("not deleted: {names}")).into())
}

async fn one(
    engine: &Engine,
    named: &Named,
    args: &DeleteArgs,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Deleted {
    let application = &named.application;
    let bar = progress.bar(&application.name);
    let leave = args.cascade == Some(Cascade::False);
    let how = How {
        operation: None,
        options: options(application, args),
        retry: application.sync_policy.retry,
        retries: 0,
        observer: &bar,
        cancel: interrupt.token().clone(),
    };
    let mut errors = Vec::new();
    let mut report = None;
    let rendered = if leave || args.without_hooks {
        Ok(None)
    } else {
        engine.prepare(application).await.map(Some)
    };
    match rendered {
        Ok(prepared) => match engine.delete(application, prepared.as_ref(), &how).await {
            Ok(done) => report = Some(done),
            Err(error) => errors = named.placed(error.diagnostics()),
        },
        Err(error) => {
            errors = named.placed(error.diagnostics());
            let message = "nothing was deleted: which hooks are to run is not known";
            let help = "--without-hooks deletes without rendering, and runs none";
            errors.push(Diagnostic::error("hooks-unknown", message).help(help));
        }
    }
    bar.finish();
    if let Some(report) = report.as_mut().filter(|_| leave) {
        for row in &mut report.objects {
            row.action = Action::Skipped;
            "stays in the cluster: --cascade=false".clone_into(&mut row.message);
        }
    }
    let gone = |report: &Report| !report.failed() && !report.dry_run;
    Deleted {
        name: application.name.clone(),
        namespace: application.namespace.clone(),
        project: application.project.clone(),
        deleted: report.as_ref().is_some_and(gone),
        report,
        errors,
    }
}

fn options(application: &Application, args: &DeleteArgs) -> Options {
    let default = Options::default();
    let background = application
        .finalizers
        .iter()
        .any(|f| f == BACKGROUND_FINALIZER);
    let propagation = match (args.cascade, args.propagation_policy) {
        (Some(Cascade::Foreground), _) | (_, Some(Policy::Foreground)) => Propagation::Foreground,
        (Some(Cascade::Background), _) | (_, Some(Policy::Background)) => Propagation::Background,
        (Some(Cascade::Orphan), _) | (_, Some(Policy::Orphan)) => Propagation::Orphan,
        _ if background => Propagation::Background,
        _ => Propagation::Foreground,
    };
    let leave = args.cascade == Some(Cascade::False);
    Options {
        dry_run: args.dry_run || leave,
        delete: application.sync_policy.options.delete,
        delete_confirmed: args.confirm_delete || leave,
        timeout: args.timeout.unwrap_or(default.timeout),
        propagation,
        ..default
    }
}

/// Every object, then every application.
fn table(deleted: &[Deleted]) -> String {
    let head = [
        "APPLICATION",
        "GROUP",
        "KIND",
        "NAMESPACE",
        "NAME",
        "ACTION",
        "HOOK",
        "MESSAGE",
    ];
    let mut objects = Table::new(&head);
    let mut applications = Table::new(&["APPLICATION", "DELETED", "OBJECTS"]);
    let mut any = false;
    for application in deleted {
        let Some(report) = &application.report else {
            applications.row([application.name.clone(), "no".into(), "not tried".into()]);
            continue;
        };
        for row in &report.objects {
            any = true;
            objects.row([
                application.name.clone(),
                row.object.gvk.group.clone(),
                row.object.gvk.kind.clone(),
                row.object.namespace.clone(),
                row.object.name.clone(),
                row.action.as_str().to_owned(),
                if row.hook { row.phase.as_str() } else { "" }.to_owned(),
                row.message.clone(),
            ]);
        }
        let gone = if application.deleted { "yes" } else { "no" };
        applications.row([application.name.clone(), gone.to_owned(), summary(report)]);
    }
    if any {
        format!("{objects}\n{applications}")
    } else {
        applications.to_string()
    }
}
