//! One application's worker: looks when there is a reason to, starts what is due, writes down what it found.
//! Everything about one application happens here, one thing after the other; only its operation runs
//! beside.

mod deletion;
mod due;
mod followed;
mod publish;
mod standing;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use gantry_model::application::Application;
use gantry_model::{Object, limits};
use gantry_store::Event;
use gantry_sync::Memory;
use tokio::time::Instant;
use tracing::Instrument;

use crate::depends::{self, DependsError};
use crate::inbox::{Inbox, Post};
use crate::look::{Look, look};
use crate::manifest::{Known, News};
use crate::operate::Running;
use crate::shared::{Id, Shared};
use crate::status::Condition;
pub(crate) use crate::worker::due::cluster_of;
pub(crate) use crate::worker::followed::Followed;

pub(crate) struct Worker {
    shared: Arc<Shared>,
    id: Id,
    inbox: Arc<Inbox>,
    known: Known,
    /// What is kept for it elsewhere; none where nobody works on it here.
    followed: Option<Followed>,
    memory: Memory,
    look: Option<Look>,
    /// Whether there is a reason to look again.
    is_due: bool,
    /// Not before that.
    look_from: Instant,
    /// Where its sources are, as far as it was looked at or pushes have told.
    heads: Vec<String>,
    /// It is looked at by then, whatever comes: its sources have moved without touching its paths, or the last look
    /// could not find out all.
    look_by: Option<Instant>,
    /// Looks in a row that could not.
    uncertain_looks: u32,
    operation: Option<Running>,
    /// The next moment at which something may be due.
    wake: Option<Instant>,
    /// What is to be told once the status that is written now is there.
    news: Vec<Event>,
    /// Whether the metrics have it.
    is_counted: bool,
    /// Writes of the status that failed in a row.
    failed_writes: u32,
    /// What it waits for before it is synced by itself.
    depends_on: Result<Vec<Id>, DependsError>,
    /// Why it is not synced by itself, where that is an error.
    sync_condition: Option<Condition>,
    /// What else is to be told.
    conditions: Vec<Condition>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, id: Id, inbox: Arc<Inbox>, raw: Object) -> Self {
        let known = Known::read(raw, shared.home.namespace());
        Self {
            shared,
            id,
            inbox,
            known,
            followed: None,
            memory: Memory::default(),
            look: None,
            is_due: true,
            look_from: Instant::now(),
            heads: Vec::new(),
            look_by: None,
            uncertain_looks: 0,
            operation: None,
            wake: Some(Instant::now()),
            news: Vec::new(),
            is_counted: false,
            failed_writes: 0,
            depends_on: Ok(Vec::new()),
            sync_condition: None,
            conditions: Vec::new(),
        }
    }

    /// Works until the application is gone.
    pub(crate) async fn run(mut self) {
        self.heed_manifest();
        loop {
            self.known.rest();
            let gather = Duration::from_millis(limits::LOOK_GATHER_MS);
            let post = self.inbox.wait(self.wake, gather).await;
            self.wake = None;
            if self.take(post).await {
                self.unfollow();
                let Some(again) = self.shared.forget(&self.id) else {
                    break;
                };
                self.start_over(again).await;
            }
            // Boxed: a worker that waits, as most do, shall not hold the room that a turn takes.
            Box::pin(self.turn()).await;
        }
        tracing::info!(application = %self.id, "gone");
    }

    /// Takes in what came; true when the application is gone.
    async fn take(&mut self, mut post: Post) -> bool {
        if post.gone {
            self.stop_operation().await;
            return true;
        }
        if let Some(latest) = post
            .latest
            .take_if(|latest| is_another(latest, &self.known.raw))
        {
            self.start_over(latest).await;
        }
        if let Some(latest) = post.latest
            && is_newer(&latest, &self.known.raw)
        {
            self.heed(latest);
        }
        let reasons = post.reasons;
        if reasons.settings {
            self.memory.forget();
        }
        self.is_due |= reasons.touched || reasons.settings;
        if reasons.moved && !self.is_passed_by() {
            self.is_due = true;
        }
        if reasons.outdate() {
            self.uncertain_looks = 0;
        }
        false
    }

    /// Takes a newer manifest; true where it asks for something else than before.
    fn heed(&mut self, latest: Object) -> bool {
        let News {
            is_wish,
            is_compared,
        } = self.known.take(latest);
        if is_compared {
            self.memory.forget();
        }
        if is_wish {
            self.is_due = true;
            self.heed_manifest();
        }
        is_wish
    }

    /// An application of its name was made in its place: nothing that is known of the old one is of this one.
    async fn start_over(&mut self, raw: Object) {
        tracing::info!(application = %self.id, "made again");
        self.stop_operation().await;
        self.unfollow();
        let (shared, inbox) = (Arc::clone(&self.shared), Arc::clone(&self.inbox));
        *self = Self::new(shared, self.id.clone(), inbox, raw);
        self.heed_manifest();
    }

    /// Whether its sources have moved by pushes that touch none of its paths. It is looked at later then, so
    /// that its revision moves on.
    fn is_passed_by(&mut self) -> bool {
        let Ok(application) = &self.known.application else {
            return false;
        };
        let fetcher = self.shared.engine.workshop().fetcher();
        let (shared, heads) = (&self.shared, &self.heads);
        let Some(heads) = shared.pushes.passed_by(application, heads, fetcher) else {
            return false;
        };
        self.heads = heads;
        let by = Instant::now() + self.shared.poller.interval();
        self.look_by = Some(self.look_by.map_or(by, |known| known.min(by)));
        true
    }

    /// Follows what the manifest names: what concerns it, what it waits for, and, once it is worked on, its
    /// sources.
    fn heed_manifest(&mut self) {
        self.shared.note_interest(&self.id, &self.known);
        if self.followed.is_some() {
            self.follow();
        }
        self.depends_on = depends::read(self.known.depends_on(), &self.id.namespace);
    }

    async fn turn(&mut self) {
        let is_ours = self.shared.is_ours(&self.known);
        if self.known.is_skipped() || !is_ours {
            self.stop_operation().await;
            self.unfollow();
            self.look = None;
            self.is_due = true;
            self.pass_on(is_ours);
            return;
        }
        if self.followed.is_none() {
            self.follow();
        }
        if self.known.raw.is_being_deleted() {
            self.stop_operation().await;
            self.delete().await;
            return;
        }
        self.terminate_on_request();
        if let Some(kind) = self.known.refresh() {
            if kind == "hard" {
                self.memory.forget();
                if let Some(application) = self.application() {
                    self.shared.engine.workshop().renew(application);
                }
            }
            self.shared.check_sources(&self.id, &self.known).await;
            self.is_due = true;
        }
        self.start_what_is_asked();
        if let Some(by) = self.look_by {
            self.is_due |= Instant::now() >= by;
            self.wake_at(by);
        }
        self.look_if_due().await;
        self.start_what_is_due();
        self.publish().await;
    }

    async fn look_if_due(&mut self) {
        if !self.is_due {
            return;
        }
        if Instant::now() < self.look_from && self.known.refresh().is_none() {
            self.wake_at(self.look_from);
            return;
        }
        self.is_due = false;
        self.look_by = None;
        let recorded = self.known.recorded();
        // Many may wait for their look.
        self.known.rest();
        let found = match &self.known.application {
            Err(conditions) => Look::without(conditions.clone()),
            Ok(application) => match self.shared.obstacle(application) {
                Some(condition) => Look::without(vec![condition]),
                None => {
                    let span = tracing::debug_span!(
                        "look",
                        application = %self.id,
                        cluster = cluster_of(application)
                    );
                    let looking = look(&self.shared, application, &recorded, &self.memory);
                    looking.instrument(span).await
                }
            },
        };
        let pause = found.took * limits::LOOK_PAUSE_FACTOR;
        let least = if self.operation.is_some() {
            Duration::from_millis(limits::LOOK_WHILE_BUSY_MS)
        } else {
            Duration::ZERO
        };
        let most = Duration::from_millis(limits::LOOK_PAUSE_MAX_MS);
        self.look_from = Instant::now() + pause.clamp(least, most.max(least));
        self.look_again_if_uncertain(found.is_uncertain);
        tracing::debug!(
            application = %self.id,
            sync = found.picture.sync.as_str(),
            health = %found.picture.health,
            took_ms = found.took.as_millis(),
            "looked"
        );
        if let Some(application) = self.application() {
            let server = cluster_of(application);
            let labels = [application.destination.namespace.as_str(), server.as_str()];
            let seconds = found.took.as_secs_f64();
            self.shared.metrics.app_reconcile.observe(labels, seconds);
        }
        self.heads.clone_from(&found.picture.revisions);
        self.look = Some(found);
    }

    /// What is missing, a kind, a webhook, a chart, may come without anybody telling.
    fn look_again_if_uncertain(&mut self, is_uncertain: bool) {
        if !is_uncertain {
            self.uncertain_looks = 0;
            return;
        }
        let factor = 1_u32.checked_shl(self.uncertain_looks).unwrap_or(u32::MAX);
        let pause = Duration::from_secs(limits::LOOK_RETRY_SECS).saturating_mul(factor);
        let by = Instant::now() + pause.min(Duration::from_secs(limits::LOOK_RETRY_MAX_SECS));
        self.uncertain_looks = self.uncertain_looks.saturating_add(1);
        self.look_by = Some(by);
        self.wake_at(by);
    }

    fn application(&self) -> Option<&Application> {
        self.known.application.as_ref().ok()
    }

    /// Tells whoever asks what happened to the application.
    fn note(&self, event: Event) {
        self.shared.home.note(&self.known.raw, event);
    }

    /// Looks into the inbox then at the latest.
    fn wake_at(&mut self, at: Instant) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    fn wake_after(&mut self, pause: Duration) {
        self.wake_at(Instant::now() + pause);
    }
}

/// Whether it is not the application that is known, but a later one of its name.
fn is_another(latest: &Object, known: &Object) -> bool {
    latest.uid() != known.uid()
}

/// Whether a manifest is not older than what is known: what this process has written itself comes back
/// through the watch, in its order.
fn is_newer(latest: &Object, known: &Object) -> bool {
    let version = |object: &Object| object.resource_version().parse::<u64>().ok();
    match (version(latest), version(known)) {
        (Some(latest), Some(known)) => latest > known,
        _ => latest.resource_version() != known.resource_version(),
    }
}
