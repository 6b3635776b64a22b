//! `gantry app rollback`.

use gantry_api::app::operation;

use super::Desk;
use super::apps::user;
use super::condition::Condition;
use super::sync::conclude;
use super::watching::Watching;
use crate::Outcome;
use crate::args::app::RollbackArgs;
use crate::failure::Failure;

impl Desk<'_> {
    pub(super) async fn rollback(&self, args: &RollbackArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let who = user();
        self.apps
            .begin(&name, |app| {
                operation::rollback(app, args.id, args.prune, args.dry_run, &who)
            })
            .await?;
        let watching = Watching {
            condition: Condition::OPERATION,
            chosen: &[],
            patience: args.patience,
            format: args.output,
        };
        let finish = self.watch(&name, &watching).await?;
        // What an older state does not have is left: that is what a rollback without --prune is.
        Ok(conclude(self.output, &name, &finish, true))
    }
}
