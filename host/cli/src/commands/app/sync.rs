//! `gantry app sync`.

use gantry_model::{Diagnostic, Object};
use serde_json::Value;

use super::Desk;
use super::apps::user;
use super::condition::Condition;
use super::names::Name;
use super::operation::{infos, retry, strategy};
use super::resources::Chosen;
use super::states::left_to_prune;
use super::wait::chosen;
use super::watching::{Finish, Watching};
use crate::Outcome;
use crate::args::app::SyncArgs;
use crate::failure::Failure;
use crate::output::Output;
use gantry_api::app::View;
use gantry_api::app::operation::{self, Wanted, options_over};

impl Desk<'_> {
    pub(super) async fn sync(&self, args: &SyncArgs) -> Result<Outcome, Failure> {
        let names = self.apps.some(&args.apps, &args.projects).await?;
        let one_only = !args.revisions.revisions.is_empty() || args.local.is_some();
        if one_only && names.len() != 1 {
            let message = "--revisions and --local are for one application";
            return Err(Diagnostic::error("revision", message)
                .help("name one")
                .into());
        }
        let chosen = chosen(&args.resources)?;
        let mut begun = Vec::new();
        let mut outcome = Outcome::Good;
        for name in names {
            match self.begin_sync(&name, args, &chosen).await {
                Ok(true) => begun.push(name),
                Ok(false) => {}
                Err(Failure::Problems(problems)) => {
                    outcome = Outcome::NothingDone;
                    for problem in &problems {
                        self.output.of_application(&name.to_string(), problem);
                    }
                }
                Err(other) => return Err(other),
            }
        }
        if args.no_wait {
            return Ok(outcome);
        }
        let watching = Watching {
            condition: Condition::OPERATION,
            chosen: &chosen,
            patience: args.patience,
            format: args.output,
        };
        let finishes = self.watch_all(&begun, &watching).await?;
        let is_part = !args.resources.is_empty() || !args.labels.is_empty();
        for (name, finish) in begun.iter().zip(&finishes) {
            let ended = conclude(self.output, name, finish, args.dry_run || is_part);
            if outcome == Outcome::Good {
                outcome = ended;
            }
        }
        Ok(outcome)
    }

    /// Asks for one sync; false where nothing is to be done, or the user has said no.
    async fn begin_sync(
        &self,
        name: &Name,
        args: &SyncArgs,
        chosen: &[Chosen],
    ) -> Result<bool, Failure> {
        let object = self.apps.get(name).await?;
        let manifests = self.local(&object, args).await?;
        if args.preview_changes && !self.preview(&object, args).await? {
            return Ok(false);
        }
        let labelled = if args.labels.is_empty() {
            Vec::new()
        } else {
            self.labelled(&object, args).await?
        };
        let wanted = |app: View<'_>| {
            Ok::<_, Diagnostic>(Wanted {
                manifests: manifests.clone(),
                ..wanted(app, args, chosen, &labelled)?
            })
        };
        let who = user();
        let operation = |app: View<'_>| operation::sync(app, &wanted(app)?, &who);
        self.apps.begin(name, operation).await?;
        if args.no_wait {
            self.output
                .print(&format!("Application '{name}' sync initiated\n"))?;
        }
        Ok(true)
    }
}

/// What the flags ask for, of the application as it is.
fn wanted(
    app: View<'_>,
    args: &SyncArgs,
    chosen: &[Chosen],
    labelled: &[Value],
) -> Result<Wanted, Diagnostic> {
    let mut resources = Vec::new();
    if !chosen.is_empty() {
        resources = Chosen::of(chosen, app);
        if resources.is_empty() {
            let message = format!(
                "no object of the application fits --resource {}",
                args.resources.join(", ")
            );
            return Err(Diagnostic::error("resource", message).help("see `gantry app get`"));
        }
    }
    resources.extend(labelled.iter().cloned());
    let options = [
        (args.replace, "Replace=true"),
        (args.server_side, "ServerSideApply=true"),
        (args.apply_out_of_sync_only, "ApplyOutOfSyncOnly=true"),
    ];
    let options = options.into_iter().filter(|(asked, _)| *asked);
    let options: Vec<String> = options.map(|(_, option)| option.to_owned()).collect();
    Ok(Wanted {
        prune: args.prune,
        dry_run: args.dry_run,
        revision: args.revisions.revision.clone().unwrap_or_default(),
        revisions: args.revisions.of(app)?,
        resources,
        options: Some(options_over(app, &options)),
        strategy: Some(strategy(args.strategy.unwrap_or_default(), args.force)),
        retry: retry(args.retry),
        infos: infos(&args.infos)?,
        manifests: Vec::new(),
    })
}

/// What came of an operation. `leaves` is whether objects may stay that are to be pruned.
pub(super) fn conclude(output: &Output, name: &Name, finish: &Finish, leaves: bool) -> Outcome {
    let Finish::Met(object) = finish else {
        return Outcome::NotGood;
    };
    match problem(object, leaves) {
        None => Outcome::Good,
        Some(problem) => {
            output.of_application(&name.to_string(), &problem);
            Outcome::NotGood
        }
    }
}

fn problem(object: &Object, leaves: bool) -> Option<Diagnostic> {
    let app = View(object.value());
    let error = |message: String| Some(Diagnostic::error("sync", message));
    let Some(state) = app.operation_state() else {
        return error("the control plane has not told how the operation ended".to_owned());
    };
    let phase = state.text("/phase");
    if phase != "Succeeded" {
        return error(format!(
            "the operation ended with phase {phase}: {}",
            state.text("/message")
        ));
    }
    let left = left_to_prune(state);
    if leaves || left == 0 || app.sync() == "Synced" {
        return None;
    }
    let problem = Diagnostic::error("prune", format!("{left} objects require pruning"));
    Some(problem.help("sync with --prune"))
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::{Value, json};

    use super::problem;

    #[test]
    fn an_operation_ends_well_or_not() {
        let app = |phase: &str, sync: &str, result: &str| {
            let state = json!({"phase": phase, "message": "m", "syncResult": {"resources": [{"status": result}]}});
            json!({"status": {"sync": {"status": sync}, "operationState": state}})
        };
        let cases: [(Value, bool, &str); 7] = [
            (app("Succeeded", "Synced", "Synced"), false, ""),
            (app("Succeeded", "OutOfSync", "Synced"), false, ""),
            (
                app("Succeeded", "OutOfSync", "PruneSkipped"),
                false,
                "1 objects require pruning",
            ),
            (app("Succeeded", "OutOfSync", "PruneSkipped"), true, ""),
            (app("Succeeded", "Synced", "PruneSkipped"), false, ""),
            (
                app("Failed", "OutOfSync", "SyncFailed"),
                true,
                "phase Failed: m",
            ),
            (json!({}), false, "not told"),
        ];
        for (mut value, leaves, expected) in cases {
            value["apiVersion"] = "argoproj.io/v1alpha1".into();
            value["kind"] = "Application".into();
            let object = Object::new(value, None).expect("an object");
            let found = problem(&object, leaves).map(|problem| problem.message);
            match found {
                None => assert_eq!(expected, "", "{object:?}"),
                Some(found) => assert!(!expected.is_empty() && found.contains(expected), "{found}"),
            }
        }
    }
}
