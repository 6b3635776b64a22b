//! How an application is: each of its objects against Git, and its health.

use std::collections::BTreeSet;

use futures::StreamExt;
use gantry_model::{ClusterError, Diagnostic, Health, Object, ObjectRef, limits};

use crate::annotations;
use crate::desired::Wanted;
use crate::identity::Key;
use crate::images::images;
use crate::judge::verdicts;
use crate::live::{Live, Reading};
use crate::memory::Memory;
use crate::plan::{Work, tasks};
use crate::report::{Row, SyncStatus};
use crate::run::Sync;
use crate::urls::external_urls;
use crate::works::works;

/// How an object that is there compares with its manifest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Compared {
    pub(crate) sync: SyncStatus,
    message: String,
}

impl Compared {
    pub(crate) fn new(sync: SyncStatus, message: impl Into<String>) -> Self {
        Self {
            sync,
            message: message.into(),
        }
    }
}

/// One object of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessed {
    /// Which object.
    pub object: ObjectRef,
    /// Whether it is what Git has.
    pub sync: SyncStatus,
    /// Why it is not, where there is more to say; else empty.
    pub message: String,
    /// How it is; none where its kind has no health, or it is not there.
    pub health: Option<Health>,
    /// Whether it is in the cluster.
    pub is_there: bool,
    /// Whether its kind has a health, whatever it is.
    pub has_health: bool,
    /// Whether it is no longer in Git.
    pub is_left_over: bool,
    /// Whether its deletion wants a confirmation.
    pub wants_confirmation: bool,
    /// The wave within its phase.
    pub wave: i64,
}

/// What an application's objects have to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The container images that they name.
    pub images: BTreeSet<String>,
    /// Where they can be looked at.
    pub external_urls: BTreeSet<String>,
}

impl Summary {
    fn add(&mut self, object: &Object) {
        let named = images(object.value()).into_iter().map(str::to_owned);
        self.images.extend(named);
        let urls = external_urls(object.value(), &object.gvk());
        self.external_urls.extend(urls);
    }
}

/// How an application is.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// Every object, in the order of a sync; hooks are none of them.
    pub objects: Vec<Assessed>,
    /// Whether the application has hooks.
    pub has_hooks: bool,
    /// What its objects have to show.
    pub summary: Summary,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

/// An object, and what was found of it.
pub(crate) struct Looked {
    pub(crate) told: Assessed,
    pub(crate) found: Option<Object>,
    /// What Git has of it, where it is not there.
    wanted: Option<Object>,
}

/// All of an application.
pub(crate) struct Examined {
    pub(crate) objects: Vec<Looked>,
    pub(crate) warnings: Vec<Diagnostic>,
    has_hooks: bool,
}

impl Sync<'_> {
    /// Looks at an application without changing anything. What the server said before of the same
    /// objects it is not asked again.
    ///
    /// # Errors
    /// Where the cluster cannot be asked at all.
    pub async fn assess(
        &self,
        objects: Vec<Object>,
        memory: &Memory,
    ) -> Result<Assessment, ClusterError> {
        let mut examined = self.examine(objects, Some(memory)).await?;
        let missing: Vec<&Object> = examined
            .objects
            .iter()
            .filter_map(|looked| looked.wanted.as_ref())
            .collect();
        let would = verdicts(self.judge, &missing);
        let missing = examined.objects.iter_mut().filter(|l| l.wanted.is_some());
        for (looked, verdict) in missing.zip(would) {
            looked.told.has_health = verdict.is_some();
        }
        let mut summary = Summary::default();
        for looked in &examined.objects {
            if let Some(object) = looked.found.as_ref().or(looked.wanted.as_ref()) {
                summary.add(object);
            }
        }
        Ok(Assessment {
            objects: examined.objects.into_iter().map(|l| l.told).collect(),
            has_hooks: examined.has_hooks,
            summary,
            warnings: examined.warnings,
        })
    }

    pub(crate) async fn examine(
        &self,
        objects: Vec<Object>,
        memory: Option<&Memory>,
    ) -> Result<Examined, ClusterError> {
        let (desired, live, leftover) = self.look(objects, Reading::WHOLE).await?;
        let warnings = [desired.warnings, leftover.warnings].concat();
        let steps = self.steps(desired.wanted, leftover.objects);
        let has_hooks = tasks(&steps).any(|task| task.is_hook());
        let ordinary = tasks(&steps).filter(|task| !task.is_hook());
        let looks = ordinary.map(|task| async {
            match &task.work {
                Work::Apply(wanted) => self.look_at(wanted, &live, memory).await,
                Work::Prune(object) => self.look_at_leftover(object).await,
            }
        });
        let looks = works(looks).buffered(limits::APPLY_IN_FLIGHT_MAX);
        let mut objects: Vec<Looked> = looks.collect().await;
        objects.extend(desired.rows.iter().map(of_row));
        if let Some(memory) = memory {
            memory.retain(objects.iter().map(|looked| &looked.told.object));
        }
        self.judge_looked(&mut objects);
        Ok(Examined {
            objects,
            warnings,
            has_hooks,
        })
    }

    fn judge_looked(&self, objects: &mut [Looked]) {
        let there: Vec<&Object> = objects.iter().filter_map(|l| l.found.as_ref()).collect();
        let judged = verdicts(self.judge, &there);
        let there = objects.iter_mut().filter(|looked| looked.found.is_some());
        for (looked, verdict) in there.zip(judged) {
            looked.told.has_health = verdict.is_some();
            looked.told.health = verdict;
        }
    }

    async fn look_at(&self, wanted: &Wanted, live: &Live, memory: Option<&Memory>) -> Looked {
        let object = &wanted.object;
        let found = live.get(&Key::of(object)).cloned();
        let compared = match (&found, memory) {
            (None, _) if live.is_unread(&Key::of(object)) => {
                Compared::new(SyncStatus::Unknown, "it could not be read")
            }
            (None, _) => Compared::new(SyncStatus::OutOfSync, ""),
            (Some(_), None) => self.compared(wanted, live).await,
            (Some(found), Some(memory)) => match memory.of(object, found) {
                Some(known) => known,
                None => {
                    let compared = self.compared(wanted, live).await;
                    memory.note(object, found, &compared);
                    compared
                }
            },
        };
        let absent = found.is_none().then(|| object.clone());
        Looked::new(object, compared, found, absent)
    }

    async fn compared(&self, wanted: &Wanted, live: &Live) -> Compared {
        match self.compare(wanted, live).await {
            Ok(None) => Compared::new(SyncStatus::Synced, ""),
            Ok(Some(difference)) => Compared::new(SyncStatus::OutOfSync, difference.message),
            Err(row) => Compared::new(SyncStatus::Unknown, row.message),
        }
    }

    /// What the search found may have its metadata only; its health wants more.
    async fn look_at_leftover(&self, object: &Object) -> Looked {
        let whole = if is_metadata_only(object) {
            self.whole(object).await
        } else {
            None
        };
        let sync = if gantry_diff::ignores_extraneous(object) {
            SyncStatus::Synced
        } else {
            SyncStatus::OutOfSync
        };
        let compared = Compared::new(sync, "no longer in Git");
        let found = whole.unwrap_or_else(|| object.clone());
        let mut looked = Looked::new(object, compared, Some(found), None);
        looked.told.is_left_over = sync == SyncStatus::OutOfSync;
        looked
    }
}

impl Looked {
    fn new(
        object: &Object,
        compared: Compared,
        found: Option<Object>,
        wanted: Option<Object>,
    ) -> Self {
        let confirms = |name| annotations::option(object, name) == Some("confirm");
        let told = Assessed {
            object: object.reference(),
            sync: compared.sync,
            message: compared.message,
            health: None,
            is_there: found.is_some(),
            has_health: false,
            is_left_over: false,
            wants_confirmation: confirms("Prune") || confirms("Delete"),
            wave: annotations::wave(object),
        };
        Self {
            told,
            found,
            wanted,
        }
    }
}

/// What cannot be applied at all.
fn of_row(row: &Row) -> Looked {
    Looked {
        told: Assessed {
            object: row.object.clone(),
            sync: SyncStatus::Unknown,
            message: row.message.clone(),
            health: None,
            is_there: false,
            has_health: false,
            is_left_over: false,
            wants_confirmation: false,
            wave: row.wave,
        },
        found: None,
        wanted: None,
    }
}

/// Whether only the metadata of an object was read.
fn is_metadata_only(object: &Object) -> bool {
    let fields = object.value().as_object();
    let only = ["apiVersion", "kind", "metadata"];
    fields.is_none_or(|fields| fields.keys().all(|key| only.contains(&key.as_str())))
}
