//! One sync from end to end.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use gantry_diff::Ignore;
use gantry_model::cluster::Resource;
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef, limits};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::check::refusal;
use crate::desired::{Desired, Wanted, about};
use crate::hooks::Ran;
use crate::identity::Key;
use crate::judge::Judge;
use crate::limiter::Limiter;
use crate::live::{Leftover, Live, Reading};
use crate::operation::Operation;
use crate::options::Options;
use crate::permit::Permit;
use crate::phase::Phase;
use crate::plan::{Order, Step, plan};
use crate::report::{Action, Report, Row};
use crate::shared;
use crate::step::Done;
use crate::target::Target;

/// The name under which fields are owned.
pub const FIELD_MANAGER: &str = "gantry";

/// Hears how far a sync is.
pub trait Observer: Send + std::marker::Sync {
    /// So many objects will be applied or pruned.
    fn planned(&self, _objects: usize) {}
    /// One object is done.
    fn done(&self, _row: &Row) {}
    /// A sync failed, and is tried again after a pause; so many retries were made before.
    fn trying_again(&self, _failed: &Report, _retries: u32, _pause: Duration) {}
    /// The try that begins now is of these revisions of the application's sources, not those of the one before.
    fn refreshed(&self, _revisions: &[String]) {}
    /// So many of so many objects are healthy; one of the others, with its message.
    fn waiting(&self, _healthy: usize, _all: usize, _next: &str) {}
    /// Asked before each try and each step: whether it may begin now. Where not, it is asked again until it
    /// may.
    fn may_go_on(&self) -> bool {
        true
    }
}

impl Observer for () {}

/// Waits until what comes next may begin, or all is cancelled; how long that took.
pub async fn until_allowed(observer: &dyn Observer, cancel: &CancellationToken) -> Duration {
    let began = Instant::now();
    while !cancel.is_cancelled() && !observer.may_go_on() {
        let pause = Duration::from_millis(limits::WINDOW_ASK_MS);
        tokio::select! {
            () = cancel.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    began.elapsed()
}

/// One application's sync to one cluster.
pub struct Sync<'a> {
    /// Where to.
    pub cluster: &'a dyn Cluster,
    /// Requests in flight on that cluster, shared by all syncs to it.
    pub limiter: Arc<Limiter>,
    /// Who judges health.
    pub judge: &'a dyn Judge,
    /// Who hears of the progress.
    pub observer: &'a dyn Observer,
    /// Which application.
    pub target: Target<'a>,
    /// What the application may have.
    pub permit: &'a dyn Permit,
    /// What of a difference does not count.
    pub ignore: &'a Ignore,
    /// What the application is known to have had, from an earlier look.
    pub known: &'a [ObjectRef],
    /// Which operation this is, for its hooks.
    pub operation: Operation,
    /// Ends the sync early: what is in flight is waited for, nothing new begins.
    pub cancel: CancellationToken,
    /// How.
    pub options: Options,
}

/// A sync that has ended, all but its hooks' remains. Whoever keeps a record of operations writes
/// it now, and then calls [`Sync::tidy`]: a run that is killed between the two leaves hooks that
/// the next one removes, not hooks that run twice.
#[derive(Debug)]
#[must_use = "hooks stay in the cluster until `tidy` is called"]
pub struct Ended {
    /// What became of every object.
    pub report: Report,
    pub(crate) hooks: Vec<Ran>,
}

/// What a sync has done so far.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) rows: Vec<Row>,
    pub(crate) hooks: Vec<Ran>,
    /// Nothing more of the ordinary phases begins.
    pub(crate) stopped: bool,
    /// Something was tried and failed: the hooks of the phase SyncFail have their turn.
    pub(crate) failed: bool,
}

impl Sync<'_> {
    /// Applies the objects phase by phase, runs hooks, prunes what is left over, waits for health.
    ///
    /// # Errors
    /// Only where the cluster cannot be asked at all; then nothing was changed. Everything else
    /// is told in the report, object by object.
    pub async fn run(&self, objects: Vec<Object>) -> Result<Ended, ClusterError> {
        let deadline = Instant::now() + self.options.timeout;
        let (desired, mut live, leftover) = self.look(objects, Reading::TO_SYNC).await?;
        let mut warnings = desired.warnings;
        warnings.extend(leftover.warnings);
        let steps = self.steps(desired.wanted, leftover.objects);
        let (on_failure, steps): (Vec<Step>, Vec<Step>) = steps
            .into_iter()
            .partition(|step| step.phase == Phase::SyncFail);
        self.observer
            .planned(steps.iter().map(|step| step.tasks.len()).sum());
        let mut progress = Progress {
            // What cannot be applied at all keeps the rest from being applied by halves.
            stopped: desired.rows.iter().any(|row| row.action == Action::Failed),
            rows: desired.rows,
            ..Progress::default()
        };
        let shared = self.shared(&steps, &live);
        if self.options.fail_on_shared && !shared.is_empty() {
            progress.rows.extend(refusal(&steps, &shared));
            return Ok(self.end(progress, Vec::new(), warnings));
        }
        warnings.extend(shared::warnings(&shared, &steps));
        if !progress.stopped && self.options.create_namespace {
            progress.stopped = !self.create_namespace(&steps, &mut progress.rows).await;
        }
        if !progress.stopped && !self.options.dry_run {
            match self.check(&steps, &live).await {
                Ok(unchanged) => live.note_unchanged(unchanged),
                Err(refused) => {
                    progress.rows.extend(refused);
                    return Ok(self.end(progress, Vec::new(), warnings));
                }
            }
        }
        self.take_steps(steps, &live, &mut progress, deadline).await;
        if progress.failed && !self.options.dry_run && !self.cancel.is_cancelled() {
            progress.stopped = false;
            // They have a time of their own: the sync may have failed for the lack of it.
            let deadline = Instant::now() + self.options.timeout;
            self.take_steps(on_failure, &live, &mut progress, deadline)
                .await;
        }
        let hooks = std::mem::take(&mut progress.hooks);
        Ok(self.end(progress, hooks, warnings))
    }

    pub(crate) fn end(
        &self,
        progress: Progress,
        hooks: Vec<Ran>,
        warnings: Vec<gantry_model::Diagnostic>,
    ) -> Ended {
        let mut report = Report::new(progress.rows, warnings, &self.options);
        report.cancelled = self.cancel.is_cancelled();
        Ended { report, hooks }
    }

    pub(crate) async fn take_steps(
        &self,
        steps: Vec<Step>,
        live: &Live,
        progress: &mut Progress,
        mut deadline: Instant,
    ) {
        let last = steps.len().saturating_sub(1);
        let mut phase: Option<(Phase, Span)> = None;
        for (index, step) in steps.into_iter().enumerate() {
            if index > 0 && !progress.stopped {
                deadline += until_allowed(self.observer, &self.cancel).await;
            }
            if progress.stopped || self.cancel.is_cancelled() {
                progress.rows.extend(self.not_reached(&step));
                continue;
            }
            let (_, around) = match phase.take().filter(|(phase, _)| *phase == step.phase) {
                Some(same) => phase.insert(same),
                None => phase.insert((step.phase, step.phase.span())),
            };
            let objects = step.tasks.len();
            let span = tracing::debug_span!(parent: &*around, "wave", wave = step.wave, objects);
            let (mut done, well) = self
                .finish_step(step, live, index < last, deadline)
                .instrument(span)
                .await;
            progress.stopped = !well;
            progress.failed |= progress.stopped;
            progress.rows.append(&mut done.rows);
            progress.hooks.append(&mut done.hooks);
        }
    }

    /// Runs one step to its end, and says whether the next may follow, if there is one.
    async fn finish_step(
        &self,
        step: Step,
        live: &Live,
        more: bool,
        deadline: Instant,
    ) -> (Done, bool) {
        let mut done = self.take_step(step, live, deadline).await;
        let failed = done.failed();
        let wait = !failed && (more || self.options.wait);
        let mut well = self.settle(&mut done, wait, deadline).await;
        if more && well {
            well = self.wait_gone(&mut done, deadline).await;
        }
        self.cancel_hooks(&mut done).await;
        // A dry run leaves the health as it was, which says nothing about the next wave.
        let unwell = more && !well && !self.options.dry_run;
        let is_well = !failed && !unwell && !done.failed();
        (done, is_well)
    }

    /// What is wanted, what is there, and what is left over.
    pub(crate) async fn look(
        &self,
        objects: Vec<Object>,
        reading: Reading,
    ) -> Result<(Desired, Live, Leftover), ClusterError> {
        let kinds = self.kinds(&objects).await?;
        let mut desired = Desired::new(objects, &self.target, &kinds, &self.operation);
        let own = desired.wanted.iter().map(|w| w.object.reference());
        let is_unserved = |object: &&ObjectRef| matches!(kinds.get(&object.gvk), Some(None));
        // Whoever keeps watch tells when somebody brings their kinds.
        let unserved = desired
            .rows
            .iter()
            .map(|row| &row.object)
            .filter(is_unserved);
        let has = own.chain(unserved.cloned());
        let has: Vec<ObjectRef> = has.chain(self.known.iter().cloned()).collect();
        self.cluster.follow(self.target.application, &has).await;
        let respects = self.options.respect_ignore_differences && !self.ignore.is_empty();
        let reading = Reading {
            // What is wanted is still to change, by what is there.
            drop_certain: reading.drop_certain && !respects,
            ..reading
        };
        let (live, mut leftover) = futures::join!(
            self.read_live(&desired.wanted, reading),
            self.search(&desired)
        );
        // Not before: what is wanted is no leftover, permitted or not.
        self.forbid(&mut desired);
        self.leave_forbidden(&mut leftover);
        if respects {
            self.respect(&mut desired, &live);
        }
        Ok((desired, live, leftover))
    }

    /// Makes what is ignored of each object what it is in the cluster.
    fn respect(&self, desired: &mut Desired, live: &Live) {
        for wanted in desired.wanted.iter_mut().filter(|wanted| !wanted.hook) {
            let Some(found) = live.get(&Key::of(&wanted.object)) else {
                continue;
            };
            let (own, live) = (wanted.object.value(), found.value());
            let (value, warnings) = gantry_diff::adopt_ignored(own, live, self.ignore);
            let of_it = warnings.into_iter().map(|w| about(&wanted.object, w));
            desired.warnings.extend(of_it);
            let origin = wanted.object.origin().cloned();
            if let Ok(object) = Object::new(value, origin) {
                wanted.object = object;
            }
        }
    }

    /// The plan of what was asked for: the whole application, or a part of it without its hooks.
    pub(crate) fn steps(&self, mut wanted: Vec<Wanted>, mut prune: Vec<Object>) -> Vec<Step> {
        let selection = &self.options.selection;
        if !selection.is_all() {
            wanted.retain(|wanted| !wanted.hook && selection.has(&wanted.object));
            prune.retain(|object| selection.has(object));
        }
        let order = Order {
            namespace: self.target.namespace,
            prune_last: self.options.prune_last,
        };
        plan(wanted, prune, order)
    }

    pub(crate) async fn kinds(
        &self,
        objects: &[Object],
    ) -> Result<HashMap<Gvk, Option<Resource>>, ClusterError> {
        // One read of what the server serves, whatever is asked for: it says whether the cluster
        // can be reached.
        self.cluster.resources().await?;
        let gvks: HashSet<Gvk> = objects.iter().map(Object::gvk).collect();
        let mut kinds = HashMap::with_capacity(gvks.len());
        for gvk in gvks {
            let resource = self.cluster.resource(&gvk).await?;
            kinds.insert(gvk, resource);
        }
        Ok(kinds)
    }

    pub(crate) fn not_reached(&self, step: &Step) -> Vec<Row> {
        let row = |task| self.row_not_reached(task);
        step.tasks.iter().map(row).collect()
    }

    pub(crate) fn row_not_reached(&self, task: &crate::plan::Task) -> Row {
        let row = Row::of(task, Action::NotReached);
        if self.cancel.is_cancelled() {
            row.message("cancelled")
        } else {
            row
        }
    }
}

impl Done {
    fn failed(&self) -> bool {
        self.rows.iter().any(|row| row.action == Action::Failed)
    }
}
