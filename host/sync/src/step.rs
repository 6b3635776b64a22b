//! One step of a sync: prune, then apply kind by kind.

use std::collections::HashMap;

use futures::StreamExt;
use gantry_model::cluster::Resource;
use gantry_model::{ClusterError, Gvk, Object, ObjectRef, limits};
use tokio::time::Instant;

use crate::desired::Wanted;
use crate::hooks::Ran;
use crate::identity::Key;
use crate::judge::verdicts;
use crate::live::Live;
use crate::plan::{Step, Task, Work};
use crate::report::{Action, Row};
use crate::run::{FIELD_MANAGER, Sync};
use crate::works::works;
use crate::write::{advise, same};

/// What a step did.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) rows: Vec<Row>,
    /// The kinds of live objects behind rows.
    pub(crate) kinds: HashMap<Gvk, Resource>,
    /// The hooks and CRDs among them, which are not judged yet.
    pub(crate) live: HashMap<Key, (Resource, Object)>,
    /// What was deleted and may not be gone yet.
    pub(crate) pruned: Vec<(Resource, ObjectRef, String)>,
    /// The hooks that were started, or found started.
    pub(crate) hooks: Vec<Ran>,
}

/// One object after its turn.
struct Applied {
    row: Row,
    live: Option<(Resource, Object)>,
}

impl Sync<'_> {
    /// Runs one step. After a failure, the kinds that would follow are not reached.
    pub(crate) async fn take_step(&self, step: Step, live: &Live, deadline: Instant) -> Done {
        let mut done = Done::default();
        let (prunes, mut applies): (Vec<Task>, Vec<Task>) = step
            .tasks
            .into_iter()
            .partition(|task| matches!(task.work, Work::Prune(_)));
        self.prune_all(prunes, &mut done).await;
        let mut stopped = done.rows.iter().any(|row| row.action == Action::Failed);
        let hooks = if stopped {
            HashMap::new()
        } else {
            self.make_way(&applies, deadline, &mut done).await
        };
        stopped |= done.rows.iter().any(|row| row.action == Action::Failed);
        applies.retain(|task| !done.rows.iter().any(|row| row.is_of(task)));
        for group in by_kind(applies) {
            stopped |= self.cancel.is_cancelled();
            if stopped {
                let rows = group.iter().map(|task| self.row_not_reached(task));
                done.rows.extend(rows);
                continue;
            }
            let before = done.rows.len();
            self.apply_group(group, live, &hooks, &mut done).await;
            let rows = done.rows.get_mut(before..).unwrap_or_default();
            if rows.iter().any(|row| row.is_crd()) && !self.options.dry_run {
                self.wait_established(rows, &mut done.live).await;
            }
            stopped = rows.iter().any(|row| row.action == Action::Failed);
        }
        done
    }

    /// Applies the objects of one kind, all at once. `hooks` are those that are there already.
    async fn apply_group(
        &self,
        group: Vec<Task>,
        live: &Live,
        hooks: &HashMap<Key, Object>,
        done: &mut Done,
    ) {
        for task in &group {
            if let Work::Apply(wanted) = &task.work
                && let Some(resource) = &wanted.resource
                && !done.kinds.contains_key(&resource.gvk)
            {
                done.kinds.insert(resource.gvk.clone(), resource.clone());
            }
        }
        let applies = group
            .into_iter()
            .enumerate()
            .map(|(place, task)| async move {
                let applied = if self.cancel.is_cancelled() {
                    let row = self.row_not_reached(&task);
                    Applied { row, live: None }
                } else {
                    self.apply(&task, live, hooks).await
                };
                self.observer.done(&applied.row);
                (place, applied)
            });
        let applies = works(applies).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        // Judged as they come, so that never more than a batch of live objects is in memory.
        let mut batches = applies.ready_chunks(limits::HEALTH_BATCH_MAX);
        let mut rows: Vec<(usize, Row)> = Vec::new();
        let mut unjudged: Vec<(usize, Object)> = Vec::new();
        while let Some(batch) = batches.next().await {
            for (place, Applied { row, live }) in batch {
                if let Some((resource, object)) = live {
                    if row.hook && !self.options.dry_run {
                        done.hooks.push(Ran::new(&resource, &object));
                    }
                    if row.hook || row.is_crd() {
                        let live = (resource.clone(), object);
                        done.live.insert(Key::from(&row.object), live);
                    } else {
                        unjudged.push((rows.len(), object));
                    }
                    let kind = row.object.gvk.clone();
                    done.kinds.entry(kind).or_insert(resource);
                }
                rows.push((place, row));
            }
            if unjudged.len() >= limits::HEALTH_BATCH_MAX {
                self.judge_applied(&mut unjudged, &mut rows);
            }
        }
        self.judge_applied(&mut unjudged, &mut rows);
        rows.sort_unstable_by_key(|(place, _)| *place);
        done.rows.extend(rows.into_iter().map(|(_, row)| row));
    }

    /// Judges live objects, each behind the row of its place, and lets them go.
    fn judge_applied(&self, unjudged: &mut Vec<(usize, Object)>, rows: &mut [(usize, Row)]) {
        let objects: Vec<&Object> = unjudged.iter().map(|(_, object)| object).collect();
        let verdicts = verdicts(self.judge, &objects);
        for ((place, _), verdict) in unjudged.drain(..).zip(verdicts) {
            if let Some((_, row)) = rows.get_mut(place) {
                row.judged(verdict);
            }
        }
    }

    async fn apply(&self, task: &Task, live: &Live, hooks: &HashMap<Key, Object>) -> Applied {
        let Work::Apply(wanted) = &task.work else {
            return Applied {
                row: Row::of(task, Action::Skipped),
                live: None,
            };
        };
        let object = &wanted.object;
        let key = Key::of(object);
        if let Some(verdict) = live.settled(&key) {
            let mut row = Row::of(task, Action::Unchanged);
            row.judged(verdict.clone());
            return Applied { row, live: None };
        }
        let found = if wanted.hook {
            hooks.get(&key)
        } else {
            live.get(&key)
        };
        if let (Some(found), Some(resource)) = (found, &wanted.resource)
            && self.is_done(wanted, found, live)
        {
            return Applied {
                row: Row::of(task, Action::Unchanged),
                live: Some((resource.clone(), found.clone())),
            };
        }
        // The server would compare it with the one that a sync removes first.
        if wanted.hook && self.options.dry_run && live.get(&key).is_some() {
            return Applied {
                row: Row::of(task, Action::Created),
                live: None,
            };
        }
        match self.write(wanted, found, self.options.dry_run).await {
            Ok((resource, now)) => {
                let action = match found {
                    Some(found) if same(found, &now, self.options.dry_run) => Action::Unchanged,
                    None if !live.is_unread(&key) => Action::Created,
                    _ => Action::Configured,
                };
                Applied {
                    row: Row::of(task, action),
                    live: Some((resource, now)),
                }
            }
            // In a dry run, what the object needs may only be about to come.
            Err(ClusterError::UnknownKind(_) | ClusterError::NotFound(_))
                if self.options.dry_run =>
            {
                let message = "not checked: its namespace or its kind comes with this sync";
                Applied {
                    row: Row::of(task, Action::Created).message(message),
                    live: None,
                }
            }
            Err(error) => {
                let row = Row::of(task, Action::Failed).message(advise(&error));
                Applied { row, live: None }
            }
        }
    }

    /// Whether there is nothing to send: a hook that this operation has run, an object that is in
    /// sync.
    fn is_done(&self, wanted: &Wanted, found: &Object, live: &Live) -> bool {
        if wanted.hook {
            return self.operation.has_run(found, wanted.phase);
        }
        live.is_unchanged(&Key::of(found)) || self.is_certain(wanted, found)
    }

    /// Whether the live object alone shows that there is nothing to do.
    pub(crate) fn is_certain(&self, wanted: &Wanted, found: &Object) -> bool {
        gantry_diff::is_in_sync(&wanted.object, found, FIELD_MANAGER)
            && !self.takes_over(&wanted.object, found)
    }
}

/// Runs of the same kind, which may be applied all at once.
fn by_kind(tasks: Vec<Task>) -> Vec<Vec<Task>> {
    let same = |a: &Object, b: &Object| a.kind() == b.kind() && a.api_version() == b.api_version();
    let mut groups: Vec<Vec<Task>> = Vec::new();
    for task in tasks {
        let last = groups.last_mut();
        match last.filter(|group| {
            group
                .first()
                .is_some_and(|f| same(f.object(), task.object()))
        }) {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups
}

impl Row {
    fn is_of(&self, task: &Task) -> bool {
        self.phase == task.phase && self.object == task.object().reference()
    }

    fn is_crd(&self) -> bool {
        self.object.gvk.kind == "CustomResourceDefinition"
    }
}
