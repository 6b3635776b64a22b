//! `gantry app diff`, and the preview of a sync: what a sync would change, rendered and asked here.

use gantry_engine::options_of;
use gantry_model::{Diagnostic, Object};
use gantry_sync::{Options, Selection};
use serde_json::{Value, json};

use super::Desk;
use super::surroundings::{local, local_only};
use crate::Outcome;
use crate::args::ChangesFormat;
use crate::args::app::{DiffArgs, RevisionFlags, SyncArgs};
use crate::commands::ask::is_yes;
use crate::commands::diff::{one, show};
use crate::failure::Failure;
use crate::setup;
use gantry_api::app::View;

impl Desk<'_> {
    pub(super) async fn diff(&self, args: &DiffArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let found = self
            .refreshed(&name, args.refresh, args.patience.timeout)
            .await?;
        let Some(object) = found else {
            return Ok(Outcome::NothingDone);
        };
        let object = at(&object, &args.revisions)?;
        let mut inputs = self.inputs(&object).await?;
        let (directory, root) = (args.local.as_deref(), args.local_repo_root.as_deref());
        let Some(named) = inputs.applications.first_mut() else {
            return Ok(Outcome::NothingDone);
        };
        let names = &args.local_includes;
        let given = local_only(directory, root, names, &mut named.application)?;
        let (credentials, ignored) = (inputs.credentials, inputs.ignored);
        let engine = tokio::task::block_in_place(|| {
            setup::engine(&self.global, credentials, &inputs.projects, ignored)
        })?;
        let own = options_of(&named.application, true);
        let options = Options {
            server_side_diff: args.server_side_diff.unwrap_or(own.server_side_diff),
            ..own
        };
        let compared = one(&engine, named, options, given, &self.progress).await;
        let outcome = show(&[compared], args.output, self.output)?;
        Ok(match outcome {
            Outcome::NotGood if !args.exit_code => Outcome::Good,
            Outcome::NotGood => Outcome::Chosen(args.diff_exit_code),
            outcome => outcome,
        })
    }

    /// Shows what a sync would change, and asks whether it shall; false where nothing would.
    pub(super) async fn preview(&self, object: &Object, args: &SyncArgs) -> Result<bool, Failure> {
        let object = at(object, &args.revisions)?;
        let mut inputs = self.inputs(&object).await?;
        let (directory, root) = (args.local.as_deref(), args.local_repo_root.as_deref());
        let Some(named) = inputs.applications.first_mut() else {
            return Ok(false);
        };
        let given = local(directory, root, &mut named.application)?;
        let (credentials, ignored) = (inputs.credentials, inputs.ignored);
        let engine = tokio::task::block_in_place(|| {
            setup::engine(&self.global, credentials, &inputs.projects, ignored)
        })?;
        let name = View(object.value()).qualified();
        self.output
            .print(&format!("====== What a sync of {name} changes ======\n"))?;
        let options = options_of(&named.application, args.prune);
        let compared = one(&engine, named, options, given, &self.progress).await;
        match show(&[compared], ChangesFormat::Text, self.output)? {
            Outcome::Good => {
                self.output.print("====== Nothing ======\n")?;
                Ok(false)
            }
            Outcome::NotGood if args.assume_yes => Ok(true),
            Outcome::NotGood => {
                let help = "--assumeYes syncs without asking";
                is_yes(
                    &format!("Sync {name}?"),
                    &format!("not synced: {name}"),
                    help,
                )
            }
            _ => Err(Diagnostic::error("sync", format!("not synced: {name}")).into()),
        }
    }

    /// The objects of an application that have all labels of the command line, as they are rendered.
    pub(super) async fn labelled(
        &self,
        object: &Object,
        args: &SyncArgs,
    ) -> Result<Vec<Value>, Failure> {
        let label = |text: &String| {
            let pair = text.split_once('=').ok_or_else(|| {
                Diagnostic::error("flag", format!("--label {text}: there is no `=`"))
                    .help("write --label KEY=VALUE")
            })?;
            Ok::<_, Diagnostic>((pair.0.to_owned(), pair.1.to_owned()))
        };
        let selection = Selection {
            labels: args.labels.iter().map(label).collect::<Result<_, _>>()?,
            ..Selection::default()
        };
        let mut rendering = self.rendering(&at(object, &args.revisions)?).await?;
        let (directory, root) = (args.local.as_deref(), args.local_repo_root.as_deref());
        let given = local(directory, root, &mut rendering.application)?;
        let prepared = self.prepare(&rendering, given).await?;
        let chosen = prepared
            .rendered
            .objects()
            .filter(|object| selection.has(object));
        let chosen: Vec<Value> = chosen.map(entry).collect();
        if chosen.is_empty() {
            let message = format!("no object has the labels {}", args.labels.join(", "));
            return Err(Diagnostic::error("label", message).into());
        }
        Ok(chosen)
    }
}

/// An object as an operation names it.
fn entry(object: &Object) -> Value {
    let mut entry = json!({"kind": object.kind(), "name": object.name()});
    let gvk = object.gvk();
    for (key, value) in [
        ("group", gvk.group.as_str()),
        ("namespace", object.namespace()),
    ] {
        if !value.is_empty() {
            entry[key] = value.into();
        }
    }
    entry
}

/// An application at other revisions.
pub(super) fn at(object: &Object, revisions: &RevisionFlags) -> Result<Object, Diagnostic> {
    let mut value = object.value().clone();
    revisions.over(&mut value)?;
    Object::new(value, None).map_err(|error| Diagnostic::error("manifest", error.to_string()))
}
