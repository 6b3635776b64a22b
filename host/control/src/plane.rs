//! The control plane as a whole: one worker for each application of its home, and what they share kept up
//! to date.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use gantry_engine::Engine;
use gantry_model::metrics::Metrics;
use gantry_model::push::{Push, WebhookSecrets};
use gantry_model::{Object, limits};
use gantry_store::{Change, Home, Kind};
use gantry_sync::CancellationToken;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::bell::{Bell, Moves};
use crate::board::Board;
use crate::clusters::{Registry, Target, keep_census};
use crate::inbox::Post;
use crate::poll::{Pace, Poller};
use crate::shards::Shards;
use crate::shared::{Id, Shared};
use crate::surroundings::{Meaning, Surroundings};
use crate::worker::Worker;

/// The kinds that stand beside applications.
const BESIDE: [Kind; 3] = [Kind::Project, Kind::Secret, Kind::ConfigMap];

/// What a control plane is made of.
pub struct Parts {
    /// Where its applications are.
    pub home: Arc<dyn Home>,
    /// What renders, compares and syncs them.
    pub engine: Arc<Engine>,
    /// Where they go.
    pub clusters: Arc<Registry>,
    /// Which of those are its own.
    pub shards: Arc<Shards>,
    /// Hears of changes in the clusters.
    pub bell: Arc<Bell>,
    /// How often repositories are asked.
    pub pace: Pace,
    /// What is counted, here and by its parts.
    pub metrics: Arc<Metrics>,
}

/// The control plane.
pub struct Plane {
    shared: Arc<Shared>,
    surroundings: Mutex<Surroundings>,
    /// Rings when one of them has changed.
    changed: Notify,
    /// What they meant when it was last looked.
    heeded: Mutex<Option<Meaning>>,
    /// How many of the kinds of the home are known in full.
    listed: watch::Sender<usize>,
}

impl Plane {
    /// Joins the parts. It must be called on a runtime.
    pub fn new(parts: Parts) -> Self {
        let fetcher = Arc::clone(parts.engine.workshop().fetcher());
        let poller = Poller::new(fetcher, Moves(Arc::clone(&parts.bell)), parts.pace);
        let shared = Shared::new(
            parts.home,
            parts.engine,
            parts.clusters,
            parts.shards,
            poller,
            parts.metrics,
        );
        let shared = Arc::new(shared);
        parts.bell.hang(&shared);
        Self {
            shared,
            surroundings: Mutex::default(),
            changed: Notify::new(),
            heeded: Mutex::default(),
            listed: watch::Sender::new(0),
        }
    }

    /// How all applications are.
    pub fn board(&self) -> &Board {
        &self.shared.board
    }

    /// What was counted.
    pub fn metrics(&self) -> &Metrics {
        self.shared.note_clusters();
        self.shared.note_queues();
        &self.shared.metrics
    }

    /// Whether all that its home has is known.
    pub fn is_ready(&self) -> bool {
        *self.listed.borrow() > BESIDE.len()
    }

    /// What webhooks are to prove that they know.
    pub fn webhook_secrets(&self) -> WebhookSecrets {
        let heeded = self.heeded.lock().unwrap_or_else(PoisonError::into_inner);
        let heeded = heeded.as_ref().map(|meaning| meaning.webhooks.clone());
        heeded.unwrap_or_default()
    }

    /// Works until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let mut workers = JoinSet::new();
        let beside = BESIDE.map(|kind| self.watch_beside(kind));
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.shared.clusters.run(&cancel) => {}
            () = self.heed_shards() => {}
            _ = futures::future::join_all(beside) => {}
            () = self.heed_surroundings() => {}
            () = self.keep_clusters_in_use() => {}
            () = self.keep_census() => {}
            () = self.watch_applications(&mut workers) => {}
        }
        workers.shutdown().await;
    }

    /// Follows the changes of one kind, whatever ends the watch.
    async fn follow(&self, kind: Kind, mut take: impl FnMut(Change)) {
        let mut was_listed = false;
        loop {
            let mut changes = self.shared.home.watch(kind);
            while let Some(change) = changes.next().await {
                match change {
                    Ok(change) => {
                        let listed = change == Change::Listed;
                        take(change);
                        if listed && !std::mem::replace(&mut was_listed, true) {
                            self.listed.send_modify(|kinds| *kinds += 1);
                        }
                    }
                    Err(error) => tracing::warn!(kind = %kind.gvk().kind, %error, "not watched"),
                }
            }
            tokio::time::sleep(Duration::from_millis(limits::WATCH_BACKOFF_START_MS)).await;
        }
    }

    async fn watch_beside(&self, kind: Kind) {
        let take = |change| {
            let mut all = self
                .surroundings
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if all.take(kind, change) {
                self.changed.notify_one();
            }
        };
        self.follow(kind, take).await;
    }

    /// Applications come once it is known what stands beside them.
    async fn watch_applications(&self, workers: &mut JoinSet<()>) {
        let mut listed = self.listed.subscribe();
        // The sender lives as long as this.
        let _ = listed.wait_for(|kinds| *kinds >= BESIDE.len()).await;
        self.heed();
        let take = |change| {
            match change {
                Change::Present(object) => self.present(*object, workers),
                Change::Gone { namespace, name } => {
                    self.shared.tell(&Id { namespace, name }, Post::gone);
                }
                Change::Listed => {
                    tracing::info!(
                        applications = self.shared.count(),
                        "all applications are known"
                    );
                }
            }
            while workers.try_join_next().is_some() {}
        };
        self.follow(Kind::Application, take).await;
    }

    fn present(&self, object: Object, workers: &mut JoinSet<()>) {
        let id = Id {
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
        };
        if let Some((inbox, object)) = self.shared.present(&id, object) {
            let worker = Worker::new(Arc::clone(&self.shared), id, inbox, object);
            workers.spawn(worker.run());
        }
    }

    async fn heed_surroundings(&self) {
        loop {
            self.changed.notified().await;
            // They seldom change alone.
            tokio::time::sleep(Duration::from_millis(limits::LOOK_GATHER_MS)).await;
            self.heed();
        }
    }

    /// Whose clusters are whose has changed: each worker sees whether it is meant.
    async fn heed_shards(&self) {
        let mut owned = self.shared.shards.owned();
        let mut known = BTreeMap::new();
        loop {
            let now = self.shared.shards.claims();
            let is_new = |server: &String| known.get(server) != now.get(server);
            let sight = self.shared.clusters.sight();
            let is_meant = |target: &Target| sight.server(target).is_some_and(|s| is_new(&s));
            let meant = self.shared.interests.going_to(is_meant);
            self.shared.tell_of_settings(&meant);
            known = now;
            if owned.changed().await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    }

    async fn keep_clusters_in_use(&self) {
        let pause = Duration::from_secs(limits::CLUSTER_USE_INTERVAL_SECS);
        loop {
            tokio::time::sleep(pause).await;
            self.shared.keep_clusters_in_use();
        }
    }

    /// Nobody knows which clusters have gone before all that are there are known.
    async fn keep_census(&self) {
        let mut listed = self.listed.subscribe();
        let _ = listed.wait_for(|kinds| *kinds > BESIDE.len()).await;
        let Shared {
            home,
            clusters,
            shards,
            ..
        } = &*self.shared;
        keep_census(&**home, clusters, shards).await;
    }

    /// Gives what stands beside the applications to whoever works by it.
    fn heed(&self) {
        let meaning = self
            .surroundings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .meaning();
        let mut heeded = self.heeded.lock().unwrap_or_else(PoisonError::into_inner);
        let before = heeded.as_ref();
        if before.is_none_or(|before| before.problems != meaning.problems) {
            for problem in &meaning.problems {
                tracing::warn!("{problem}");
            }
        }
        self.shared.heed(&meaning, before);
        *heeded = Some(meaning);
    }

    /// A plugin came, changed or went.
    pub fn plugins_changed(&self) {
        self.shared.tell_all_of_settings();
    }

    /// Somebody pushed to a repository.
    pub fn pushed(&self, push: &Push) {
        self.shared.pushed(push);
    }
}
