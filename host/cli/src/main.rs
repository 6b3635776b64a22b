//! The `gantry` command.

mod args;
mod cases;
mod commands;
mod failure;
mod files;
mod home;
mod inputs;
mod interrupt;
mod logging;
mod metrics;
mod otlp;
mod output;
mod plugin_config;
mod progress;
mod setup;
mod subject;
mod table;
mod windows;

use std::process::ExitCode;

use clap::Parser;
use gantry_model::Diagnostic;
use gantry_model::secrets::Scope;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;

/// What a command ends with when it did its work; a [`Failure`] ends with 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is as it should be: 0.
    Good,
    /// The work was done, and there is something to see to: 1.
    NotGood,
    /// Nothing could be done: 2.
    NothingDone,
    /// As [`NotGood`](Self::NotGood), with the exit code that was asked for.
    Chosen(u8),
    /// A signal ended it before its time: 128 and the signal's number, as shells have it.
    Interrupted(u8),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Good => Self::SUCCESS,
            Outcome::NotGood => Self::from(1),
            Outcome::Chosen(code) => Self::from(code),
            Outcome::NothingDone => Self::from(2),
            Outcome::Interrupted(signal) => interrupt::exit_code(signal),
        }
    }
}

/// A server that has been busy gives the memory back: the system's own allocator kept twice of what was in
/// use. `.cargo/config.toml` says how often, and why.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.global.color);
    let spans = match logging::init(&cli.global) {
        Ok(spans) => spans,
        Err(problem) => return fail(&output, &[problem]),
    };
    let done = otlp::whole(cli.command.name()).in_scope(|| run(&cli, &output));
    // Also of a command that failed: then the metrics may tell why.
    let written = setup::write_metrics(&cli.global);
    if let Some(spans) = spans {
        spans.send_rest();
    }
    match done.and_then(|outcome| written.map(|()| outcome)) {
        Ok(outcome) => outcome.into(),
        Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(Failure::Problems(problems)) => fail(&output, &problems),
    }
}

fn fail(output: &Output, problems: &[Diagnostic]) -> ExitCode {
    problems
        .iter()
        .for_each(|problem| output.diagnostic(problem));
    Outcome::NothingDone.into()
}

fn run(cli: &Cli, output: &Output) -> Result<Outcome, Failure> {
    match &cli.command {
        Command::Sync(args) => commands::sync::run(&cli.global, args, output),
        Command::Diff(args) => commands::diff::run(&cli.global, args, output),
        Command::History(args) => commands::history::run(&cli.global, args, output),
        Command::Rollback(args) => commands::sync::roll_back(&cli.global, args, output),
        Command::Delete(args) => commands::delete::run(&cli.global, args, output),
        Command::Get(args) => commands::get::run(&cli.global, args, output),
        Command::Render(args) => commands::render::run(&cli.global, args, output),
        Command::Health(args) => commands::health::run(&cli.global, args, output),
        Command::Cluster(command) => commands::cluster::run(&cli.global, command, output),
        Command::Proj(args) => commands::proj::run(&cli.global, args, output),
        Command::Repo(command) => {
            commands::repo::run(&cli.global, command, Scope::Repository, output)
        }
        Command::Repocreds(command) => {
            commands::repo::run(&cli.global, command, Scope::Template, output)
        }
        Command::App(args) => commands::app::run(&cli.global, args, output),
        Command::Plugin(command) => commands::plugin::run(&cli.global, command, output),
        Command::Serve(args) => commands::serve::run(&cli.global, args, output),
        Command::Install(args) => commands::install::run(&cli.global, args, output),
        Command::Export(args) => commands::export::run(&cli.global, args, output),
        Command::Import(args) => commands::import::run(&cli.global, args, output),
    }
}
