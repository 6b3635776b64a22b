//! What became of every object, and of the application as a whole.

use gantry_model::{Diagnostic, Health, HealthStatus, Object, ObjectRef};
use serde::Serialize;

use crate::options::Options;
use crate::phase::Phase;
use crate::plan::Task;

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It was not there and is now.
    Created,
    /// It was changed.
    Configured,
    /// It was what it should be.
    Unchanged,
    /// It was deleted.
    Pruned,
    /// It was deleted with its application.
    Deleted,
    /// It is no longer wanted, and stays: pruning was not asked for, or is forbidden.
    NotPruned,
    /// It is a hook, and has run to its end.
    Ran,
    /// It is left out.
    Skipped,
    /// Its turn never came: something before it failed.
    NotReached,
    /// It could not be applied or deleted.
    Failed,
}

impl Action {
    /// The word that tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::Pruned => "pruned",
            Self::Deleted => "deleted",
            Self::NotPruned => "not-pruned",
            Self::Ran => "ran",
            Self::Skipped => "skipped",
            Self::NotReached => "not-reached",
            Self::Failed => "failed",
        }
    }
}

/// One object of the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Which object.
    #[serde(flatten)]
    pub object: ObjectRef,
    /// What was done to it.
    pub action: Action,
    /// How it is; none where its kind has no health, or nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthStatus>,
    /// Why, for what is not as it should be; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The phase of the sync.
    pub phase: Phase,
    /// The wave within it.
    pub wave: i64,
    /// Whether it is a hook.
    pub hook: bool,
}

impl Row {
    pub(crate) fn new(object: &Object, action: Action) -> Self {
        Self {
            object: object.reference(),
            action,
            health: None,
            message: String::new(),
            phase: Phase::default(),
            wave: crate::annotations::wave(object),
            hook: false,
        }
    }

    /// The row of something that was planned.
    pub(crate) fn of(task: &Task, action: Action) -> Self {
        Self {
            phase: task.phase,
            wave: task.wave,
            hook: task.is_hook(),
            ..Self::new(task.object(), action)
        }
    }

    /// Notes the health of its live object.
    pub(crate) fn judged(&mut self, verdict: Option<Health>) {
        self.health = verdict.as_ref().map(|health| health.status);
        self.message = verdict.map(|health| health.message).unwrap_or_default();
        if self.health == Some(HealthStatus::Healthy) {
            self.message.clear();
        }
    }

    pub(crate) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}

/// Whether the cluster has what Git has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SyncStatus {
    /// It has.
    Synced,
    /// Something differs, or is left over.
    OutOfSync,
    /// It could not be found out.
    Unknown,
}

impl SyncStatus {
    /// The word that tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::OutOfSync => "OutOfSync",
            Self::Unknown => "Unknown",
        }
    }
}

/// The result of one sync.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the cluster has what Git has now.
    pub sync: SyncStatus,
    /// The worst health of all objects.
    pub health: Health,
    /// Every object, in the order in which it was its turn.
    pub objects: Vec<Row>,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
    /// Whether nothing was changed on purpose.
    pub dry_run: bool,
    /// Whether the sync waited for health; else the health is that of the moment.
    pub waited: bool,
    /// Whether the sync was ended before its time.
    pub cancelled: bool,
}

impl Report {
    pub(crate) fn new(rows: Vec<Row>, warnings: Vec<Diagnostic>, options: &Options) -> Self {
        let dry_run = options.dry_run;
        let changes = |row: &Row| {
            matches!(
                row.action,
                Action::Created | Action::Configured | Action::Pruned | Action::Deleted
            )
        };
        let differs = |row: &Row| {
            matches!(
                row.action,
                Action::Failed | Action::NotReached | Action::NotPruned
            ) || dry_run && changes(row)
        };
        let sync = if rows.iter().any(differs) {
            SyncStatus::OutOfSync
        } else {
            SyncStatus::Synced
        };
        let worst = rows
            .iter()
            .filter(|row| row.health.is_some())
            .max_by_key(|row| row.health);
        let health = match worst {
            Some(row) => {
                let status = row.health.unwrap_or(HealthStatus::Healthy);
                let message = match status {
                    HealthStatus::Healthy => String::new(),
                    _ => format!("{}: {}", row.object, row.message),
                };
                Health { status, message }
            }
            None => Health {
                status: HealthStatus::Healthy,
                message: String::new(),
            },
        };
        Self {
            sync,
            health,
            objects: rows,
            warnings,
            dry_run,
            waited: options.wait && !dry_run,
            cancelled: false,
        }
    }

    /// Whether an object could not be applied or deleted, or its turn never came.
    pub fn failed(&self) -> bool {
        let failed = |row: &Row| matches!(row.action, Action::Failed | Action::NotReached);
        self.objects.iter().any(failed)
    }
}
