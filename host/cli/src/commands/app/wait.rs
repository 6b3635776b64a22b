//! `gantry app wait`.

use futures::StreamExt;
use gantry_model::{Diagnostic, limits};

use super::Desk;
use super::condition::Condition;
use super::names::Name;
use super::resources::Chosen;
use super::watching::{Finish, Watching};
use crate::Outcome;
use crate::args::app::WaitArgs;
use crate::failure::Failure;

/// Reads `--resource`s.
pub(super) fn chosen(texts: &[String]) -> Result<Vec<Chosen>, Diagnostic> {
    let one = |text: &String| {
        text.parse()
            .map_err(|error: String| Diagnostic::error("resource", error))
    };
    texts.iter().map(one).collect()
}

impl Desk<'_> {
    pub(super) async fn wait(&self, args: &WaitArgs) -> Result<Outcome, Failure> {
        let names = self.apps.some(&args.apps, &[]).await?;
        let chosen = chosen(&args.resources)?;
        let asked = Condition {
            sync: args.sync,
            health: args.health,
            operation: args.operation,
            suspended: args.suspended,
            degraded: args.degraded,
            delete: args.delete,
        };
        let watching = Watching {
            condition: asked.or_default(),
            chosen: &chosen,
            patience: args.patience,
            format: args.output,
        };
        let finishes = self.watch_all(&names, &watching).await?;
        let mut outcome = Outcome::Good;
        for (name, finish) in names.iter().zip(finishes) {
            match finish {
                Finish::Met(_) => {}
                Finish::Gone => self
                    .output
                    .print(&format!("Application '{name}' deleted\n"))?,
                Finish::NotMet => outcome = Outcome::NotGood,
            }
        }
        Ok(outcome)
    }

    /// Follows several applications at once; what is told of one stands in one piece only at its end.
    pub(super) async fn watch_all(
        &self,
        names: &[Name],
        watching: &Watching<'_>,
    ) -> Result<Vec<Finish>, Failure> {
        let all = names.iter().map(|name| self.watch(name, watching));
        let done = futures::stream::iter(all).buffered(limits::APPLICATIONS_IN_FLIGHT_MAX);
        let done: Vec<Result<Finish, Failure>> = done.collect().await;
        done.into_iter().collect()
    }
}
