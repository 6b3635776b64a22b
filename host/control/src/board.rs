//! How all applications are, for those that depend on others, for metrics and for lists.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use gantry_model::HealthStatus;
use gantry_sync::SyncStatus;

use crate::auto::Gate;
use crate::depends::{self, DependsError};
use crate::shared::Id;

/// One application in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its project.
    pub project: String,
    /// Its cluster: the destination's name or server.
    pub cluster: String,
    /// The destination's namespace.
    pub namespace: String,
    /// Whether the cluster has what Git has.
    pub sync: SyncStatus,
    /// The worst health of its objects.
    pub health: HealthStatus,
    /// Whether an operation runs.
    pub is_busy: bool,
    /// Whether it is about to be looked at again.
    pub is_stale: bool,
    /// What it waits for, or why that cannot be read.
    pub depends_on: Result<Vec<Id>, DependsError>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Board(RwLock<HashMap<Id, Standing>>);

impl Board {
    /// Notes how an application is; whoever depends on it, if that is news to them.
    pub(crate) fn note(&self, id: &Id, standing: Standing) -> BTreeSet<Id> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = all.insert(id.clone(), standing.clone());
        let ready = |s: &Standing| (s.sync, s.health, s.is_busy, s.is_stale);
        if before.is_some_and(|before| ready(&before) == ready(&standing)) {
            return BTreeSet::new();
        }
        let waits_for =
            |other: &Standing| other.depends_on.as_ref().is_ok_and(|all| all.contains(id));
        let waits = all.iter().filter(|(_, other)| waits_for(other));
        waits.map(|(id, _)| id.clone()).collect()
    }

    /// Whether what an application depends on lets it be synced by itself.
    pub(crate) fn gate(&self, id: &Id) -> Gate {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if all
            .get(id)
            .is_none_or(|own| own.depends_on.as_ref().is_ok_and(Vec::is_empty))
        {
            return Gate::Open;
        }
        let standing = |(id, standing): (&Id, &Standing)| {
            let depends_on = standing.depends_on.clone();
            let (sync, health) = (standing.sync, standing.health);
            let (is_stale, is_busy) = (standing.is_stale, standing.is_busy);
            (
                id.clone(),
                depends::Standing {
                    depends_on,
                    sync,
                    health,
                    is_stale,
                    is_busy,
                },
            )
        };
        depends::gate(id, &all.iter().map(standing).collect())
    }

    pub(crate) fn forget(&self, id: &Id) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }

    /// How an application is, if it is known.
    pub fn of(&self, id: &Id) -> Option<Standing> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// All applications, by their names.
    pub fn all(&self) -> BTreeMap<Id, Standing> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .map(|(id, standing)| (id.clone(), standing.clone()))
            .collect()
    }
}
