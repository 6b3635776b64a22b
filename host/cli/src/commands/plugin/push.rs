//! `gantry plugin push`: from a file to a registry.

use gantry_model::{Diagnostic, Span};
use gantry_registry::{Connection, Push, Registry};
use serde::Serialize;

use super::registry::{credentials, failure};
use crate::Outcome;
use crate::args::{Format, PushArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::setup;
use crate::table::Table;

/// What was pushed, in the shape that scripts read.
#[derive(Serialize)]
struct Row {
    reference: String,
    /// The digest of the artifact, which `cosign sign` is given.
    artifact: String,
    /// The digest of the plugin's file, which pins name.
    digest: String,
}

pub(crate) fn run(args: &PushArgs, output: &Output) -> Result<Outcome, Failure> {
    let credentials = credentials(&args.registry)?;
    let connection = Connection::plain_http(args.registry.plain_http);
    let registry = Registry::open(&args.reference, &credentials, &connection);
    let registry = registry.map_err(failure)?;
    let wasm = std::fs::read(&args.file).map_err(|error| {
        let path = args.file.display().to_string();
        let span = Span { path, start: None };
        Diagnostic::error("file", format!("cannot be read: {error}")).at(span)
    })?;
    let title = args.file.file_name().unwrap_or_default();
    let title = title.to_string_lossy().into_owned();
    let push = Push { wasm, title };
    let pushed = setup::runtime()?.block_on(push.run(&registry));
    let pushed = pushed.map_err(failure)?;
    let row = Row {
        reference: args.reference.clone(),
        artifact: pushed.artifact.to_string(),
        digest: pushed.digest.to_string(),
    };
    match args.output {
        Format::Json => output.json(&row)?,
        Format::Yaml => output.yaml(&row)?,
        Format::Table => {
            let mut table = Table::new(&["REFERENCE", "ARTIFACT", "DIGEST"]);
            table.row([row.reference, row.artifact, row.digest]);
            output.print(&table.to_string())?;
        }
    }
    Ok(Outcome::Good)
}
