//! One run of a sync from its first write to its end, and how its hooks are known again: a run that
//! was killed is taken up by the next one, and a hook that had succeeded does not run twice.

use gantry_model::Object;
use serde_json::Value;

use crate::hook::{FINALIZER, OPERATION};
use crate::phase::Phase;

/// Characters of a revision in a generated name, as Argo CD has it.
const REVISION_CHARS: usize = 7;

/// Which operation a sync is. Whoever syncs decides whether it is a new one or an interrupted one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// What tells it from any other operation of the application.
    pub id: String,
    /// The first source's revision, for the names of hooks that have only `generateName`.
    pub revision: String,
    /// Its number, which grows from one operation to the next, for the same names. Argo CD takes the
    /// time, which would be another one when an interrupted operation is taken up.
    pub number: u64,
}

impl Operation {
    /// Names a hook that has only `generateName`: the same name whenever this operation is taken up
    /// again (`sync_context.go`, `getSyncTasks`).
    pub(crate) fn name(&self, hook: &mut Object, phase: Phase) {
        if !hook.name().is_empty() {
            return;
        }
        let generate = hook.value().pointer("/metadata/generateName");
        let Some(generate) = generate.and_then(Value::as_str) else {
            return;
        };
        let revision: String = self.revision.chars().take(REVISION_CHARS).collect();
        let number = self.number;
        let postfix = format!("{revision}-{phase}-{number}").to_lowercase();
        let name = format!("{generate}{postfix}");
        hook.set_name(&name);
    }

    /// Marks a hook as run by this operation, and keeps it from going away before the end.
    pub(crate) fn mark(&self, hook: &mut Object, phase: Phase) {
        hook.set_annotation(OPERATION, &self.of_phase(phase));
        hook.add_finalizer(FINALIZER);
    }

    /// Whether this operation has run the live hook, in that phase or in a later one: a hook of
    /// several phases is one object, made anew for each.
    pub(crate) fn has_run(&self, live: &Object, phase: Phase) -> bool {
        let later: &[Phase] = match phase {
            Phase::PreSync => &[Phase::PreSync, Phase::Sync, Phase::PostSync],
            Phase::Sync => &[Phase::Sync, Phase::PostSync],
            Phase::PostSync => &[Phase::PostSync],
            Phase::SyncFail => &[Phase::SyncFail],
            Phase::PreDelete => &[Phase::PreDelete, Phase::PostDelete],
            Phase::PostDelete => &[Phase::PostDelete],
        };
        let mark = live.annotation(OPERATION);
        later
            .iter()
            .any(|phase| mark == Some(&self.of_phase(*phase)))
    }

    /// Whether some operation, this one or one before, ran the live hook in that phase.
    pub(crate) fn ran_in(live: &Object, phase: Phase) -> bool {
        let mark = live.annotation(OPERATION);
        mark.and_then(|mark| mark.rsplit_once('/'))
            .is_some_and(|(_, ran)| ran == phase.as_str())
    }

    fn of_phase(&self, phase: Phase) -> String {
        format!("{}/{phase}", self.id)
    }
}
