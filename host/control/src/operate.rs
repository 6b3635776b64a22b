//! One operation, while it runs: a sync as somebody asked for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gantry_engine::{AppError, Engine, How, Prepared};
use gantry_model::application::Application;
use gantry_model::{Object, ObjectRef};
use gantry_sync::{Action, CancellationToken, Observer, Operation, Report, Row};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::Instrument;

use crate::auto::OperationPhase;
use crate::inbox::Inbox;
use crate::manifests;
use crate::overrun::Overrun;
use crate::queue::Queue;
use crate::request::Request;
use crate::shards::Hold;
use crate::status::{OperationState, resource_result};
use crate::worker::cluster_of;

/// What is told of an operation that a sync window holds back.
const BLOCKED: &str = "Sync operation blocked by sync window";

/// How far it is: written by the operation, read by the worker.
#[derive(Debug)]
pub(crate) struct Progress {
    state: Mutex<OperationState>,
    /// Its place among the operations on its cluster, given back as soon as it only waits.
    place: Mutex<Option<OwnedSemaphorePermit>>,
    inbox: Arc<Inbox>,
    /// Whether sync windows let it go on; none where nothing is begun.
    overrun: Option<Overrun>,
}

/// An operation that runs, or has ended and was not written down yet.
pub(crate) struct Running {
    pub(crate) progress: Arc<Progress>,
    pub(crate) cancel: CancellationToken,
    /// The request that it came from, as it was written; none of one that nobody has asked for.
    pub(crate) asked: Option<Value>,
    /// When it began here.
    pub(crate) began: Instant,
    /// Whether it is written down that it runs.
    pub(crate) is_written: bool,
    /// Opened once it may begin.
    gate: Option<oneshot::Sender<()>>,
    /// The right to act on the cluster: another replica gets it once this operation has ended.
    _hold: Option<Hold>,
    /// What of it was in the status that is being written.
    writes: Option<OperationPhase>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Running {
    /// An operation does not outlive its worker.
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Running {
    /// Whether it waits for it to be written down that it runs.
    pub(crate) fn must_be_written(&self) -> bool {
        self.gate.is_some()
    }

    /// A status with that phase of it is about to be written.
    pub(crate) fn note_writing(&mut self, phase: OperationPhase) {
        self.writes = Some(phase);
    }

    /// That status was written; true when nothing more comes.
    pub(crate) fn note_written(&mut self) -> bool {
        let Some(phase) = self.writes.take() else {
            return false;
        };
        self.is_written = true;
        if let Some(gate) = self.gate.take() {
            // Nobody waits any more where it was ended meanwhile.
            let _ = gate.send(());
        }
        phase.is_completed()
    }

    /// Ends it, and waits until nothing of it runs any more.
    pub(crate) async fn stop(mut self) {
        self.cancel.cancel();
        drop(self.gate.take());
        // It stays here, so that it ends with whoever waits for it.
        if let Some(task) = &mut self.task {
            // It was told to end; how it ended is nobody's any more.
            let _ = task.await;
        }
    }
}

/// What an operation is of.
pub(crate) struct Order {
    pub(crate) application: Application,
    /// The same at the revisions that its sources follow: what further tries with `refresh` are of.
    pub(crate) latest: Application,
    /// Its sources as they were asked for, at whatever revision.
    pub(crate) sources: Vec<Value>,
    pub(crate) request: Request,
    pub(crate) started_at: String,
    pub(crate) retry_count: u32,
    /// What the application is known to have had.
    pub(crate) known: Vec<ObjectRef>,
    /// Whether somebody has said yes to what wants a confirmation.
    pub(crate) confirmed: bool,
    /// Whether sync windows let it go on; none where nothing is begun.
    pub(crate) overrun: Option<Overrun>,
}

impl Progress {
    pub(crate) fn new(order: &Order, inbox: Arc<Inbox>) -> Self {
        let state = OperationState {
            request: order.request.clone(),
            phase: OperationPhase::Running,
            message: String::new(),
            started_at: order.started_at.clone(),
            finished_at: None,
            retry_count: order.retry_count,
            revisions: Vec::new(),
            sources: order.sources.clone(),
            several: is_plural(&order.application),
            resources: Vec::new(),
        };
        Self {
            state: Mutex::new(state),
            place: Mutex::new(None),
            inbox,
            overrun: order.overrun.clone(),
        }
    }

    /// As it is now.
    pub(crate) fn state(&self) -> OperationState {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, OperationState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_place_back(&self) {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        drop(place.take());
    }

    /// It is tried again after a pause; so many retries were made before.
    fn note_retry(&self, why: &str, retries: u32, pause: Duration) {
        self.give_place_back();
        let mut state = self.lock();
        state.retry_count = retries.saturating_add(1);
        state.message = format!(
            "{why}. Retrying attempt #{} in {} s.",
            state.retry_count,
            pause.as_secs()
        );
        state.resources.clear();
        drop(state);
        self.inbox.tell(|post| post.reasons.time = true);
    }

    fn end(&self, phase: OperationPhase, message: String, resources: Option<Vec<Value>>) {
        self.give_place_back();
        let mut state = self.lock();
        state.phase = phase;
        state.message = message;
        state.finished_at = Some(crate::clock::now_exactly());
        // They may hold Secrets, and nobody takes the operation up any more.
        state.request.sync.manifests.clear();
        if let Some(resources) = resources {
            state.resources = resources;
        }
        drop(state);
        self.inbox.tell(|post| post.reasons.time = true);
    }
}

/// Whether an application has `sources`, not `source`.
fn is_plural(application: &Application) -> bool {
    application
        .sources
        .iter()
        .any(|source| source.field.contains('['))
}

impl Observer for Progress {
    fn planned(&self, objects: usize) {
        self.lock().message = format!("syncing {objects} objects");
    }

    fn done(&self, row: &Row) {
        self.lock().resources.push(resource_result(row));
    }

    fn trying_again(&self, failed: &Report, retries: u32, pause: Duration) {
        self.note_retry(&failure(failed), retries, pause);
    }

    fn refreshed(&self, revisions: &[String]) {
        self.lock().revisions = revisions.to_vec();
    }

    /// As Argo CD does, which leaves it running.
    fn may_go_on(&self) -> bool {
        if self.overrun.as_ref().is_none_or(Overrun::may_go_on) {
            let mut state = self.lock();
            if state.message == BLOCKED {
                "syncing".clone_into(&mut state.message);
            }
            return true;
        }
        self.give_place_back();
        BLOCKED.clone_into(&mut self.lock().message);
        false
    }

    fn waiting(&self, healthy: usize, all: usize, next: &str) {
        self.give_place_back();
        self.lock().message =
            format!("waiting for healthy state of {next} ({healthy} of {all} are)");
    }
}

/// Starts an operation; one that must be written down first waits for that. Its end is told to the inbox.
pub(crate) fn start(
    engine: Arc<Engine>,
    (places, queue): (Arc<Semaphore>, Arc<Queue>),
    order: Order,
    inbox: Arc<Inbox>,
    (hold, must_be_written): (Option<Hold>, bool),
) -> Running {
    let progress = Arc::new(Progress::new(&order, inbox));
    let cancel = CancellationToken::new();
    let (shared, token) = (Arc::clone(&progress), cancel.clone());
    let (open, opened) = oneshot::channel();
    let gate = must_be_written.then_some(open);
    let task = tokio::spawn(async move {
        if must_be_written && opened.await.is_err() {
            return;
        }
        let place = tokio::select! {
            biased;
            () = token.cancelled() => {
                let (phase, message) = terminated();
                return shared.end(phase, message, None);
            }
            // The places are never closed.
            place = queue.wait(places.acquire_owned()) => place.ok(),
        };
        *shared.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
        let application = &order.application;
        let span = tracing::debug_span!(
            "operation",
            application = %format_args!("{}/{}", application.namespace, application.name),
            cluster = cluster_of(application)
        );
        run(&engine, &order, &shared, token).instrument(span).await;
    });
    Running {
        progress,
        cancel,
        asked: None,
        began: Instant::now(),
        is_written: false,
        gate,
        _hold: hold,
        writes: None,
        task: Some(task),
    }
}

/// An operation that cannot even begin.
pub(crate) fn refused(
    request: Request,
    started_at: String,
    message: String,
    inbox: Arc<Inbox>,
) -> Running {
    let order = Order {
        application: Application::default(),
        latest: Application::default(),
        sources: Vec::new(),
        request,
        started_at,
        retry_count: 0,
        known: Vec::new(),
        confirmed: false,
        overrun: None,
    };
    let progress = Arc::new(Progress::new(&order, inbox));
    progress.end(OperationPhase::Error, message, None);
    Running {
        progress,
        cancel: CancellationToken::new(),
        asked: None,
        began: Instant::now(),
        is_written: true,
        gate: None,
        _hold: None,
        writes: None,
        task: None,
    }
}

async fn run(engine: &Engine, order: &Order, progress: &Progress, cancel: CancellationToken) {
    let (phase, message, rows) = match ended(engine, order, progress, cancel).await {
        Ok(report) => {
            let rows = report.objects.iter().map(resource_result).collect();
            let (phase, message) = conclusion(&report);
            (phase, message, Some(rows))
        }
        Err((phase, message)) => (phase, message, None),
    };
    progress.end(phase, message, rows);
}

/// Syncs; where that cannot even begin, again as the operation's retry policy says, as a sync that failed.
async fn ended(
    engine: &Engine,
    order: &Order,
    progress: &Progress,
    cancel: CancellationToken,
) -> Result<Report, (OperationPhase, String)> {
    let broken = |message| (OperationPhase::Error, message);
    let mut options = order.request.options(&order.application).map_err(broken)?;
    options.prune_confirmed = order.confirmed;
    let brought = order
        .request
        .brings_manifests()
        .then_some(&order.request.sync.manifests);
    let brought = brought.map(|texts| manifests::read(texts)).transpose();
    let brought = brought.map_err(broken)?;
    let mut how = How {
        options,
        retry: order.request.retry(&order.application),
        retries: 0,
        operation: None,
        observer: progress,
        cancel,
    };
    let mut failed = std::time::Instant::now();
    loop {
        how.retries = progress.state().retry_count;
        let latest = (how.retry.refresh && how.retries > 0).then_some(failed);
        let prepared = tokio::select! {
            biased;
            () = how.cancel.cancelled() => return Err(terminated()),
            prepared = prepare(engine, order, brought.as_deref(), latest) => prepared,
        };
        let report = match prepared {
            Ok(prepared) => sync(engine, order, prepared, progress, &mut how).await,
            Err(error) => Err(error),
        };
        let error = match report {
            Ok(report) => return Ok(report),
            Err(error) => told(&error),
        };
        failed = std::time::Instant::now();
        let retries = progress.state().retry_count;
        let Some(pause) = how.retry.pause_before(retries) else {
            return Err(broken(error));
        };
        progress.note_retry(&error, retries, pause);
        tokio::select! {
            biased;
            () = how.cancel.cancelled() => return Err(terminated()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Of its latest revisions where a try before failed at the moment `latest`, and the next one is to be of them.
async fn prepare(
    engine: &Engine,
    order: &Order,
    brought: Option<&[Object]>,
    latest: Option<std::time::Instant>,
) -> Result<Prepared, AppError> {
    let application = &order.application;
    let mut prepared = match (brought, latest) {
        (Some(objects), _) => engine.prepare_objects(application, objects.to_vec())?,
        (None, None) => engine.prepare(application).await?,
        (None, Some(failed)) => engine.prepare_latest(&order.latest, failed).await?,
    };
    prepared.known.clone_from(&order.known);
    Ok(prepared)
}

async fn sync(
    engine: &Engine,
    order: &Order,
    mut prepared: Prepared,
    progress: &Progress,
    how: &mut How<'_>,
) -> Result<Report, AppError> {
    note_revisions(progress, &prepared);
    how.operation = Some(Operation {
        // The same after a restart, since its start was written down: it is taken up.
        id: order.started_at.replace([':', '.'], "-"),
        revision: progress
            .state()
            .revisions
            .first()
            .cloned()
            .unwrap_or_default(),
        number: crate::clock::unix_secs(&order.started_at),
    });
    // Further tries with `refresh` are of that.
    let report = engine.sync(&order.latest, &mut prepared, how).await;
    note_revisions(progress, &prepared);
    report
}

fn terminated() -> (OperationPhase, String) {
    (OperationPhase::Failed, "Operation terminated".to_owned())
}

fn note_revisions(progress: &Progress, prepared: &Prepared) {
    let sources = prepared.rendered.sources.iter();
    progress.lock().revisions = sources.map(|source| source.revision.clone()).collect();
}

/// An error in one text.
pub(crate) fn told(error: &AppError) -> String {
    let found = error.diagnostics();
    let texts = found.iter().map(|problem| match &problem.help {
        Some(help) => format!("{problem} ({help})"),
        None => problem.to_string(),
    });
    texts.collect::<Vec<_>>().join("; ")
}

fn conclusion(report: &Report) -> (OperationPhase, String) {
    if report.cancelled {
        return terminated();
    }
    if report.failed() {
        return (OperationPhase::Failed, failure(report));
    }
    let message = if report.dry_run {
        "successfully synced (dry run)"
    } else {
        "successfully synced (all tasks run)"
    };
    (OperationPhase::Succeeded, message.to_owned())
}

fn failure(report: &Report) -> String {
    let failed: Vec<&Row> = report
        .objects
        .iter()
        .filter(|row| row.action == Action::Failed)
        .collect();
    match failed.as_slice() {
        [] => "one or more synchronization tasks were not reached".to_owned(),
        [row] => format!(
            "one or more objects failed to apply, reason: {}: {}",
            row.object, row.message
        ),
        [row, ..] => format!(
            "one or more objects failed to apply ({} of them), first reason: {}: {}",
            failed.len(),
            row.object,
            row.message
        ),
    }
}
