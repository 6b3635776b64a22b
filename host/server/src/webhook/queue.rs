//! Webhooks that have their answer, and wait for the control plane.

use std::sync::Arc;

use gantry_model::Push;
use tokio::sync::mpsc;

use super::body::Held;
use crate::plane::Plane;

/// One webhook's worth of work, with the memory it was read into.
pub(crate) struct Job {
    pub(crate) pushes: Vec<Push>,
    pub(crate) held: Held,
}

/// The other end of the queue.
pub(crate) struct Waiting {
    plane: Arc<dyn Plane>,
    jobs: mpsc::Receiver<Job>,
}

impl Waiting {
    pub(crate) fn new(plane: Arc<dyn Plane>, jobs: mpsc::Receiver<Job>) -> Self {
        Self { plane, jobs }
    }

    /// Hands over one after the other, until nobody can send any more and none is left.
    pub(crate) async fn work(mut self) {
        while let Some(Job { pushes, held }) = self.jobs.recv().await {
            let plane = Arc::clone(&self.plane);
            let work = move || pushes.into_iter().for_each(|push| plane.pushed(push));
            if let Err(error) = tokio::task::spawn_blocking(work).await {
                // The others are not to wait for ever because of one.
                tracing::error!(%error, "a webhook could not be worked on");
            }
            drop(held);
        }
    }
}
