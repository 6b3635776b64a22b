//! What all requests share.

use std::sync::Arc;

use gantry_api::Api;
use gantry_model::limits;
use gantry_model::metrics::{Counters, Exposition};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::metrics::Kept;
use crate::plane::Plane;
use crate::rate::{Limiter, Rate};
use crate::webhook::queue::{self, Job};

/// The state behind the routes.
pub(crate) struct Door {
    pub(crate) plane: Arc<dyn Plane>,
    /// The API, where it is served.
    pub(crate) api: Option<Arc<Api>>,
    /// Whether connections are kept from others' eyes.
    pub(crate) is_tls: bool,
    /// True when the server ends.
    pub(crate) ending: watch::Receiver<bool>,
    /// Of all webhooks, before anything of them is read.
    pub(crate) webhooks: Limiter,
    /// Of those that prove nothing.
    pub(crate) unproven: Limiter,
    /// Bytes of bodies, a permit each.
    pub(crate) bodies: Arc<Semaphore>,
    pub(crate) queue: mpsc::Sender<Job>,
    pub(crate) counted: Arc<Counted>,
    pub(crate) metrics: Kept,
}

/// What the door itself counts. No label is what a stranger sent.
pub(crate) struct Counted {
    pub(crate) webhooks: Counters<2>,
    pub(crate) requests: Counters<2>,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            webhooks: Counters::new(
                "gantry_webhook_requests_total",
                "Webhooks, by who sent them and what came of it.",
                ["provider", "code"],
            ),
            requests: Counters::new(
                "gantry_http_requests_total",
                "Requests, by route and status.",
                ["route", "code"],
            ),
        }
    }
}

impl Counted {
    pub(crate) fn write(&self, to: &mut Exposition) {
        self.webhooks.write(to);
        self.requests.write(to);
    }
}

impl Door {
    /// The door, and the webhooks that come in through it.
    pub(crate) fn new(
        plane: Arc<dyn Plane>,
        api: Option<Arc<Api>>,
        is_tls: bool,
        counted: Arc<Counted>,
        ending: watch::Receiver<bool>,
    ) -> (Self, queue::Waiting) {
        let rate = |per_sec| Rate::new(per_sec, limits::WEBHOOK_BURST_SECS);
        let (sender, waiting) = mpsc::channel(limits::WEBHOOKS_WAITING_MAX);
        let door = Self {
            plane: Arc::clone(&plane),
            api,
            is_tls,
            ending,
            webhooks: Limiter::new(
                rate(limits::WEBHOOKS_PER_ADDRESS_PER_SEC),
                rate(limits::WEBHOOKS_PER_SEC),
            ),
            unproven: Limiter::new(
                rate(limits::UNPROVEN_WEBHOOKS_PER_ADDRESS_PER_SEC),
                rate(limits::UNPROVEN_WEBHOOKS_PER_SEC),
            ),
            bodies: Arc::new(Semaphore::new(limits::WEBHOOK_BODIES_MAX_BYTES)),
            queue: sender,
            counted,
            metrics: Kept::default(),
        };
        (door, queue::Waiting::new(plane, waiting))
    }

    /// Asks the plane on a thread of its own. What panics there is logged, and none of our answer.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Plane) -> T + Send + 'static,
    ) -> Option<T> {
        let plane = Arc::clone(&self.plane);
        let asked = tokio::task::spawn_blocking(move || question(plane.as_ref())).await;
        asked
            .inspect_err(|error| tracing::error!(%error, "the control plane gave no answer"))
            .ok()
    }
}
