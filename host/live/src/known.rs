//! What is known of single objects, in whichever version of its kind somebody asks for one.

use gantry_model::Object;
use gantry_model::cluster::Resource;

use crate::cluster::LiveCluster;
use crate::doubt::Asking;
use crate::kind::Place;
use crate::writes::group_kind_of;

/// What is known of an object.
pub(crate) enum Known {
    /// All.
    Certain(Option<Object>),
    /// The server is to be asked, and its answer is to be kept.
    Asked(Asking),
    /// The same, where its answer is of another version than the one that is watched.
    InAnotherVersion,
    /// Nothing is kept of it.
    Elsewhere,
}

impl LiveCluster {
    /// Whether all that there is of a kind is known, in that version.
    pub(crate) fn is_listed(&self, resource: &Resource) -> bool {
        let state = self.lock();
        let kind = state.kind(&resource.gvk);
        kind.is_some_and(crate::kind::Kind::is_listed)
    }

    /// What is known of an object.
    pub(crate) fn known(&self, resource: &Resource, place: &Place) -> Known {
        if !self.covers(resource, &place.0) {
            return Known::Elsewhere;
        }
        let state = self.lock();
        let Some(kind) = state.kind_in_any_version(&resource.gvk) else {
            return Known::Elsewhere;
        };
        let (watched, asked) = (&kind.resource.gvk.version, &resource.gvk.version);
        if kind.is_listed() && !kind.is_doubtful(place) {
            let Some(entry) = kind.entries.get(place) else {
                // What is not there is not there in any version.
                return Known::Certain(None);
            };
            let object = if watched == asked {
                entry.object()
            } else {
                entry.converted(&resource.gvk.api_version())
            };
            if object.is_some() {
                return Known::Certain(object);
            }
        }
        if watched == asked {
            Known::Asked(kind.asking(place))
        } else {
            Known::InAnotherVersion
        }
    }

    /// Keeps an answer of another version than the one that is watched, until the object changes.
    pub(crate) fn keep_converted(&self, resource: &Resource, place: &Place, answer: &Object) {
        let mut state = self.lock();
        let is_kept = state.kind(&resource.gvk).is_none() && state.is_wanted(answer);
        let Some(kind) = state.kind_mut(&group_kind_of(resource)) else {
            return;
        };
        if is_kept && let Some(entry) = kind.entries.get_mut(place) {
            entry.keep_converted(answer);
        }
    }
}
