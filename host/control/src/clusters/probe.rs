//! Asks the clusters in use, again and again, whether they answer.
//!
//! A connection waits through outages of its server, which is right for whoever has something to write,
//! and too long for whoever wants to know how it is: a probe has a shorter time of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry_model::limits;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::entry::Entry;
use super::registry::Registry;

/// How often, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) every: Duration,
    pub(super) timeout: Duration,
    /// How often to look which are due.
    pub(super) tick: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(limits::CLUSTER_PROBE_INTERVAL_SECS),
            timeout: Duration::from_secs(limits::CLUSTER_PROBE_TIMEOUT_SECS),
            tick: Duration::from_millis(limits::CLUSTER_PROBE_TICK_MS),
        }
    }
}

/// Probes until it is cancelled. Each probe is a task of its own: one that hangs holds up nobody.
pub(super) async fn run(registry: &Arc<Registry>, pace: Pace, cancel: &CancellationToken) {
    let mut probes = JoinSet::new();
    let mut ticks = tokio::time::interval(pace.tick);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        while probes.try_join_next().is_some() {}
        for entry in registry.entries() {
            if entry.take_turn(Instant::now()) {
                let registry = Arc::clone(registry);
                probes.spawn(async move { probe(&registry, &entry, pace).await });
            }
        }
    }
}

async fn probe(registry: &Registry, entry: &Entry, pace: Pace) {
    let probed = &entry.wrapped.probed;
    let most = pace.timeout + probed.login_time();
    let asked = tokio::time::timeout(most, probed.version()).await;
    let answer = match asked {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!(
            "the API server does not answer within {} s",
            most.as_secs_f32()
        )),
    };
    let cluster = &entry.info.name;
    match &answer {
        Ok(version) => tracing::debug!(cluster, version, "the cluster answers"),
        Err(error) => tracing::debug!(cluster, error, "the cluster does not answer"),
    }
    if entry.note(answer, pace.every) {
        registry.tell(entry);
    }
}
