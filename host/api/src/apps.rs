//! All applications in memory, sorted, with what lists ask of them; and their changes, to all who watch. One
//! watch of the home feeds it.

mod destinations;
mod entry;
mod filter;
mod keys;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::StreamExt;
use gantry_model::{Object, limits};
use gantry_store::{Change, Home, Kind};
use tokio::sync::{broadcast, watch};

use crate::app::Name;
use crate::fault::{Code, Fault};

pub(crate) use destinations::Destinations;
pub(crate) use entry::Entry;
pub(crate) use filter::{Facet, Filter, Fit};

/// What became of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Added,
    Modified,
    Deleted,
}

impl Happened {
    /// As Kubernetes says it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

/// One change.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) happened: Happened,
    pub(crate) entry: Arc<Entry>,
}

/// By name, then by namespace: as lists are sorted.
type Key = (String, String);

/// All applications.
pub(crate) struct Apps {
    home: String,
    all: RwLock<BTreeMap<Key, Arc<Entry>>>,
    /// True once all are known.
    listed: watch::Sender<bool>,
    /// Rings with each change.
    turned: watch::Sender<u64>,
    events: broadcast::Sender<Event>,
}

impl Apps {
    pub(crate) fn new(home: &str) -> Self {
        Self {
            home: home.to_owned(),
            all: RwLock::default(),
            listed: watch::Sender::new(false),
            turned: watch::Sender::new(0),
            events: broadcast::Sender::new(limits::API_EVENTS_KEPT_MAX),
        }
    }

    /// Follows the home for ever.
    pub(crate) async fn follow(&self, home: &dyn Home) {
        loop {
            let mut changes = home.watch(Kind::Application);
            // Of a watch that began anew: what it did not give went meanwhile.
            let mut given = Some(HashSet::new());
            while let Some(change) = changes.next().await {
                match change {
                    Ok(Change::Present(object)) => {
                        let name = Name::of(&object);
                        self.put(*object);
                        if let Some(given) = &mut given {
                            given.insert((name.name, name.namespace));
                        }
                    }
                    Ok(Change::Gone { namespace, name }) => self.remove(&(name, namespace)),
                    Ok(Change::Listed) => {
                        if let Some(given) = given.take() {
                            self.retain(&given);
                        }
                        self.listed.send_replace(true);
                    }
                    Err(error) => tracing::warn!(%error, "applications are not watched"),
                }
            }
            tokio::time::sleep(Duration::from_millis(limits::WATCH_BACKOFF_START_MS)).await;
        }
    }

    pub(crate) fn put(&self, object: Object) {
        let name = Name::of(&object);
        let entry = Arc::new(Entry::new(object, &self.home));
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let before = all.insert((name.name, name.namespace), Arc::clone(&entry));
        let happened = match before {
            None => Happened::Added,
            Some(before) if before.version() == entry.version() => return,
            Some(_) => Happened::Modified,
        };
        self.tell(happened, entry);
    }

    fn remove(&self, key: &Key) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = all.remove(key) {
            self.tell(Happened::Deleted, entry);
        }
    }

    fn retain(&self, given: &HashSet<Key>) {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<Key> = all
            .keys()
            .filter(|k| !given.contains(*k))
            .cloned()
            .collect();
        drop(all);
        for key in gone {
            self.remove(&key);
        }
    }

    /// Called with the lock held, so that whoever subscribes with it misses nothing.
    fn tell(&self, happened: Happened, entry: Arc<Entry>) {
        // Without anybody who watches, nobody needs to know.
        let _ = self.events.send(Event { happened, entry });
        self.turned.send_modify(|turn| *turn = turn.wrapping_add(1));
    }

    /// An application's name in policies, as it is now.
    pub(crate) fn rbac_name(&self, name: &Name) -> Option<String> {
        let key = (name.name.clone(), name.namespace.clone());
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&key).map(|entry| entry.rbac_name.clone())
    }

    /// Waits until all applications are known.
    pub(crate) async fn ready(&self) -> Result<(), Fault> {
        let mut listed = self.listed.subscribe();
        let wait = listed.wait_for(|listed| *listed);
        let patience = Duration::from_secs(limits::API_READY_SECS);
        match tokio::time::timeout(patience, wait).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Fault::new(
                Code::Unavailable,
                "not all applications are known yet; try again in a moment",
            )),
        }
    }

    /// All that fit, in order, each with how it does.
    pub(crate) fn fits(&self, fit: impl Fn(&Entry) -> Option<Fit>) -> Vec<(Arc<Entry>, Fit)> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let found = all.values();
        found
            .filter_map(|entry| Some((Arc::clone(entry), fit(entry)?)))
            .collect()
    }

    /// All that fit, in order.
    pub(crate) fn fitting(&self, fits: impl Fn(&Entry) -> bool) -> Vec<Arc<Entry>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.values().filter(|entry| fits(entry)).cloned().collect()
    }

    /// How many go where.
    pub(crate) fn destinations(&self) -> Destinations {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        Destinations::count(all.values().map(|entry| &entry.keys))
    }

    /// All that fit, in order, and all changes from then on.
    pub(crate) fn fitting_and_changes(
        &self,
        fits: impl Fn(&Entry) -> bool,
    ) -> (Vec<Arc<Entry>>, broadcast::Receiver<Event>) {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let found = all.values().filter(|entry| fits(entry)).cloned().collect();
        (found, self.events.subscribe())
    }

    /// Waits, for a moment, until what was written is known here too: who writes and then lists expects
    /// to find it.
    pub(crate) async fn seen(&self, object: &Object) {
        let key = (object.name().to_owned(), object.namespace().to_owned());
        let wanted = number(object.resource_version());
        let is_known = || {
            let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
            all.get(&key).is_some_and(|entry| {
                entry.version() == object.resource_version()
                    || number(entry.version()) > wanted && wanted.is_some()
            })
        };
        self.until(is_known).await;
    }

    /// The same for one that is deleted.
    pub(crate) async fn unseen(&self, name: &Name) {
        let key = (name.name.clone(), name.namespace.clone());
        let is_gone = || {
            let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
            all.get(&key)
                .is_none_or(|entry| entry.view().is_being_deleted())
        };
        self.until(is_gone).await;
    }

    async fn until(&self, is_so: impl Fn() -> bool) {
        let mut turned = self.turned.subscribe();
        let wait = async {
            while !is_so() {
                if turned.changed().await.is_err() {
                    return;
                }
            }
        };
        let patience = Duration::from_millis(limits::API_SEEN_MAX_MS);
        if tokio::time::timeout(patience, wait).await.is_err() {
            tracing::debug!("lists do not know yet what was written");
        }
    }
}

/// A version as a number, which both homes write.
pub(crate) fn number(version: &str) -> Option<u64> {
    version.parse().ok()
}
