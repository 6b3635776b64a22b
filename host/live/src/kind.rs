//! One watched kind: its objects, as far as they are known.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{ClusterError, Object, ObjectRef, limits};
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::doubt::{Asking, Doubt, Until};
use crate::entry::{Entry, uid_of};

/// Namespace and name.
pub(crate) type Place = (String, String);

/// How far the watch of a kind is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// Its objects are still being listed.
    Listing,
    /// All that there is is known.
    Listed,
    /// It cannot be watched.
    Failed(ClusterError),
}

/// Who says how an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// The watch: what it says is in order.
    ByEvent,
    /// The answer to a request, which may come after the object has gone.
    ByAnswer,
}

/// A list that is being read.
#[derive(Debug, Default)]
struct Listing {
    /// What it gave.
    seen: HashSet<Place>,
    /// What answers told meanwhile: the list may be older.
    noted: HashSet<Place>,
}

/// One watched kind.
pub(crate) struct Kind {
    pub(crate) resource: Resource,
    pub(crate) entries: BTreeMap<Place, Entry>,
    pub(crate) phase: watch::Sender<Phase>,
    pub(crate) events: broadcast::Sender<WatchEvent>,
    /// Whether it was ever listed: before, nothing that comes is a change.
    pub(crate) was_listed: bool,
    /// Since when nobody has had any of it.
    pub(crate) unused: Option<Instant>,
    pub(crate) task: Option<AbortHandle>,
    /// Uids of objects that went of which a late answer may still speak.
    gone: HashMap<Place, (u64, Instant)>,
    doubts: HashMap<Place, Doubt>,
    tickets: u64,
    listing: Option<Listing>,
}

impl Drop for Kind {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Kind {
    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            resource,
            entries: BTreeMap::new(),
            phase: watch::Sender::new(Phase::Listing),
            events: broadcast::Sender::new(limits::LIVE_EVENTS_KEPT),
            was_listed: false,
            unused: None,
            task: None,
            gone: HashMap::new(),
            doubts: HashMap::new(),
            tickets: 0,
            listing: Some(Listing::default()),
        }
    }

    /// Goes on in another version. What is known of objects is still so, but for their texts; the new watch
    /// tells of what has changed meanwhile. Whoever reads along begins anew.
    pub(crate) fn turn_to(&mut self, resource: Resource) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.resource = resource;
        self.events = broadcast::Sender::new(limits::LIVE_EVENTS_KEPT);
        self.entries.values_mut().for_each(Entry::empty);
        self.phase.send_replace(Phase::Listing);
        self.begin_list();
    }

    pub(crate) fn is_listed(&self) -> bool {
        *self.phase.borrow() == Phase::Listed
    }

    /// Whether the server does not serve it in this version.
    pub(crate) fn is_unserved(&self) -> bool {
        matches!(
            &*self.phase.borrow(),
            Phase::Failed(ClusterError::UnknownKind(_))
        )
    }

    pub(crate) fn is_doubtful(&self, place: &Place) -> bool {
        self.doubts.contains_key(place)
    }

    /// From now on the server is asked for an object, until it has answered or an event tells enough.
    pub(crate) fn doubt(&mut self, place: Place, until: Until) {
        self.tickets += 1;
        let ticket = self.tickets;
        let until = match self.doubts.get(&place) {
            Some(before) if before.until != until => Until::Asked,
            _ => until,
        };
        self.doubts.insert(place, Doubt { ticket, until });
    }

    /// What is known before the server is asked.
    pub(crate) fn asking(&self, place: &Place) -> Asking {
        Asking {
            version: self.entries.get(place).map(|entry| entry.version.clone()),
            ticket: self.doubts.get(place).map(|doubt| doubt.ticket),
        }
    }

    /// The server has answered.
    pub(crate) fn settle(&mut self, place: &Place, asking: &Asking) {
        let ticket = self.doubts.get(place).map(|doubt| doubt.ticket);
        if ticket == asking.ticket {
            self.doubts.remove(place);
        }
    }

    /// Notes whether what is told of an object is news, and how far it settles older questions.
    pub(crate) fn weigh(
        &mut self,
        place: &Place,
        object: &Object,
        said: Said,
        whole: bool,
    ) -> bool {
        self.note_listed(place, said);
        if said == Said::ByEvent
            && self
                .doubts
                .get(place)
                .is_some_and(|d| d.until.is_met_by(object))
        {
            self.doubts.remove(place);
        }
        let version = object.resource_version();
        match self.entries.get_mut(place) {
            None => said == Said::ByEvent || !self.has_gone(place, uid_of(object)),
            Some(known) if known.is_older_than(version) => true,
            Some(known) => {
                let is_same = *known.version == *version;
                known.is_confirmed |= is_same && said == Said::ByEvent;
                is_same && !known.is_whole() && (whole || known.owner.is_some())
            }
        }
    }

    /// Puts an object; gives what was there.
    pub(crate) fn put(&mut self, place: Place, entry: Entry) -> Option<Entry> {
        self.gone.remove(&place);
        self.entries.insert(place, entry)
    }

    /// Takes an object away; gives what was there.
    pub(crate) fn take(&mut self, place: &Place) -> Option<Entry> {
        let before = self.entries.remove(place)?;
        let now = Instant::now();
        if self.gone.len() >= limits::LIVE_GONE_KEPT_MAX {
            self.gone.retain(|_, (_, since)| is_recent(*since, now));
        }
        self.gone.insert(place.clone(), (before.uid, now));
        Some(before)
    }

    /// An event says that an object has gone; whether that is what is known of.
    pub(crate) fn let_go(&mut self, place: &Place) -> bool {
        if let Some(listing) = &mut self.listing {
            listing.seen.remove(place);
        }
        let is_confirmed = self.entries.get(place).is_none_or(|e| e.is_confirmed);
        if !is_confirmed {
            // It may be about the one that was there before what the answer told of.
            self.doubt(place.clone(), Until::Asked);
            return false;
        }
        let settles = |doubt: &Doubt| matches!(doubt.until, Until::Going(_));
        if self.doubts.get(place).is_some_and(settles) {
            self.doubts.remove(place);
        }
        true
    }

    /// A list begins.
    pub(crate) fn begin_list(&mut self) {
        self.listing = Some(Listing::default());
    }

    /// All was listed: gives what is no longer there.
    pub(crate) fn end_list(&mut self) -> Vec<Place> {
        let listing = self.listing.take().unwrap_or_default();
        let unlisted = |place: &&Place| !listing.seen.contains(*place);
        let lost: Vec<Place> = self.entries.keys().filter(unlisted).cloned().collect();
        let (noted, lost): (Vec<Place>, Vec<Place>) = lost
            .into_iter()
            .partition(|place| listing.noted.contains(place));
        for place in noted {
            self.doubt(place, Until::Asked);
        }
        self.was_listed = true;
        self.phase.send_replace(Phase::Listed);
        lost
    }

    /// Tells those who read along.
    pub(crate) fn send(&self, event: impl FnOnce() -> WatchEvent) {
        if self.events.receiver_count() > 0 {
            // Nobody reads any more: no harm.
            let _ = self.events.send(event());
        }
    }

    pub(crate) fn reference(&self, (namespace, name): Place) -> ObjectRef {
        let gvk = self.resource.gvk.clone();
        ObjectRef {
            gvk,
            namespace,
            name,
        }
    }

    fn note_listed(&mut self, place: &Place, said: Said) {
        if let Some(listing) = &mut self.listing {
            let set = match said {
                Said::ByEvent => &mut listing.seen,
                Said::ByAnswer => &mut listing.noted,
            };
            set.insert(place.clone());
        }
    }

    fn has_gone(&self, place: &Place, uid: u64) -> bool {
        let is_that =
            |(gone, since): &(u64, Instant)| *gone == uid && is_recent(*since, Instant::now());
        self.gone.get(place).is_some_and(is_that)
    }
}

fn is_recent(since: Instant, now: Instant) -> bool {
    now.duration_since(since) < Duration::from_secs(limits::LIVE_GONE_KEPT_SECS)
}
