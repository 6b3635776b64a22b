//! Kinds that applications have and their cluster does not serve: whoever waits for one is told when somebody has
//! brought it. What brings kinds, CRDs and APIServices, is watched for that, by its metadata, as long as anybody waits.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use futures::stream::{BoxStream, StreamExt, select_all};
use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{Cluster, ClusterError, Gvk, limits};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::Hears;
use crate::state::State;

type Event = Result<WatchEvent, ClusterError>;

/// The kinds that somebody waits for.
#[derive(Default)]
pub(crate) struct Absent {
    kinds: BTreeSet<Gvk>,
    scout: Option<AbortHandle>,
}

impl Drop for Absent {
    fn drop(&mut self) {
        if let Some(scout) = &self.scout {
            scout.abort();
        }
    }
}

impl Absent {
    /// A kind was found not to be served; whether nobody looks out for it yet.
    pub(crate) fn add(&mut self, gvk: &Gvk) -> bool {
        self.kinds.insert(gvk.clone());
        self.scout.is_none()
    }

    /// The task that looks out for them.
    pub(crate) fn attend(&mut self, scout: AbortHandle) {
        self.scout = Some(scout);
    }

    /// A kind is served; whether somebody has waited for it.
    pub(crate) fn remove(&mut self, gvk: &Gvk) -> bool {
        self.kinds.remove(gvk)
    }

    /// Forgets those that nobody has any more.
    pub(crate) fn retain(&mut self, is_had: impl Fn(&Gvk) -> bool) {
        self.kinds.retain(is_had);
    }

    fn has_group(&self, group: &str) -> bool {
        self.kinds.iter().any(|gvk| gvk.group == group)
    }
}

/// Looks out for kinds of one cluster.
pub(crate) struct Scout {
    pub(crate) inner: Arc<dyn Cluster>,
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) hears: Arc<dyn Hears>,
}

/// When the server is asked for the kinds next, and how often after that without another sign.
struct Plan {
    at: Option<Instant>,
    asked: u32,
}

impl Plan {
    const fn none() -> Self {
        Self { at: None, asked: 0 }
    }

    /// Somebody has brought something: what it is is served a moment later.
    fn begin(&mut self) {
        self.asked = 0;
        let soon = Instant::now() + Duration::from_millis(limits::LIVE_KIND_LOOK_START_MS);
        self.at = Some(self.at.map_or(soon, |at| at.min(soon)));
    }

    fn go_on(&mut self) {
        self.asked += 1;
        let pause = Duration::from_millis(limits::LIVE_KIND_LOOK_START_MS) * 2_u32.pow(self.asked);
        let is_over = self.asked >= limits::LIVE_KIND_LOOKS_MAX;
        self.at = (!is_over).then(|| Instant::now() + pause);
    }

    async fn due(&self) {
        match self.at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}

impl Scout {
    /// Looks out until nobody waits any more.
    pub(crate) async fn run(self) {
        let start = Duration::from_millis(limits::LIVE_REOPEN_START_MS);
        let mut pause = start;
        while let Some(was_listed) = self.watch().await {
            if was_listed {
                pause = start;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(limits::LIVE_REOPEN_MAX_MS));
        }
    }

    /// Looks out until all watches end: whether any was good for something; none where nobody waits any more.
    async fn watch(&self) -> Option<bool> {
        let mut events = select_all(self.streams().await);
        let (mut plan, mut was_listed) = (Plan::none(), false);
        loop {
            let sweep = tokio::time::sleep(Duration::from_secs(limits::LIVE_SWEEP_SECS));
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(WatchEvent::Listed)) => {
                        was_listed = true;
                        // It may have come just before the watch.
                        plan.begin();
                    }
                    Some(Ok(WatchEvent::Present(object))) => {
                        if self.is_waited_for(object.name()) {
                            plan.begin();
                        }
                    }
                    Some(Ok(WatchEvent::Gone(_))) => {}
                    // It goes on by itself, after a pause; the other one may be allowed.
                    Some(Err(error)) => {
                        tracing::debug!(cluster = self.inner.name(), %error, "no lookout for new kinds");
                    }
                    None => return Some(was_listed),
                },
                () = plan.due() => {
                    self.look().await;
                    plan.go_on();
                }
                () = sweep => {}
            }
            if self.has_ended() {
                return None;
            }
        }
    }

    /// The watches of what brings kinds, as far as it is served.
    async fn streams(&self) -> Vec<BoxStream<'static, Event>> {
        let bringers = [
            Gvk::parse("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            Gvk::parse("apiregistration.k8s.io/v1", "APIService"),
        ];
        let found = join_all(bringers.iter().map(|gvk| self.inner.resource(gvk))).await;
        let served = found.into_iter().filter_map(|found| found.ok().flatten());
        let watch = |resource: Resource| self.inner.watch_metadata(&resource, None);
        served.map(watch).collect()
    }

    /// Whether a CRD or an APIService, `widgets.example.com` or `v1.example.com`, is of a group of which somebody
    /// waits for a kind.
    fn is_waited_for(&self, name: &str) -> bool {
        let group = name.split_once('.').map_or("", |(_, group)| group);
        self.lock().absent.has_group(group)
    }

    /// Asks which of the kinds are served by now, and tells whoever has them.
    async fn look(&self) {
        let kinds = self.lock().absent.kinds.clone();
        // All at once: they share one answer of the server.
        let found = join_all(kinds.iter().map(|gvk| self.inner.resource(gvk))).await;
        let served = kinds.iter().zip(found);
        let served = served.filter(|(_, found)| matches!(found, Ok(Some(_))));
        let mut concerned = BTreeSet::new();
        {
            let mut state = self.lock();
            for (gvk, _) in served {
                if state.absent.remove(gvk) {
                    tracing::debug!(cluster = self.inner.name(), kind = %gvk, "served now");
                    concerned.extend(state.following_version(gvk));
                }
            }
        }
        for application in concerned {
            self.hears.touched(&application);
        }
    }

    /// Whether nobody waits any more: then this is no scout any more either.
    fn has_ended(&self) -> bool {
        let mut state = self.lock();
        state.forget_absent();
        let has_ended = state.absent.kinds.is_empty();
        if has_ended {
            state.absent.scout = None;
        }
        has_ended
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
