//! What becomes of a deletion's hooks once they have run.

use std::collections::HashSet;

use gantry_model::{ClusterError, Diagnostic, Object};

use crate::hook;
use crate::hooks::{Outcome, Ran};
use crate::identity::Key;
use crate::operation::Operation;
use crate::phase::Phase;
use crate::report::{Action, Report};
use crate::run::Sync;

const PHASES: [Phase; 2] = [Phase::PreDelete, Phase::PostDelete];

impl Sync<'_> {
    /// Takes our finalizer from hooks that have ended.
    pub(super) async fn let_go(&self, ran: &[Ran]) -> Vec<Diagnostic> {
        let mut warnings = Vec::new();
        for Ran { resource, hook } in ran {
            let reference = hook.reference();
            if let Err(error) = self.release(resource, &reference).await {
                let message = format!("{reference}: our finalizer could not be removed: {error}");
                warnings.push(Diagnostic::warning("hook", message));
            }
        }
        warnings
    }

    /// Removes the hooks that a deletion has run. After one that succeeded, as their policies say, and those
    /// without any (`cleanupHooks`). After another, those that failed, as Argo CD does; those that
    /// succeeded stay, so that the next deletion does not run them again.
    pub(super) async fn clear_up(&self, report: &mut Report, ran: Vec<Ran>) {
        let failed: HashSet<Key> = report
            .objects
            .iter()
            .filter(|row| row.hook && row.action == Action::Failed)
            .map(|row| Key::from(&row.object))
            .collect();
        let whole = !report.failed();
        for Ran { hook, .. } in ran {
            let policy = hook::delete_policy(&hook);
            let goes = if whole {
                let goes = policy.succeeded || !hook::names_delete_policy(&hook);
                goes && self.is_to_be_removed(&hook)
            } else {
                // The next deletion makes the others anew, and until then they tell what happened.
                failed.contains(&Key::of(&hook)) && (policy.failed || !policy.before_creation)
            };
            if !goes {
                continue;
            }
            if let Err(error) = self.delete(&hook).await {
                report.warnings.push(not_removed(&hook, &error));
            }
        }
    }

    /// Whether hooks of the phase in which one ran are removed at all.
    fn is_to_be_removed(&self, hook: &Object) -> bool {
        let mut phases = PHASES.into_iter();
        let ran = phases.find(|phase| Operation::ran_in(hook, *phase));
        ran.is_none_or(|phase| self.options.extent.of(phase).remove)
    }

    /// Removes the hooks of an earlier deletion, of which nothing else is left to do.
    pub(super) async fn clear_up_left(&self) -> Vec<Diagnostic> {
        let extent = self.options.extent;
        let is_left = |phase: &Phase| extent.of(*phase).remove && !extent.of(*phase).run;
        let phases: Vec<Phase> = PHASES.into_iter().filter(is_left).collect();
        if phases.is_empty() {
            return Vec::new();
        }
        let is_one = |object: &Object| {
            let own = hook::deletion_phases(object);
            phases.iter().any(|phase| own.contains(phase))
        };
        let found = self.tracked(None, &is_one).await;
        let mut warnings = found.warnings;
        for hook in found.objects {
            if let Err(error) = self.remove_left(&hook).await {
                warnings.push(not_removed(&hook, &error));
            }
        }
        warnings
    }

    /// Removes one of them, if its delete policy says so of how it ended.
    async fn remove_left(&self, hook: &Object) -> Result<(), ClusterError> {
        let resource = self.served(&hook.gvk()).await?;
        let get = || self.cluster.get(&resource, hook.namespace(), hook.name());
        // What was found may have no status.
        let Some(hook) = self.limiter.call(get).await? else {
            return Ok(());
        };
        self.release(&resource, &hook.reference()).await?;
        let policy = hook::delete_policy(&hook);
        let by_policy = match self.outcome(&hook) {
            Outcome::Succeeded => policy.succeeded,
            Outcome::Failed => policy.failed,
            Outcome::Running => false,
        };
        if by_policy || !hook::names_delete_policy(&hook) {
            self.delete(&hook).await?;
        }
        Ok(())
    }
}

fn not_removed(hook: &Object, error: &ClusterError) -> Diagnostic {
    let message = format!("{}: not removed: {error}", hook.reference());
    Diagnostic::warning("hook", message)
}
