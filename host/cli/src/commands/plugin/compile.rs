//! `gantry plugin compile`: what would else be done when a plugin is first used.

use gantry_plugins::{Compiled, Host};
use indicatif::HumanBytes;

use crate::Outcome;
use crate::args::{CompileArgs, Format, Global};
use crate::failure::Failure;
use crate::output::Output;
use crate::setup;
use crate::table::Table;

pub(crate) fn run(
    global: &Global,
    args: &CompileArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let host = setup::plugins(global)?;
    let names = if args.names.is_empty() {
        host.names()
    } else {
        args.names.clone()
    };
    let (compiled, problems) = compile(&host, &names);
    match args.output {
        Format::Json => output.json(&compiled)?,
        Format::Yaml => output.yaml(&compiled)?,
        Format::Table => output.print(&table(&compiled).to_string())?,
    }
    match problems {
        Some(problems) => Err(problems),
        None => Ok(Outcome::Good),
    }
}

/// One after the other: each takes all cores by itself.
fn compile(host: &Host, names: &[String]) -> (Vec<Compiled>, Option<Failure>) {
    let mut compiled = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        match host.compile(name) {
            Ok(one) => compiled.push(one),
            Err(error) => problems.extend(error.diagnostics()),
        }
    }
    let failed = !problems.is_empty();
    (compiled, failed.then(|| problems.into()))
}

fn table(compiled: &[Compiled]) -> Table {
    let mut table = Table::new(&["NAME", "SIZE", "TIME", "STATE"]);
    for plugin in compiled {
        let state = if plugin.was_ready {
            "was ready"
        } else {
            "compiled"
        };
        table.row([
            plugin.name.clone(),
            HumanBytes(plugin.size_bytes).to_string(),
            format!("{:.1} s", plugin.load_ms / 1e3),
            state.to_owned(),
        ]);
    }
    table
}
