//! One replica with its work, as a process: it can be stopped for a while, and killed.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::hub::Link;
use super::random::Random;
use crate::shards::{Hold, Shards};

/// What keeps all tasks of a process from running.
#[derive(Default)]
pub(super) struct Freezer {
    is_frozen: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Freezer {
    pub(super) fn freeze(&self) {
        self.is_frozen.store(true, Ordering::Relaxed);
    }

    pub(super) fn thaw(&self) {
        self.is_frozen.store(false, Ordering::Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.drain(..).for_each(Waker::wake);
    }

    async fn run(self: Arc<Self>, work: impl Future<Output = ()>) {
        let mut work = pin!(work);
        poll_fn(|context| {
            if self.is_frozen.load(Ordering::Relaxed) {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            work.as_mut().poll(context)
        })
        .await;
    }
}

/// A replica.
pub(super) struct Replica {
    pub(super) id: String,
    pub(super) shards: Arc<Shards>,
    pub(super) link: Link,
    pub(super) freezer: Arc<Freezer>,
    /// How often it acted on a cluster.
    pub(super) count: Arc<AtomicU64>,
    tasks: Vec<AbortHandle>,
}

impl Replica {
    /// Starts; `slowness` is how long it takes to stop the work on a cluster at most.
    pub(super) fn start(link: Link, id: &str, seed: u64, slowness: Duration) -> Self {
        let hub = Arc::new(link.clone());
        let (shards, keeper) = Shards::prepare(hub, "argocd", id).expect("an id");
        let shards = Arc::new(shards);
        let freezer = Arc::new(Freezer::default());
        let count = Arc::default();
        let work = Work {
            shards: Arc::clone(&shards),
            random: Random(seed),
            count: Arc::clone(&count),
            slowness,
        };
        let keeper = tokio::spawn(Arc::clone(&freezer).run(keeper));
        let work = tokio::spawn(Arc::clone(&freezer).run(work.run()));
        let tasks = vec![keeper.abort_handle(), work.abort_handle()];
        Self {
            id: id.to_owned(),
            shards,
            link,
            freezer,
            count,
            tasks,
        }
    }

    /// Ends it at once, whatever it does.
    pub(super) fn kill(&self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }

    /// Begins to give all away.
    pub(super) fn close(&self) {
        if let Some(sharing) = &self.shards.sharing {
            sharing.closing.cancel();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        let sharing = self.shards.sharing.as_ref();
        sharing.is_some_and(|sharing| sharing.ended.is_cancelled())
    }

    /// Whether it could write to a cluster at this moment, if it ran.
    pub(super) fn is_able(&self, cluster: &str) -> bool {
        self.shards.fence.lets_through(cluster)
    }
}

struct Job {
    hold: Hold,
    ends: Option<Instant>,
}

/// What a control plane does with its clusters, in short.
struct Work {
    shards: Arc<Shards>,
    random: Random,
    count: Arc<AtomicU64>,
    slowness: Duration,
}

impl Work {
    async fn run(mut self) {
        let owned = self.shards.owned();
        let mut jobs: BTreeMap<String, Job> = BTreeMap::new();
        loop {
            let clusters = owned.borrow().clone();
            for cluster in &clusters {
                if !jobs.contains_key(cluster)
                    && let Some(hold) = self.shards.hold(cluster)
                {
                    jobs.insert(cluster.clone(), Job { hold, ends: None });
                }
            }
            let now = Instant::now();
            let slowness = u64::try_from(self.slowness.as_millis()).unwrap_or(u64::MAX);
            for (cluster, job) in &mut jobs {
                if job.ends.is_none() && (!clusters.contains(cluster) || job.hold.check().is_err())
                {
                    job.ends = Some(now + self.random.millis(0, slowness));
                }
                if job.hold.check().is_ok() {
                    self.count.fetch_add(1, Ordering::Relaxed);
                }
            }
            jobs.retain(|_, job| job.ends.is_none_or(|ends| now < ends));
            sleep(Duration::from_millis(40)).await;
        }
    }
}
