//! Connections for watches: few enough on each that none waits for a place.

use std::sync::{Arc, Mutex, PoisonError};

use gantry_model::limits;
use kube::Client;

use crate::dial::{Dialer, Use};

/// A connection that carries watches, counted by who holds it.
pub(crate) struct Lane(Client);

impl Lane {
    /// What sends on it.
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}

/// All of them, opened as they are needed. Requests never share one: an API server serves 100
/// requests at once on a connection, and a hundred watches would leave it no place for others.
pub(crate) struct Lanes {
    dialer: Dialer,
    open: Mutex<Vec<Arc<Lane>>>,
}

impl Lanes {
    /// None is open yet.
    pub(crate) fn new(dialer: Dialer) -> Self {
        Self {
            dialer,
            open: Mutex::new(Vec::new()),
        }
    }

    /// One with room for one more watch, which holds it as long as it lasts.
    ///
    /// # Errors
    /// When a further one cannot be made.
    pub(crate) fn lane(&self) -> Result<Arc<Lane>, kube::Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // The list holds each lane once itself.
        let has_room =
            |lane: &&Arc<Lane>| Arc::strong_count(lane) <= limits::WATCHES_PER_CONNECTION_MAX;
        if let Some(lane) = open.iter().find(has_room) {
            return Ok(Arc::clone(lane));
        }
        let lane = Arc::new(Lane(self.dialer.client(Use::Watches)?));
        open.push(Arc::clone(&lane));
        Ok(lane)
    }
}
