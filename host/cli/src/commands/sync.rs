//! `gantry sync`: applications into their clusters. `gantry rollback`: back to what was there.

mod one;
mod tables;

use gantry_model::HealthStatus;
use gantry_sync::Selection;

use self::one::{Back, Synced, Syncing};
use self::tables::tables;
pub(super) use self::tables::{revisions, summary};
use super::each;
use crate::Outcome;
use crate::args::{Format, Global, RollbackArgs, SyncArgs};
use crate::failure::Failure;
use crate::inputs::{Inputs, one_application};
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::progress::Progress;
use crate::setup;
use crate::windows::Gates;

pub(crate) fn run(global: &Global, args: &SyncArgs, output: &Output) -> Result<Outcome, Failure> {
    let inputs = Inputs::read(&args.inputs, output)?;
    let gates = Gates::of(&inputs.projects)?;
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let progress = Progress::new();
    let interrupt = Interrupt::default();
    let syncing = Syncing {
        engine: &engine,
        flags: &args.flags,
        gates,
        selection: args.selected.selection(),
        progress: &progress,
        interrupt: &interrupt,
    };
    let synced: Vec<Synced> = setup::runtime()?.block_on(async {
        interrupt.listen();
        each(&inputs.applications, |named| syncing.one(named, None)).await
    });
    show(&synced, args.output, output)?;
    let outcome = outcome(&synced, !inputs.had_problems);
    Ok(interrupt.outcome().unwrap_or(outcome))
}

/// `gantry rollback`: one application, back to an entry of its history.
pub(crate) fn roll_back(
    global: &Global,
    args: &RollbackArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let (file, app) = (&args.filename, args.app.as_deref());
    let (named, inputs) = one_application(file, app, &args.plane, output)?;
    let gates = Gates::of(&inputs.projects)?;
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let progress = Progress::new();
    let interrupt = Interrupt::default();
    let syncing = Syncing {
        engine: &engine,
        flags: &args.flags,
        gates,
        selection: Selection::default(),
        progress: &progress,
        interrupt: &interrupt,
    };
    let back = Back(args.id);
    let synced = setup::runtime()?.block_on(async {
        interrupt.listen();
        [syncing.one(&named, Some(&back)).await]
    });
    show(&synced, args.output, output)?;
    let outcome = outcome(&synced, !inputs.had_problems);
    Ok(interrupt.outcome().unwrap_or(outcome))
}

fn show(synced: &[Synced], format: Format, output: &Output) -> Result<(), Failure> {
    tell(synced, output);
    match format {
        Format::Json => output.json(&synced),
        Format::Yaml => output.yaml(&synced),
        Format::Table => output.print(&tables(synced)),
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
