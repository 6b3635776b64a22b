//! What is known of one cluster: its watched kinds, whose objects are whose, and who wants which.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{ClusterError, Gvk, Object, ObjectRef, limits};
use gantry_sync::Key;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::entry::Entry;

/// A kind, whatever its version.
pub(crate) type GroupKind = (String, String);

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

/// One watched kind.
pub(crate) struct Kind {
    pub(crate) resource: Resource,
    pub(crate) entries: BTreeMap<(String, String), Entry>,
    pub(crate) phase: watch::Sender<Phase>,
    pub(crate) events: broadcast::Sender<WatchEvent>,
    /// When objects went of which a late answer may still speak.
    gone: HashMap<(String, String), Instant>,
    /// Since when nobody has had any of it.
    unused: Option<Instant>,
    task: Option<AbortHandle>,
}

impl Drop for Kind {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Kind {
    pub(crate) fn is_listed(&self) -> bool {
        *self.phase.borrow() == Phase::Listed
    }
}

/// An application that follows its objects.
#[derive(Default)]
struct Follower {
    wants: BTreeSet<Key>,
    kinds: HashSet<GroupKind>,
}

/// All of it.
#[derive(Default)]
pub(crate) struct State {
    kinds: HashMap<GroupKind, Kind>,
    followers: HashMap<String, Follower>,
    /// Who wants an object.
    wanted: HashMap<Key, BTreeSet<String>>,
    /// What each application has.
    owned: HashMap<Arc<str>, BTreeSet<Key>>,
}

/// Whom a change concerns.
pub(crate) type Concerned = BTreeSet<String>;

impl State {
    /// The kind, if it is watched in that version.
    pub(crate) fn kind(&self, gvk: &Gvk) -> Option<&Kind> {
        let kind = self.kinds.get(&(gvk.group.clone(), gvk.kind.clone()))?;
        (kind.resource.gvk.version == gvk.version).then_some(kind)
    }

    pub(crate) fn is_watched(&self, kind: &GroupKind) -> bool {
        self.kinds.contains_key(kind)
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    /// Adds a kind; none where it is there.
    pub(crate) fn add(&mut self, resource: Resource) -> Option<GroupKind> {
        let kind = (resource.gvk.group.clone(), resource.gvk.kind.clone());
        if self.is_watched(&kind) {
            return None;
        }
        let new = Kind {
            resource,
            entries: BTreeMap::new(),
            phase: watch::Sender::new(Phase::Listing),
            events: broadcast::Sender::new(limits::LIVE_EVENTS_KEPT),
            gone: HashMap::new(),
            unused: None,
            task: None,
        };
        self.kinds.insert(kind.clone(), new);
        Some(kind)
    }

    /// The task that watches a kind; it ends with the kind.
    pub(crate) fn attend(&mut self, kind: &GroupKind, task: AbortHandle) {
        match self.kinds.get_mut(kind) {
            Some(kind) => kind.task = Some(task),
            None => task.abort(),
        }
    }

    /// Notes what an application wants.
    pub(crate) fn follow(&mut self, application: &str, objects: &[ObjectRef]) {
        let wants: BTreeSet<Key> = objects.iter().map(Key::from).collect();
        let kinds = objects
            .iter()
            .map(|o| (o.gvk.group.clone(), o.gvk.kind.clone()))
            .collect();
        let before = self
            .followers
            .get(application)
            .map(|f| f.wants.clone())
            .unwrap_or_default();
        for key in before.difference(&wants) {
            self.unwant(key, application);
        }
        for key in wants.difference(&before) {
            let by = self.wanted.entry(key.clone()).or_default();
            by.insert(application.to_owned());
        }
        self.followers
            .insert(application.to_owned(), Follower { wants, kinds });
    }

    /// An application wants nothing any more.
    pub(crate) fn unfollow(&mut self, application: &str) {
        let Some(follower) = self.followers.remove(application) else {
            return;
        };
        for key in &follower.wants {
            self.unwant(key, application);
        }
    }

    fn unwant(&mut self, key: &Key, application: &str) {
        if let Some(by) = self.wanted.get_mut(key) {
            by.remove(application);
            if by.is_empty() {
                self.wanted.remove(key);
            }
        }
    }

    /// Drops kinds that no application has had any of for a while.
    pub(crate) fn drop_unused(&mut self) {
        let followed = self.followers.iter().flat_map(|(application, follower)| {
            let owned = self.owned.get(application.as_str()).into_iter().flatten();
            let owned = owned.map(|key| (key.group.clone(), key.kind.clone()));
            follower.kinds.iter().cloned().chain(owned)
        });
        let used: HashSet<GroupKind> = followed.collect();
        let now = Instant::now();
        let keep = Duration::from_secs(limits::LIVE_UNUSED_KIND_KEPT_SECS);
        self.kinds.retain(|key, kind| {
            kind.unused = (!used.contains(key)).then(|| kind.unused.unwrap_or(now));
            kind.unused
                .is_none_or(|since| now.duration_since(since) < keep)
        });
        let kinds = &self.kinds;
        let is_watched = |key: &Key| kinds.contains_key(&(key.group.clone(), key.kind.clone()));
        self.owned.retain(|_, keys| {
            keys.retain(is_watched);
            !keys.is_empty()
        });
    }

    /// Takes in the state of an object, unless a newer one is known. `is_answer`: it is the answer to a
    /// write, not an event, and may come after the object has gone.
    pub(crate) fn present(
        &mut self,
        kind: &GroupKind,
        object: Object,
        is_answer: bool,
    ) -> Concerned {
        let key = Key::of(&object);
        let is_wanted = self.wanted.contains_key(&key);
        let place = (key.namespace.clone(), key.name.clone());
        let Some(known) = self.kinds.get_mut(kind) else {
            return Concerned::new();
        };
        let before = known.entries.get(&place);
        let is_news = before.is_none_or(|before| before.is_older_than(object.resource_version()));
        if !is_news || is_answer && known.has_gone(&place) {
            return Concerned::new();
        }
        known.gone.remove(&place);
        let entry = Entry::of(&object, is_wanted);
        let owner = entry.owner.clone();
        let before = known
            .entries
            .insert(place, entry)
            .and_then(|before| before.owner);
        let is_listed = known.is_listed();
        if known.events.receiver_count() > 0 {
            // Nobody reads any more: no harm.
            let _ = known.events.send(WatchEvent::Present(Box::new(object)));
        }
        self.own(&key, before.as_ref(), owner.as_ref());
        if is_listed {
            self.concerned(&key, [before, owner])
        } else {
            Concerned::new()
        }
    }

    /// An object is gone.
    pub(crate) fn gone(&mut self, kind: &GroupKind, object: &ObjectRef) -> Concerned {
        let key = Key::from(object);
        let place = (key.namespace.clone(), key.name.clone());
        let Some(known) = self.kinds.get_mut(kind) else {
            return Concerned::new();
        };
        let before = known.entries.remove(&place);
        known.note_gone(place);
        if known.events.receiver_count() > 0 {
            // Nobody reads any more: no harm.
            let _ = known.events.send(WatchEvent::Gone(object.clone()));
        }
        let owner = before.and_then(|before| before.owner);
        self.own(&key, owner.as_ref(), None);
        self.concerned(&key, [owner, None])
    }

    /// All that there is of a kind was given; what was not, is gone.
    pub(crate) fn listed(
        &mut self,
        kind: &GroupKind,
        seen: &HashSet<(String, String)>,
    ) -> Concerned {
        let Some(known) = self.kinds.get_mut(kind) else {
            return Concerned::new();
        };
        let gvk = known.resource.gvk.clone();
        let lost: Vec<(String, String)> = known
            .entries
            .keys()
            .filter(|place| !seen.contains(*place))
            .cloned()
            .collect();
        known.phase.send_replace(Phase::Listed);
        let mut concerned = Concerned::new();
        for (namespace, name) in lost {
            let gvk = gvk.clone();
            concerned.extend(self.gone(
                kind,
                &ObjectRef {
                    gvk,
                    namespace,
                    name,
                },
            ));
        }
        concerned
    }

    fn own(&mut self, key: &Key, before: Option<&Arc<str>>, now: Option<&Arc<str>>) {
        if before == now {
            return;
        }
        if let Some(before) = before
            && let Some(keys) = self.owned.get_mut(before)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.owned.remove(before);
            }
        }
        if let Some(now) = now {
            self.owned
                .entry(Arc::clone(now))
                .or_default()
                .insert(key.clone());
        }
    }

    fn concerned(&self, key: &Key, owners: [Option<Arc<str>>; 2]) -> Concerned {
        let owners = owners.into_iter().flatten().map(|owner| owner.to_string());
        let wanting = self.wanted.get(key).into_iter().flatten().cloned();
        owners.chain(wanting).collect()
    }

    /// What carries an application's tracking annotation; none while its kinds are not all known.
    pub(crate) fn tracked(&self, application: &str) -> Option<Vec<Object>> {
        let follower = self.followers.get(application)?;
        let listing = |kind: &GroupKind| {
            self.kinds
                .get(kind)
                .is_some_and(|kind| *kind.phase.borrow() == Phase::Listing)
        };
        if follower.kinds.iter().any(listing) {
            return None;
        }
        let keys = self.owned.get(application).into_iter().flatten();
        let entry = |key: &Key| {
            let kind = self.kinds.get(&(key.group.clone(), key.kind.clone()))?;
            kind.entries
                .get(&(key.namespace.clone(), key.name.clone()))?
                .object()
        };
        Some(keys.filter_map(entry).collect())
    }
}

impl Kind {
    fn has_gone(&self, place: &(String, String)) -> bool {
        self.gone.contains_key(place)
    }

    fn note_gone(&mut self, place: (String, String)) {
        let now = Instant::now();
        let keep = Duration::from_secs(limits::LIVE_GONE_KEPT_SECS);
        if self.gone.len() >= limits::LIVE_GONE_KEPT_MAX {
            self.gone
                .retain(|_, since| now.duration_since(*since) < keep);
        }
        self.gone.insert(place, now);
    }
}
