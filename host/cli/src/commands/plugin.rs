//! `gantry plugin …`, and its `list`.

mod bench;
mod compile;
mod inspect;
mod new;
mod pull;
mod push;
mod record;
mod registry;
mod replay;
mod test;

use gantry_plugins::PluginInfo;

use crate::Outcome;
use crate::args::{Format, Global, PluginCommand};
use crate::commands::componentize;
use crate::failure::Failure;
use crate::output::Output;
use crate::setup;
use crate::table::Table;

pub(crate) fn run(
    global: &Global,
    command: &PluginCommand,
    output: &Output,
) -> Result<Outcome, Failure> {
    match command {
        PluginCommand::List {
            watch,
            output: format,
        } => list(global, *watch, *format, output),
        PluginCommand::Compile(args) => compile::run(global, args, output),
        PluginCommand::Pull(args) => pull::run(global, args, output),
        PluginCommand::Push(args) => push::run(args, output),
        PluginCommand::Record(args) => record::run(global, args, output),
        PluginCommand::Replay(args) => replay::run(global, args, output),
        PluginCommand::New(args) => new::run(args, output),
        PluginCommand::Inspect(args) => inspect::run(args, output),
        PluginCommand::Test(args) => test::run(global, args, output),
        PluginCommand::Bench(args) => bench::run(global, args, output),
        PluginCommand::Componentize(args) => componentize::run(args),
    }
}

fn list(global: &Global, watch: bool, format: Format, output: &Output) -> Result<Outcome, Failure> {
    let host = setup::plugins(global)?;
    if !watch {
        print(&host.list(), format, output)?;
        return Ok(Outcome::Good);
    }
    let watch = host.watch();
    loop {
        print(&host.list(), format, output)?;
        watch.changed();
    }
}

fn print(plugins: &[PluginInfo], format: Format, output: &Output) -> Result<(), Failure> {
    match format {
        Format::Json => output.json(&plugins)?,
        Format::Yaml => output.yaml(&plugins)?,
        Format::Table => {
            output.print(&table(plugins).to_string())?;
            plugins
                .iter()
                .filter_map(|p| p.error.as_ref())
                .for_each(|e| output.diagnostic(e));
        }
    }
    Ok(())
}

fn table(plugins: &[PluginInfo]) -> Table {
    let mut table = Table::new(&["NAME", "KIND", "WORLD", "DIGEST", "SIZE", "FROM", "SUMMARY"]);
    for plugin in plugins {
        let from = match &plugin.path {
            Some(path) if plugin.replaces_builtin => {
                format!("{} (replaces built-in)", path.display())
            }
            Some(path) => path.display().to_string(),
            None => "built-in".to_owned(),
        };
        let cells = match &plugin.facts {
            Some(facts) => [
                facts.kind.as_str().to_owned(),
                facts.world.clone(),
                facts.digest.short(),
                indicatif::HumanBytes(facts.size_bytes).to_string(),
                from,
                facts.summary.clone(),
            ],
            None => [
                "-".into(),
                "-".into(),
                "-".into(),
                "-".into(),
                from,
                "not usable, see below".into(),
            ],
        };
        table.row([vec![plugin.name.clone()], cells.to_vec()].concat());
    }
    table
}
