//! `gantry app delete`: the finalizers say what happens to an application's objects; the control plane does it.

use gantry_model::Diagnostic;
use gantry_store::Kind;
use serde_json::json;

use super::Desk;
use super::apps::told;
use super::condition::Condition;
use super::names::Name;
use super::watching::{Finish, Watching};
use crate::Outcome;
use crate::args::app::{DeleteArgs, PropagationPolicy, StateFormat};
use crate::commands::ask::is_yes;
use crate::failure::Failure;
use gantry_api::app::View;
use gantry_api::app::finalizers::{Policy, of_deletion};

impl Desk<'_> {
    pub(super) async fn delete(&self, args: &DeleteArgs) -> Result<Outcome, Failure> {
        if !args.cascade && args.propagation_policy.is_some() {
            let message = "--propagation-policy is for deletions with --cascade";
            return Err(Diagnostic::error("flag", message).into());
        }
        let names = self.apps.some(&args.apps, &[]).await?;
        if args.cascade && !args.yes {
            let listed: Vec<String> = names.iter().map(Name::to_string).collect();
            let listed = listed.join(", ");
            let question = format!("Delete {listed} and all their objects?");
            if !is_yes(
                &question,
                &format!("not deleted: {listed}"),
                "--yes deletes without asking",
            )? {
                self.output.print(&format!("not deleted: {listed}\n"))?;
                return Ok(Outcome::NothingDone);
            }
        }
        let mut asked = Vec::new();
        let mut outcome = Outcome::Good;
        for name in names {
            match self.delete_one(&name, args).await {
                Ok(()) => asked.push(name),
                Err(problem) => {
                    outcome = Outcome::NothingDone;
                    self.output.of_application(&name.to_string(), &problem);
                }
            }
        }
        if !args.wait {
            for name in asked {
                self.output
                    .print(&format!("application '{name}' deletion requested\n"))?;
            }
            return Ok(outcome);
        }
        let watching = Watching {
            condition: Condition {
                delete: true,
                ..Condition::default()
            },
            chosen: &[],
            patience: args.patience,
            format: StateFormat::Wide,
        };
        let finishes = self.watch_all(&asked, &watching).await?;
        for (name, finish) in asked.iter().zip(&finishes) {
            match finish {
                Finish::Gone => self
                    .output
                    .print(&format!("application '{name}' deleted\n"))?,
                _ if outcome == Outcome::Good => outcome = Outcome::NotGood,
                _ => {}
            }
        }
        Ok(outcome)
    }

    async fn delete_one(&self, name: &Name, args: &DeleteArgs) -> Result<(), Diagnostic> {
        let now = self.apps.get(name).await?;
        let app = View(now.value());
        if of_deletion(app, args.cascade, args.propagation_policy.map(policy)).is_some() {
            let patch = |app: View<'_>| {
                let wanted = of_deletion(app, args.cascade, args.propagation_policy.map(policy));
                Ok(wanted.map_or(
                    json!({}),
                    |wanted| json!({"metadata": {"finalizers": wanted}}),
                ))
            };
            self.apps.change(name, patch).await?;
        }
        let deleted = self
            .apps
            .home
            .delete(Kind::Application, &name.namespace, &name.name)
            .await;
        deleted.map(drop).map_err(|error| told(&error))
    }
}

fn policy(wanted: PropagationPolicy) -> Policy {
    match wanted {
        PropagationPolicy::Foreground => Policy::Foreground,
        PropagationPolicy::Background => Policy::Background,
    }
}
