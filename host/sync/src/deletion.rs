//! The deletion of an application: its hooks, its objects wave by wave, and what stays.

mod cleanup;
mod extent;
mod order;

use std::collections::{HashMap, HashSet};

use futures::StreamExt;
use gantry_model::cluster::Resource;
use gantry_model::{ClusterError, Diagnostic, Gvk, Object, limits};
use tokio::time::{Duration, Instant, timeout_at};

pub use self::extent::{Extent, HookExtent};
use self::order::{Fate, fate, steps};
use crate::desired::{Desired, Wanted};
use crate::hook::FINALIZER;
use crate::hooks::{Outcome, Ran};
use crate::identity::{Key, is_tracked_by};
use crate::live::Reading;
use crate::operation::Operation;
use crate::phase::Phase;
use crate::plan::{Order, Step, Task, plan};
use crate::report::{Action, Report, Row};
use crate::run::{Ended, Progress, Sync};
use crate::works::works;

/// The application's objects, by what becomes of them.
#[derive(Default)]
struct Sorted {
    deleted: Vec<Object>,
    kept: Vec<Row>,
    unconfirmed: Vec<Row>,
}

impl Sync<'_> {
    /// Deletes every object that carries the application's tracking annotation, and runs the
    /// PreDelete and PostDelete hooks among the rendered objects around that; or less of it, as the options'
    /// extent says.
    ///
    /// # Errors
    /// Only where the cluster cannot be asked at all; then nothing was changed.
    pub async fn delete_application(&self, rendered: Vec<Object>) -> Result<Report, ClusterError> {
        let deadline = Instant::now() + self.options.timeout;
        let extent = self.options.extent;
        let kinds = self.kinds(&rendered).await?;
        let mut hooks = Desired::of_deletion(&rendered, &self.target, &kinds, &self.operation);
        hooks.wanted.retain(|hook| extent.of(hook.phase).run);
        self.forbid(&mut hooks);
        let (objects, found_warnings) = if extent.objects {
            self.objects_to_go(rendered, &kinds, &hooks).await
        } else {
            Default::default()
        };
        let mut warnings = [hooks.warnings, found_warnings].concat();
        let sorted = self.sort(objects);
        let mut progress = Progress {
            stopped: !hooks.rows.is_empty(),
            rows: [hooks.rows, sorted.kept].concat(),
            ..Progress::default()
        };
        let begun = extent.objects && sorted.deleted.iter().all(Object::is_being_deleted);
        let (before, after): (Vec<Wanted>, Vec<Wanted>) = hooks
            .wanted
            .into_iter()
            .partition(|wanted| wanted.phase == Phase::PreDelete);
        if !sorted.unconfirmed.is_empty() {
            // As Argo CD: all waits for the confirmation.
            progress.stopped = true;
            progress.rows.extend(sorted.unconfirmed);
        }
        let before = self.not_run_yet(before, begun, &mut progress).await;
        let deletes = steps(sorted.deleted);
        let count = |steps: &[Step]| steps.iter().map(|step| step.tasks.len()).sum::<usize>();
        let (before, after) = (self.hook_steps(before), self.hook_steps(after));
        self.observer
            .planned(count(&before) + count(&deletes) + count(&after));
        self.run_hooks(before, &mut progress, deadline).await;
        // They may be in a namespace that is about to go: nothing of ours must keep them there.
        warnings.extend(self.let_go(&progress.hooks).await);
        for step in deletes {
            self.delete_step(step, &mut progress, deadline).await;
        }
        // What is deleted may have taken all the time.
        let deadline = deadline.max(Instant::now() + self.options.timeout / 2);
        self.run_hooks(after, &mut progress, deadline).await;
        let ran = std::mem::take(&mut progress.hooks);
        let Ended { mut report, .. } = self.end(progress, Vec::new(), warnings);
        report.warnings.extend(self.let_go(&ran).await);
        self.clear_up(&mut report, ran).await;
        if !report.failed() && !report.dry_run {
            report.warnings.extend(self.clear_up_left().await);
        }
        Ok(report)
    }

    /// The application's objects without the hooks that run around their deletion, and what could not be found out.
    async fn objects_to_go(
        &self,
        rendered: Vec<Object>,
        kinds: &HashMap<Gvk, Option<Resource>>,
        hooks: &Desired,
    ) -> (Vec<Object>, Vec<Diagnostic>) {
        let ordinary = Desired::new(rendered, &self.target, kinds, &Operation::default());
        let found = self.tracked(None, &|_| true).await;
        let named: HashSet<Key> = hooks.wanted.iter().map(|w| Key::of(&w.object)).collect();
        let mut objects = found.objects;
        objects.extend(self.named_in_git(ordinary.wanted, &objects).await);
        objects.retain(|object| !named.contains(&Key::of(object)));
        (objects, found.warnings)
    }

    /// What the rendered manifests name and the search did not find: of kinds that the user may
    /// read, but not list everywhere.
    async fn named_in_git(&self, mut wanted: Vec<Wanted>, found: &[Object]) -> Vec<Object> {
        let known: HashSet<Key> = found.iter().map(Key::of).collect();
        wanted.retain(|wanted| !known.contains(&Key::of(&wanted.object)));
        let live = self.read_live(&wanted, Reading::WHOLE).await;
        let there = wanted.iter().filter_map(|w| live.get(&Key::of(&w.object)));
        let ours = there.filter(|object| is_tracked_by(object, self.target.application));
        ours.cloned().collect()
    }

    fn sort(&self, objects: Vec<Object>) -> Sorted {
        let mut sorted = Sorted::default();
        for object in objects {
            if let Some(why) = self.forbids_deletion(&object) {
                let row = Row::new(&object, Action::Skipped).message(why);
                sorted.kept.push(row);
                continue;
            }
            match fate(&object, &self.options) {
                Fate::Deleted => sorted.deleted.push(object),
                Fate::Kept(why) => {
                    let row = Row::new(&object, Action::Skipped).message(why);
                    sorted.kept.push(row);
                }
                Fate::Unconfirmed(why) => {
                    let row = Row::new(&object, Action::Failed).message(why);
                    sorted.unconfirmed.push(row);
                }
            }
        }
        sorted.kept.sort_by(|a, b| a.object.cmp(&b.object));
        sorted.unconfirmed.sort_by(|a, b| a.object.cmp(&b.object));
        sorted
    }

    /// The PreDelete hooks that this deletion has to run: not those that ran in one that was not
    /// finished, and none where all objects are gone or on their way out.
    async fn not_run_yet(
        &self,
        hooks: Vec<Wanted>,
        begun: bool,
        progress: &mut Progress,
    ) -> Vec<Wanted> {
        let mut left = Vec::new();
        for wanted in hooks {
            let object = &wanted.object;
            let found = match &wanted.resource {
                Some(resource) => {
                    let get = || {
                        self.cluster
                            .get(resource, object.namespace(), object.name())
                    };
                    self.limiter.call(get).await.ok().flatten()
                }
                None => None,
            };
            let ran = found.as_ref().is_some_and(|found| {
                Operation::ran_in(found, Phase::PreDelete)
                    && self.outcome(found) == Outcome::Succeeded
            });
            if !ran && !begun {
                left.push(wanted);
                continue;
            }
            let (action, why) = if ran {
                (Action::Ran, "ran in a deletion that was not finished")
            } else {
                (
                    Action::Skipped,
                    "not run: nothing is left that is not being deleted",
                )
            };
            progress.rows.push(Row {
                phase: wanted.phase,
                hook: true,
                ..Row::new(object, action).message(why)
            });
            if let (Some(found), Some(resource), false) =
                (found, &wanted.resource, self.options.dry_run)
            {
                progress.hooks.push(Ran::new(resource, &found));
            }
        }
        left
    }

    fn hook_steps(&self, hooks: Vec<Wanted>) -> Vec<Step> {
        let order = Order {
            namespace: self.target.namespace,
            prune_last: false,
        };
        plan(hooks, Vec::new(), order)
    }

    /// Runs hooks to their end, wave by wave.
    async fn run_hooks(&self, steps: Vec<Step>, progress: &mut Progress, deadline: Instant) {
        let live = crate::live::Live::default();
        self.take_steps(steps, &live, progress, deadline).await;
    }

    /// Deletes one wave and waits until it is gone.
    async fn delete_step(&self, step: Step, progress: &mut Progress, deadline: Instant) {
        let mut rows: Vec<(Row, Option<(Resource, String)>)> = Vec::new();
        let same_kind = |a: &Task, b: &Task| a.object().gvk() == b.object().gvk();
        for group in step.tasks.chunk_by(same_kind) {
            // After a refusal, what the refused object may need stays.
            let refused = rows.iter().any(|(row, _)| row.action == Action::Failed);
            let stopped = progress.stopped || refused;
            let deletes = group.iter().map(|task| async move {
                let deleted = self.delete_task(task, stopped).await;
                self.observer.done(&deleted.0);
                deleted
            });
            let mut deletes = works(deletes).buffered(limits::APPLY_IN_FLIGHT_MAX);
            while let Some(deleted) = deletes.next().await {
                rows.push(deleted);
            }
        }
        let waits = rows.into_iter().map(|(row, deleted)| async move {
            match deleted {
                Some((resource, uid)) => self.wait_for(row, &resource, &uid, deadline).await,
                None => row,
            }
        });
        let waits = works(waits).buffered(limits::APPLY_IN_FLIGHT_MAX);
        let rows: Vec<Row> = waits.collect().await;
        progress.stopped |= rows.iter().any(|row| row.action == Action::Failed);
        progress.rows.extend(rows);
    }

    async fn delete_task(&self, task: &Task, stopped: bool) -> (Row, Option<(Resource, String)>) {
        if stopped || self.cancel.is_cancelled() {
            return (self.row_not_reached(task), None);
        }
        let object = task.object();
        let deleted = async {
            if !self.options.dry_run && object.finalizers().any(|f| f == FINALIZER) {
                let resource = self.served(&object.gvk()).await?;
                self.release(&resource, &object.reference()).await?;
            }
            self.delete(object).await
        };
        match deleted.await {
            Ok(resource) => {
                let row = Row::of(task, Action::Deleted);
                let gone = (resource, object.uid().to_owned());
                (row, (!self.options.dry_run).then_some(gone))
            }
            Err(error) => {
                let row = Row::of(task, Action::Failed).message(error.to_string());
                (row, None)
            }
        }
    }

    /// Waits until one object is gone; else the row says what keeps it.
    async fn wait_for(&self, row: Row, resource: &Resource, uid: &str, deadline: Instant) -> Row {
        let gone = self.until_gone(resource, &row.object, uid, deadline).await;
        if gone.is_ok() {
            return row;
        }
        // A request of its own: the one that ran out of time may have told nothing.
        let limit = Instant::now() + Duration::from_secs(limits::STILL_THERE_TIMEOUT_SECS);
        let still = timeout_at(limit, self.still_there(resource, &row.object, uid)).await;
        let why = match still {
            Ok(None) => return row,
            Ok(Some(why)) => why,
            Err(_) => "the cluster does not say why".to_owned(),
        };
        let what = if self.cancel.is_cancelled() {
            "cancelled; deleted, but not gone yet"
        } else {
            "deleted, but not gone in time"
        };
        let message = match why.as_str() {
            "" => what.to_owned(),
            why => format!("{what}; {why}"),
        };
        Row {
            action: Action::Failed,
            ..row.message(message)
        }
    }
}
