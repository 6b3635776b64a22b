//! `gantry app delete`: the finalizers say what happens to an application's objects; the control plane does it.

use gantry_model::Diagnostic;
use gantry_store::Kind;
use serde_json::{Value, json};

use super::Desk;
use super::apps::told;
use super::condition::Condition;
use super::create::FINALIZER;
use super::names::Name;
use super::view::View;
use super::watching::{Finish, Watching};
use crate::Outcome;
use crate::args::app::{DeleteArgs, PropagationPolicy, StateFormat};
use crate::commands::ask::is_yes;
use crate::failure::Failure;

const FOREGROUND: &str = "resources-finalizer.argocd.argoproj.io/foreground";
const BACKGROUND: &str = "resources-finalizer.argocd.argoproj.io/background";

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
        if finalizers(app, args.cascade, args.propagation_policy).is_some() {
            let patch = |app: View<'_>| {
                let wanted = finalizers(app, args.cascade, args.propagation_policy);
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

/// The finalizers that a deletion needs; none where they are as they must be. To one that is being deleted,
/// none may be added.
fn finalizers(
    app: View<'_>,
    cascade: bool,
    policy: Option<PropagationPolicy>,
) -> Option<Vec<Value>> {
    let known = app.list("/metadata/finalizers");
    let mut wanted = known.to_vec();
    if cascade {
        let finalizer = match policy {
            None => FINALIZER,
            Some(PropagationPolicy::Foreground) => FOREGROUND,
            Some(PropagationPolicy::Background) => BACKGROUND,
        };
        if !app.is_being_deleted() && !known.iter().any(|known| known == finalizer) {
            wanted.push(finalizer.into());
        }
    } else {
        wanted.retain(|known| {
            ![FINALIZER, FOREGROUND, BACKGROUND]
                .iter()
                .any(|f| known == f)
        });
    }
    (wanted != known).then_some(wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{BACKGROUND, FINALIZER, FOREGROUND, finalizers};
    use crate::args::app::PropagationPolicy::{Background, Foreground};
    use crate::commands::app::view::View;

    #[test]
    fn finalizers_are_argo_cds() {
        let own = "example.com/own";
        let app = |finalizers: &[&str], deleted: bool| {
            let at = if deleted { "2026-01-01T00:00:00Z" } else { "" };
            json!({"metadata": {"finalizers": finalizers, "deletionTimestamp": at}})
        };
        let cases: [(Value, bool, _, Option<Vec<&str>>); 8] = [
            (app(&[], false), true, None, Some(vec![FINALIZER])),
            (
                app(&[own], false),
                true,
                Some(Foreground),
                Some(vec![own, FOREGROUND]),
            ),
            (
                app(&[FINALIZER], false),
                true,
                Some(Background),
                Some(vec![FINALIZER, BACKGROUND]),
            ),
            (app(&[FINALIZER], false), true, None, None),
            (app(&[], true), true, None, None),
            (
                app(&[FINALIZER, own, FOREGROUND, BACKGROUND], false),
                false,
                None,
                Some(vec![own]),
            ),
            (app(&[FINALIZER], true), false, None, Some(vec![])),
            (app(&[own], false), false, None, None),
        ];
        for (app, cascade, policy, expected) in cases {
            let found = finalizers(View(&app), cascade, policy);
            assert_eq!(json!(found), json!(expected), "{app} {cascade} {policy:?}");
        }
    }
}
