//! A server that answered and no longer does: one of all who wait asks until it is ready again.
//!
//! A request that fails tells little: the server may restart, or only that request may be one that
//! no try can mend. `/readyz` tells them apart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gantry_model::limits;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// What is known of one server.
#[derive(Default)]
pub(crate) struct Outage {
    /// Whether it ever answered: before that, a server out of reach is an error, not an outage.
    reached: AtomicBool,
    /// Whether the last outage was waited for in vain.
    given_up: AtomicBool,
    /// Held by the one who asks; the others wait for it.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When it was last found ready.
    ready: Option<Instant>,
    /// When the last outage was over.
    over: Option<Instant>,
    /// Why the last outage was given up.
    reason: String,
}

/// How an outage was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// There is none: the fault belongs to the request.
    None,
    /// It is over.
    Over,
    /// It lasts; the reason, the same for all.
    Lasting(String),
}

impl Outage {
    /// Takes note of an answer that only a working server gives.
    pub(crate) fn answered(&self, cluster: &str) {
        self.reached.store(true, Ordering::Relaxed);
        if self.given_up.swap(false, Ordering::Relaxed) {
            tracing::info!(cluster, "the API server that was given up answers again");
        }
    }

    /// Whether the server ever answered.
    pub(crate) fn was_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Waits until the server is ready, for a request that was sent at `sent` and failed. `probe`
    /// asks it once, and says what is wrong.
    pub(crate) async fn wait<P, F>(&self, cluster: &str, sent: Instant, probe: P) -> Met
    where
        P: Fn() -> F,
        F: Future<Output = Result<(), String>>,
    {
        if self.given_up.load(Ordering::Relaxed) {
            return Met::Lasting(self.state.lock().await.reason.clone());
        }
        let mut state = self.state.lock().await;
        if self.given_up.load(Ordering::Relaxed) {
            return Met::Lasting(state.reason.clone());
        }
        let since = |moment: Option<Instant>| moment.is_some_and(|at| at >= sent);
        if since(state.over) {
            return Met::Over;
        }
        // Somebody else asked meanwhile.
        if since(state.ready) {
            return Met::None;
        }
        let met = ask(cluster, probe).await;
        match &met {
            Met::None => state.ready = Some(Instant::now()),
            Met::Over => state.over = Some(Instant::now()),
            Met::Lasting(reason) => {
                state.reason.clone_from(reason);
                self.given_up.store(true, Ordering::Relaxed);
            }
        }
        met
    }
}

async fn ask<P, F>(cluster: &str, probe: P) -> Met
where
    P: Fn() -> F,
    F: Future<Output = Result<(), String>>,
{
    let began = Instant::now();
    let longest = Duration::from_millis(limits::API_PROBE_BACKOFF_MAX_MS);
    let mut pause = Duration::from_millis(limits::API_BACKOFF_START_MS);
    let mut told = false;
    loop {
        let Err(reason) = probe().await else { break };
        let lasts = began.elapsed();
        if lasts > Duration::from_secs(limits::API_OUTAGE_MAX_SECS) {
            let reason = format!("not ready for {} s: {reason}", lasts.as_secs());
            tracing::warn!(cluster, "the API server is given up: {reason}");
            return Met::Lasting(reason);
        }
        // Shorter ones are no news: a load balancer that changes over, a connection that is cut.
        if !told && lasts > Duration::from_millis(limits::API_OUTAGE_TOLD_MS) {
            let seconds = limits::API_OUTAGE_MAX_SECS;
            tracing::warn!(
                cluster,
                "the API server is out of reach; waiting up to {seconds} s: {reason}"
            );
            told = true;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
    if told {
        let seconds = began.elapsed().as_secs();
        tracing::info!(cluster, "the API server is ready again after {seconds} s");
    }
    if pause > Duration::from_millis(limits::API_BACKOFF_START_MS) {
        return Met::Over;
    }
    Met::None
}

#[cfg(test)]
#[path = "outage/tests.rs"]
mod tests;
