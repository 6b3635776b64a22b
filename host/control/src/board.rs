//! How all applications are, for those that depend on others, for metrics and for lists.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use gantry_model::HealthStatus;
use gantry_sync::SyncStatus;

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
    /// What it waits for, by their names.
    pub depends_on: Vec<Id>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Board(RwLock<HashMap<Id, Standing>>);

impl Board {
    /// Notes how an application is; whoever depends on it, if that is news to them.
    pub(crate) fn note(&self, id: &Id, standing: Standing) -> BTreeSet<Id> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = all.insert(id.clone(), standing.clone());
        let ready = |s: &Standing| (s.sync, s.health, s.is_busy);
        if before.is_some_and(|before| ready(&before) == ready(&standing)) {
            return BTreeSet::new();
        }
        let waits = all
            .iter()
            .filter(|(_, other)| other.depends_on.contains(id));
        waits.map(|(id, _)| id.clone()).collect()
    }

    /// A circle of applications that wait for each other, this one among them; none where there is none.
    pub(crate) fn circle(&self, id: &Id) -> Option<Vec<Id>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let waits_for = |of: &Id| all.get(of).map_or(&[][..], |s| s.depends_on.as_slice());
        let mut seen = BTreeSet::new();
        let mut ways = vec![vec![id.clone()]];
        while let Some(way) = ways.pop() {
            for next in way.last().map(waits_for).unwrap_or_default() {
                let longer: Vec<Id> = way.iter().chain([next]).cloned().collect();
                if next == id {
                    return Some(longer);
                }
                if seen.insert(next.clone()) {
                    ways.push(longer);
                }
            }
        }
        None
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
