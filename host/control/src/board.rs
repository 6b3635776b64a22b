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
pub struct Board(RwLock<Noted>);

#[derive(Debug, Default)]
struct Noted {
    all: HashMap<Id, Standing>,
    /// Who waits for an application: asked for with each change, so it may not cost a look at all.
    waiting: HashMap<Id, BTreeSet<Id>>,
}

impl Noted {
    fn put(&mut self, id: &Id, standing: Standing) -> Option<Standing> {
        let before = self.all.insert(id.clone(), standing);
        let now = self.all.get(id).map(waits_for).unwrap_or_default();
        let was = before.as_ref().map(waits_for).unwrap_or_default();
        if was != now {
            let (was, now) = (was.to_vec(), now.to_vec());
            self.turn(id, &was, &now);
        }
        before
    }

    fn remove(&mut self, id: &Id) {
        if let Some(gone) = self.all.remove(id) {
            self.turn(id, waits_for(&gone), &[]);
        }
    }

    fn turn(&mut self, id: &Id, was: &[Id], now: &[Id]) {
        for other in was {
            if let Some(waiting) = self.waiting.get_mut(other) {
                waiting.remove(id);
                if waiting.is_empty() {
                    self.waiting.remove(other);
                }
            }
        }
        for other in now {
            let waiting = self.waiting.entry(other.clone()).or_default();
            waiting.insert(id.clone());
        }
    }
}

fn waits_for(standing: &Standing) -> &[Id] {
    standing.depends_on.as_deref().unwrap_or_default()
}

impl Board {
    /// Notes how an application is; whoever depends on it, if that is news to them.
    pub(crate) fn note(&self, id: &Id, standing: Standing) -> BTreeSet<Id> {
        let ready = |s: &Standing| (s.sync, s.health, s.is_busy, s.is_stale);
        let now = ready(&standing);
        let mut noted = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = noted.put(id, standing);
        if before.is_some_and(|before| ready(&before) == now) {
            return BTreeSet::new();
        }
        noted.waiting.get(id).cloned().unwrap_or_default()
    }

    /// These are about to be looked at again: what was found of them counts no longer. Nobody waits for that.
    pub(crate) fn mark_stale(&self, ids: &[Id]) {
        let mut noted = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            if let Some(standing) = noted.all.get_mut(id) {
                standing.is_stale = true;
            }
        }
    }

    /// Whether what an application depends on lets it be synced by itself.
    pub(crate) fn gate(&self, id: &Id) -> Gate {
        let noted = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let own = noted.all.get(id).map(|own| &own.depends_on);
        if own.is_none_or(|own| own.as_ref().is_ok_and(Vec::is_empty)) {
            return Gate::Open;
        }
        // What it waits for, and what that waits for: the others have no part in it.
        let (mut reached, mut open) = (BTreeMap::new(), vec![id]);
        while let Some(next) = open.pop() {
            let Some(standing) = noted.all.get(next).filter(|_| !reached.contains_key(next)) else {
                continue;
            };
            reached.insert(next.clone(), depends::Standing::from(standing));
            open.extend(waits_for(standing));
        }
        depends::gate(id, &reached)
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
            .all
            .get(id)
            .cloned()
    }

    /// All applications, by their names.
    pub fn all(&self) -> BTreeMap<Id, Standing> {
        let noted = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all = noted.all.iter();
        all.map(|(id, standing)| (id.clone(), standing.clone()))
            .collect()
    }
}

impl From<&Standing> for depends::Standing {
    fn from(standing: &Standing) -> Self {
        Self {
            depends_on: standing.depends_on.clone(),
            sync: standing.sync,
            health: standing.health,
            is_stale: standing.is_stale,
            is_busy: standing.is_busy,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gantry_model::HealthStatus;
    use gantry_sync::SyncStatus;

    use super::{Board, Standing};
    use crate::auto::Gate;
    use crate::depends;
    use crate::shared::Id;

    fn id(name: &str) -> Id {
        Id {
            namespace: "argocd".to_owned(),
            name: name.to_owned(),
        }
    }

    fn standing(depends_on: &str, sync: SyncStatus) -> Standing {
        Standing {
            project: "default".to_owned(),
            cluster: "spoke".to_owned(),
            namespace: "apps".to_owned(),
            sync,
            health: HealthStatus::Healthy,
            is_busy: false,
            is_stale: false,
            depends_on: depends::read(depends_on, "argocd"),
        }
    }

    #[test]
    fn who_waits_hears_of_what_changes_and_nobody_else() {
        let board = Board::default();
        let note = |name: &str, on: &str, sync| board.note(&id(name), standing(on, sync));
        let told = |names: &[&str]| names.iter().map(|n| id(n)).collect::<BTreeSet<Id>>();
        note("web", "database, cache", SyncStatus::Synced);
        note("api", "database", SyncStatus::Synced);
        assert_eq!(
            note("database", "", SyncStatus::OutOfSync),
            told(&["api", "web"])
        );
        assert_eq!(
            note("database", "", SyncStatus::OutOfSync),
            told(&[]),
            "no news"
        );
        assert_ne!(board.gate(&id("api")), Gate::Open);
        assert_eq!(
            note("database", "", SyncStatus::Synced),
            told(&["api", "web"])
        );
        assert_eq!(board.gate(&id("api")), Gate::Open);
        // It waits for something else now, and one is gone.
        note("web", "cache", SyncStatus::Synced);
        assert_eq!(note("cache", "", SyncStatus::OutOfSync), told(&["web"]));
        assert_eq!(note("database", "", SyncStatus::OutOfSync), told(&["api"]));
        board.forget(&id("api"));
        assert_eq!(note("database", "", SyncStatus::Synced), told(&[]));
        // Something has come of the cache, and it was not looked at yet: nobody hears, and nobody goes on.
        note("cache", "", SyncStatus::Synced);
        assert_eq!(board.gate(&id("web")), Gate::Open);
        board.mark_stale(&[id("cache"), id("nothing")]);
        assert_ne!(board.gate(&id("web")), Gate::Open);
        assert_eq!(note("cache", "", SyncStatus::Synced), told(&["web"]));
        assert_eq!(board.gate(&id("web")), Gate::Open);
        // Through others, and round in a circle.
        note("database", "cache", SyncStatus::Synced);
        note("cache", "web", SyncStatus::Synced);
        assert!(matches!(board.gate(&id("web")), Gate::Broken { .. }));
    }
}
