//! What others keep for an application while somebody works on it: its sources are asked whether they move, its
//! objects are watched and remembered.

use gantry_model::application::Destination;
use gantry_sync::Memory;

use super::Worker;
use crate::manifest::Known;

/// What of an application is in its cluster, and by which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    pub(crate) tracking: String,
    pub(crate) destination: Destination,
    pub(crate) project: String,
}

impl Followed {
    fn of(known: &Known) -> Option<Self> {
        let application = known.application.as_ref().ok()?;
        Some(Self {
            tracking: gantry_engine::tracking_name(application),
            destination: application.destination.clone(),
            project: application.project.clone(),
        })
    }
}

impl Worker {
    /// Follows what the manifest names, and leaves the cluster that it named before.
    pub(super) fn follow(&mut self) {
        let now = Followed::of(&self.known);
        if self.followed != now {
            if let Some(before) = &self.followed {
                self.shared.leave(before);
            }
            self.followed = now;
        }
        self.shared.follow(&self.id, &self.known);
    }

    /// Nothing is to be kept for it any more: it is gone, left alone, or somebody else's.
    pub(super) fn unfollow(&mut self) {
        if let Some(before) = self.followed.take() {
            self.shared.unfollow(&self.id, &before);
            self.memory = Memory::default();
        }
    }
}
