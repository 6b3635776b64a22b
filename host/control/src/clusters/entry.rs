//! One cluster of the registry.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gantry_model::limits;
use gantry_model::secrets::ClusterSecret;

use super::info::ClusterInfo;
use super::registry::Wrapped;
use super::state::{ConnectionState, ConnectionStatus};

/// A cluster, its connection, and how that is.
pub(super) struct Entry {
    pub(super) info: ClusterInfo,
    /// Other names that mean it too.
    pub(super) aliases: Vec<String>,
    /// Other servers that mean it too, normalised.
    pub(super) servers: Vec<String>,
    /// What it was made of; none for those that are there without a Secret.
    pub(super) secret: Option<ClusterSecret>,
    pub(super) wrapped: Wrapped,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    state: ConnectionState,
    used: Option<Instant>,
    next: Option<Instant>,
    asking: bool,
}

impl Entry {
    pub(super) fn new(info: ClusterInfo, wrapped: Wrapped) -> Self {
        let servers = vec![gantry_cluster::normalise_server(&info.server)];
        Self {
            info,
            aliases: Vec::new(),
            servers,
            secret: None,
            wrapped,
            health: Mutex::default(),
        }
    }

    /// The same cluster, of which nothing is known.
    pub(super) fn beginning_with(&self, wrapped: Wrapped) -> Self {
        Self {
            aliases: self.aliases.clone(),
            servers: self.servers.clone(),
            secret: self.secret.clone(),
            ..Self::new(self.info.clone(), wrapped)
        }
    }

    /// The same in the place of another one of the same cluster, as with other credentials: how that was counts until
    /// this one is asked, which is soon where that was used.
    pub(super) fn after(self, before: &Self) -> Self {
        let (state, used) = {
            let health = before.health();
            (health.state.clone(), health.used)
        };
        let mut health = self.health();
        health.state = state;
        health.used = used;
        drop(health);
        self
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.info.name == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// Notes that an application goes there, which keeps it probed for a while.
    pub(super) fn touch(&self) {
        self.health().used = Some(Instant::now());
    }

    /// Whether it is to be asked now; whoever gets a yes asks, and then calls [`Entry::note`].
    pub(super) fn take_turn(&self, now: Instant) -> bool {
        let mut health = self.health();
        let kept = Duration::from_secs(limits::CLUSTER_IN_USE_SECS);
        let is_used = health
            .used
            .is_some_and(|used| now.duration_since(used) < kept);
        // One that is away is asked until it is back: nobody connects to it meanwhile.
        let in_use = is_used || health.state.status == ConnectionStatus::Failed;
        let is_due = health.next.is_none_or(|next| next <= now);
        if !in_use || !is_due || health.asking {
            return false;
        }
        health.asking = true;
        true
    }

    /// Takes the answer of a probe and says when the next is due. True when applications are concerned.
    pub(super) fn note(&self, answer: Result<String, String>, every: Duration) -> bool {
        let mut health = self.health();
        health.asking = false;
        health.next = Some(Instant::now() + jittered(every));
        health.state.note(answer, std::time::SystemTime::now())
    }

    pub(super) fn state(&self) -> ConnectionState {
        self.health().state.clone()
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time near the given one, so that the probes of many clusters spread.
fn jittered(every: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 100;
    let share = limits::CLUSTER_PROBE_JITTER_PERCENT * u32::try_from(random).unwrap_or_default();
    every + every * share / 10_000
}
