//! `gantry plugin pull`: from a registry into the plugin directory.

use gantry_model::Diagnostic;
use gantry_plugins::{Keys, Policy};
use gantry_registry::{Connection, Pull, Registry, place};
use serde::Serialize;

use super::registry::{credentials, failure};
use crate::Outcome;
use crate::args::{Format, Global, PullArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::setup;
use crate::table::Table;

/// What was pulled, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: String,
    size_bytes: u64,
    /// The key that signed it; null where no signature was asked for.
    signed_by: Option<String>,
    path: String,
    /// The digest of the artifact, as `cosign` and `oras` name it.
    artifact: String,
    digest: String,
    /// What to write as the plugin's name into an application, so that it gets this file or none.
    pin: String,
}

pub(crate) fn run(global: &Global, args: &PullArgs, output: &Output) -> Result<Outcome, Failure> {
    let credentials = credentials(&args.registry)?;
    let connection = Connection::plain_http(args.registry.plain_http);
    let registry = Registry::open(&args.reference, &credentials, &connection);
    let registry = registry.map_err(failure)?;
    let name = args.name.as_deref().unwrap_or_else(|| registry.name());
    let pull = Pull {
        digest: args.digest,
        policy: policy(global, args)?,
    };
    let directory = setup::plugin_directory_to_fill(global)?;
    let bar = Progress::new().download(&args.reference);
    let pulled = setup::runtime()?.block_on(pull.run(&registry, &|done, all| bar.at(done, all)));
    bar.finish();
    let pulled = pulled.map_err(failure)?;
    let path = place(&directory, name, &pulled).map_err(failure)?;
    let row = Row {
        name: name.to_owned(),
        size_bytes: pulled.wasm.len() as u64,
        signed_by: pulled.signature.map(|(_, key)| key),
        path: path.display().to_string(),
        artifact: pulled.artifact.to_string(),
        digest: pulled.digest.to_string(),
        pin: format!("{name}@{}", pulled.digest),
    };
    match args.output {
        Format::Json => output.json(&row)?,
        Format::Yaml => output.yaml(&row)?,
        Format::Table => output.print(&table(row).to_string())?,
    }
    Ok(Outcome::Good)
}

/// What counts when the plugin is loaded, counts when it is pulled; `--key` names other keys.
fn policy(global: &Global, args: &PullArgs) -> Result<Policy, Failure> {
    let mut policy = setup::plugin_config(global)?.trust;
    if args.keys.is_empty() {
        return Ok(policy);
    }
    policy.keys = Keys::default();
    for path in &args.keys {
        let name = path.display().to_string();
        let added = match std::fs::read(path) {
            Ok(pem) => policy.keys.add(&name, &pem).map_err(|e| e.to_string()),
            Err(error) => Err(format!("{name} cannot be read: {error}")),
        };
        added.map_err(|message| {
            Diagnostic::error("plugin-key", message).help("name a PEM file such as cosign.pub")
        })?;
    }
    Ok(policy)
}

fn table(row: Row) -> Table {
    let mut table = Table::new(&["NAME", "SIZE", "SIGNED", "FILE", "PIN"]);
    table.row([
        row.name,
        indicatif::HumanBytes(row.size_bytes).to_string(),
        row.signed_by.unwrap_or_else(|| "not asked".to_owned()),
        row.path,
        row.pin,
    ]);
    table
}
