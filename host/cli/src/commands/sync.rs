//! `gantry sync`: applications into their clusters.

use gantry_control::{Engine, How, Prepared, SourceReport, managers, options_of};
use gantry_model::application::Application;
use gantry_model::{Diagnostic, HealthStatus};
use gantry_sync::{Options, Report};
use serde::Serialize;

use super::each;
use crate::Outcome;
use crate::args::{Format, Global, SyncArgs};
use crate::failure::Failure;
use crate::inputs::{Inputs, Named};
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::progress::Progress;
use crate::setup;
use crate::table::Table;

/// One application of the result, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Synced {
    name: String,
    namespace: String,
    project: String,
    /// The cluster's name; empty when it was not found.
    cluster: String,
    #[serde(rename = "repoURL")]
    repo_url: String,
    /// The commit that was synced, of the first source; empty when it was not found.
    revision: String,
    /// The plugin that rendered it.
    renderer: String,
    /// All sources, with what was handed to their renderers.
    sources: Vec<SourceReport>,
    #[serde(flatten)]
    report: Option<Report>,
    /// Why there is no report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Diagnostic>,
}

impl Synced {
    /// What was rendered, and where to.
    fn tell(&mut self, prepared: &Prepared) {
        self.cluster.clone_from(&prepared.cluster);
        self.sources = prepared.rendered.report();
        if let Some(first) = self.sources.first() {
            self.revision.clone_from(&first.revision);
            self.renderer.clone_from(&first.renderer);
        }
    }
}

pub(crate) fn run(global: &Global, args: &SyncArgs, output: &Output) -> Result<Outcome, Failure> {
    let inputs = Inputs::read(&args.inputs, output)?;
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let progress = Progress::new();
    let interrupt = Interrupt::default();
    let synced: Vec<Synced> = setup::runtime()?.block_on(async {
        interrupt.listen();
        each(&inputs.applications, |named| {
            one(&engine, named, args, &progress, &interrupt)
        })
        .await
    });
    tell(&synced, output);
    match args.output {
        Format::Json => output.json(&synced)?,
        Format::Yaml => output.yaml(&synced)?,
        Format::Table => output.print(&tables(&synced))?,
    }
    let all_tried = !inputs.had_problems;
    let outcome = outcome(&synced, all_tried);
    Ok(interrupt.outcome().unwrap_or(outcome))
}

async fn one(
    engine: &Engine,
    named: &Named,
    args: &SyncArgs,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Synced {
    let application = &named.application;
    let bar = progress.bar(&application.name);
    let mut synced = Synced {
        name: application.name.clone(),
        namespace: application.namespace.clone(),
        project: application.project.clone(),
        cluster: String::new(),
        repo_url: repo_url(application),
        revision: String::new(),
        renderer: String::new(),
        sources: Vec::new(),
        report: None,
        errors: Vec::new(),
    };
    let result = async {
        let mut prepared = engine.prepare(application).await?;
        synced.tell(&prepared);
        let how = How {
            options: options(application, args),
            retry: args.retry.over(application.sync_policy.retry),
            observer: &bar,
            cancel: interrupt.token().clone(),
        };
        let report = engine.sync(application, &mut prepared, &how).await;
        synced.tell(&prepared);
        report
    };
    match result.await {
        Ok(report) => synced.report = Some(report),
        Err(error) => synced.errors = named.placed(error.diagnostics()),
    }
    bar.finish();
    synced
}

fn repo_url(application: &Application) -> String {
    let first = application.sources.first();
    first
        .map(|source| source.repo_url.clone())
        .unwrap_or_default()
}

/// What the application asks for, and the command line.
fn options(application: &Application, args: &SyncArgs) -> Options {
    let policy = options_of(application, args.prune);
    let mut take_over = policy.take_over.clone();
    take_over.extend(managers(&args.take_over));
    Options {
        selection: args.selected.selection(),
        dry_run: args.dry_run,
        force_conflicts: args.force_conflicts || policy.force_conflicts,
        take_over,
        out_of_sync_only: args.apply_out_of_sync_only || policy.out_of_sync_only,
        prune_confirmed: args.confirm_prune,
        replace: args.replace || policy.replace,
        force: args.force || policy.force,
        wait: !args.no_wait,
        timeout: args.timeout.unwrap_or(policy.timeout),
        ..policy
    }
}

/// Warnings and errors, under the name of their application.
fn tell(synced: &[Synced], output: &Output) {
    for application in synced {
        let warnings = application
            .report
            .iter()
            .flat_map(|report| &report.warnings);
        for diagnostic in warnings.chain(&application.errors) {
            output.of_application(&application.name, diagnostic);
        }
    }
}

/// Every object, then every application.
fn tables(synced: &[Synced]) -> String {
    let head = [
        "APPLICATION",
        "CLUSTER",
        "GROUP",
        "KIND",
        "NAMESPACE",
        "NAME",
        "ACTION",
        "HEALTH",
        "HOOK",
        "MESSAGE",
    ];
    let mut objects = Table::new(&head);
    let mut applications = Table::new(&[
        "APPLICATION",
        "CLUSTER",
        "REVISION",
        "SYNC",
        "HEALTH",
        "OBJECTS",
    ]);
    let mut any = false;
    for application in synced {
        let Some(report) = &application.report else {
            let cells = [
                &application.name,
                &application.cluster,
                "",
                "Unknown",
                "Unknown",
                "not synced",
            ];
            applications.row(cells.map(str::to_owned));
            continue;
        };
        for row in &report.objects {
            any = true;
            objects.row([
                application.name.clone(),
                application.cluster.clone(),
                row.object.gvk.group.clone(),
                row.object.gvk.kind.clone(),
                row.object.namespace.clone(),
                row.object.name.clone(),
                row.action.as_str().to_owned(),
                row.health.map_or("", HealthStatus::as_str).to_owned(),
                if row.hook { row.phase.as_str() } else { "" }.to_owned(),
                row.message.clone(),
            ]);
        }
        applications.row([
            application.name.clone(),
            application.cluster.clone(),
            revisions(&application.sources),
            report.sync.as_str().to_owned(),
            report.health.status.as_str().to_owned(),
            summary(report),
        ]);
    }
    let objects = if any {
        format!("{objects}\n")
    } else {
        String::new()
    };
    let outside = outside(synced);
    let outside = outside
        .map(|table| format!("\n{table}"))
        .unwrap_or_default();
    format!("{objects}{applications}{outside}")
}

/// The short form of each source's revision.
fn revisions(sources: &[SourceReport]) -> String {
    let short = |source: &SourceReport| match source.chart.as_str() {
        "" => source.revision.chars().take(7).collect::<String>(),
        _ => source.revision.clone(),
    };
    sources.iter().map(short).collect::<Vec<_>>().join(",")
}

/// What renderers were handed from outside; none where nothing was.
fn outside(synced: &[Synced]) -> Option<Table> {
    let mut table = Table::new(&["APPLICATION", "OUTSIDE", "ASKED", "PINNED"]);
    let mut any = false;
    for application in synced {
        let granted = application
            .sources
            .iter()
            .flat_map(|source| &source.granted);
        for granted in granted {
            any = true;
            let chart = (!granted.chart.is_empty()).then(|| format!(" {}", granted.chart));
            table.row([
                application.name.clone(),
                granted.url.clone() + chart.as_deref().unwrap_or_default(),
                granted.asked.clone(),
                granted.pinned.clone(),
            ]);
        }
    }
    any.then_some(table)
}

/// `3 created, 1 unchanged`, and whether that only would be so.
fn summary(report: &Report) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in &report.objects {
        let word = row.action.as_str();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let all = if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    };
    if report.dry_run {
        format!("{all} (dry run)")
    } else {
        all
    }
}

fn outcome(synced: &[Synced], all_tried: bool) -> Outcome {
    if synced
        .iter()
        .all(|application| application.report.is_none())
    {
        return Outcome::NothingDone;
    }
    let well = |status: HealthStatus| status <= HealthStatus::Suspended;
    // After a dry run, and without waiting, health says nothing about this sync.
    let good = |application: &Synced| {
        application.report.as_ref().is_some_and(|report| {
            !report.failed() && (report.dry_run || !report.waited || well(report.health.status))
        })
    };
    if all_tried && synced.iter().all(good) {
        Outcome::Good
    } else {
        Outcome::NotGood
    }
}
