//! A server that answered and no longer does: one of all who wait asks until it is ready again.
//!
//! A request that fails tells little: the server may restart, or only that request may be one that
//! no try can mend. `/readyz` tells them apart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gantry_model::limits;
use tokio::sync::watch;
use tokio::time::Instant;

/// What is known of one server.
#[derive(Default)]
pub(crate) struct Outage {
    /// Whether it ever answered: before that, a server out of reach is an error, not an outage.
    reached: AtomicBool,
    /// Whether the last outage was waited for in vain.
    given_up: AtomicBool,
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
    /// What is being asked now; its answer is for all.
    asking: Option<watch::Receiver<Option<Met>>>,
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
    pub(crate) async fn wait<P, F>(self: &Arc<Self>, cluster: &str, sent: Instant, probe: P) -> Met
    where
        P: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let mut asking = match self.join(cluster, sent, probe) {
            Ok(met) => return met,
            Err(asking) => asking,
        };
        let met = asking.wait_for(Option::is_some).await;
        let met = met.ok().and_then(|met| met.clone());
        // Whoever asked ended with the program.
        met.unwrap_or_else(|| Met::Lasting("nobody asks any more".to_owned()))
    }

    /// What is known already, or who asks. That is a task of its own: a request whose caller does
    /// not go on, a stream that nobody reads, must not keep the others waiting.
    fn join<P, F>(
        self: &Arc<Self>,
        cluster: &str,
        sent: Instant,
        probe: P,
    ) -> Result<Met, watch::Receiver<Option<Met>>>
    where
        P: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let mut state = self.state();
        if self.given_up.load(Ordering::Relaxed) {
            return Ok(Met::Lasting(state.reason.clone()));
        }
        let since = |moment: Option<Instant>| moment.is_some_and(|at| at >= sent);
        if since(state.over) {
            return Ok(Met::Over);
        }
        // Somebody else asked meanwhile.
        if since(state.ready) {
            return Ok(Met::None);
        }
        if let Some(asking) = &state.asking {
            return Err(asking.clone());
        }
        let (tell, asking) = watch::channel(None);
        state.asking = Some(asking.clone());
        let (outage, cluster) = (Arc::clone(self), cluster.to_owned());
        tokio::spawn(async move {
            let met = ask(&cluster, probe).await;
            outage.note(&met);
            // Nobody may wait any more.
            let _ = tell.send(Some(met));
        });
        Err(asking)
    }

    fn note(&self, met: &Met) {
        let mut state = self.state();
        state.asking = None;
        match met {
            Met::None => state.ready = Some(Instant::now()),
            Met::Over => state.over = Some(Instant::now()),
            Met::Lasting(reason) => {
                state.reason.clone_from(reason);
                self.given_up.store(true, Ordering::Relaxed);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
