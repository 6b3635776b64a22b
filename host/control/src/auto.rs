//! Whether an application is synced now without anybody asking: Argo CD's rules (3.2, `autoSync`), as a
//! function of what is known.

mod attempt;
mod pause;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use gantry_model::ObjectRef;
use gantry_model::application::{Automated, Retry, Source};
use gantry_sync::SyncStatus;

pub use attempt::{Attempt, OperationPhase, Synced};

/// All that the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The application's policy; none where it is not synced by itself.
    pub policy: Option<&'a Automated>,
    /// Whether it is being deleted.
    pub is_deleted: bool,
    /// Whether an operation runs or is asked for.
    pub is_busy: bool,
    /// How it compares with its sources now.
    pub status: SyncStatus,
    /// The same of each of its objects, hooks left out.
    pub resources: &'a [Compared],
    /// Its sources now.
    pub sources: &'a [Source],
    /// Their revisions now.
    pub revisions: &'a [String],
    /// False where a new revision is known to change nothing of it: then it counts as the old one.
    pub revisions_count: bool,
    /// The last operation, if there was one.
    pub last: Option<&'a Attempt>,
    /// What may hold back a sync that is due: sync windows, applications that it depends on.
    pub gates: &'a [Gate],
    /// The time.
    pub now: SystemTime,
}

/// One object, and how it compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Which object.
    pub object: ObjectRef,
    /// Whether the cluster has what the sources have.
    pub status: SyncStatus,
    /// Whether only pruning brings it in step.
    pub requires_pruning: bool,
}

/// Something that may hold back a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It does not.
    Open,
    /// Not now.
    Closed {
        /// When to look again; none where something else will tell.
        until: Option<SystemTime>,
        /// Why, for people.
        reason: String,
    },
    /// It will not open before somebody mends something.
    Broken {
        /// What, for people.
        reason: String,
    },
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Start a sync.
    Sync(Automatic),
    /// One is due, and not yet to start.
    Wait {
        /// When to look again; none where something else will tell.
        until: Option<SystemTime>,
        /// Why, for people.
        reason: String,
    },
    /// Nothing is due.
    No {
        /// Why, for people.
        reason: String,
        /// Whether that is an error of the application (its condition `SyncError`).
        is_error: bool,
    },
}

/// The sync to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automatic {
    /// Whether it prunes.
    pub prune: bool,
    /// How often the same revisions were repaired in a row, this time included; 0 is a sync of
    /// something new.
    pub self_heal_attempts: u32,
    /// The objects to sync; empty is all.
    pub resources: Vec<ObjectRef>,
    /// How it is tried again.
    pub retry: Retry,
}

/// Decides. Only what is OutOfSync is synced, each set of sources at each set of revisions once; after
/// that only drift is repaired, with growing pauses.
pub fn decide(situation: &Situation<'_>) -> Decision {
    let due = match due(situation) {
        Ok(due) => due,
        Err(other) => return other,
    };
    let closed = situation.gates.iter().find_map(|gate| match gate {
        Gate::Open => None,
        Gate::Closed { until, reason } => Some(Decision::Wait {
            until: *until,
            reason: reason.clone(),
        }),
        Gate::Broken { reason } => Some(error(reason.clone())),
    });
    closed.unwrap_or(Decision::Sync(due))
}

/// The sync that is due, or why none is.
fn due(situation: &Situation<'_>) -> Result<Automatic, Decision> {
    let Some(policy) = situation.policy else {
        return Err(no("it is not synced automatically"));
    };
    if situation.is_busy {
        return Err(no("an operation is in progress"));
    }
    if situation.is_deleted {
        return Err(no("it is being deleted"));
    }
    if situation.status != SyncStatus::OutOfSync {
        return Err(no(format!("it is {}", situation.status.as_str())));
    }
    let resources = situation.resources;
    let in_step = |resource: &Compared| resource.status == SyncStatus::Synced;
    if !policy.prune && resources.iter().all(|r| in_step(r) || r.requires_pruning) {
        return Err(no(
            "only pruning would bring it in step, and `automated.prune` is off",
        ));
    }
    let mut sync = Automatic {
        prune: policy.prune,
        self_heal_attempts: 0,
        resources: Vec::new(),
        retry: policy.retry,
    };
    let covering = situation.last.filter(|last| last.covers(situation));
    if let Some(last) = covering.filter(|last| last.never_began()) {
        pause::after_error(last, situation.now)?;
    } else if let Some(last) = covering {
        let revisions = situation.revisions.join(", ");
        if last.phase != OperationPhase::Succeeded {
            let message = &last.message;
            let message = format!("Failed last sync attempt to [{revisions}]: {message}");
            return Err(error(message));
        }
        if !policy.self_heal {
            let reason = format!("the last sync was to [{revisions}], and `selfHeal` is off");
            return Err(no(reason));
        }
        sync.self_heal_attempts = pause::attempt(last, situation.now)?;
        let drifted = resources.iter().filter(|resource| !in_step(resource));
        sync.resources = drifted.map(|resource| resource.object.clone()).collect();
    }
    if policy.prune && !policy.allow_empty && resources.iter().all(|r| r.requires_pruning) {
        let revisions = situation.revisions.join(", ");
        return Err(error(format!(
            "Skipping sync attempt to [{revisions}]: auto-sync will wipe out all resources"
        )));
    }
    Ok(sync)
}

fn no(reason: impl Into<String>) -> Decision {
    Decision::No {
        reason: reason.into(),
        is_error: false,
    }
}

fn error(reason: String) -> Decision {
    Decision::No {
        reason,
        is_error: true,
    }
}
