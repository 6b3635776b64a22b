//! What is known of one cluster: its watched kinds, whose objects are whose, and who wants which.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{Gvk, Object, ObjectRef, limits};
use gantry_sync::Key;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::doubt::{Asking, Until};
use crate::entry::Entry;
use crate::followers::{Followers, GroupKind, kind_of};
use crate::kind::{Kind, Place, Said};
use crate::residents::Seekers;
use crate::scout::Absent;

/// All of it.
#[derive(Default)]
pub(crate) struct State {
    kinds: HashMap<GroupKind, Kind>,
    followers: Followers,
    pub(crate) seekers: Seekers,
    pub(crate) absent: Absent,
    /// What each application has.
    owned: HashMap<Arc<str>, BTreeSet<Key>>,
    swept: Option<Instant>,
}

/// Whom a change concerns.
pub(crate) type Concerned = BTreeSet<String>;

impl State {
    /// The kind, if it is watched in that version.
    pub(crate) fn kind(&self, gvk: &Gvk) -> Option<&Kind> {
        let kind = self.kinds.get(&(gvk.group.clone(), gvk.kind.clone()))?;
        (kind.resource.gvk.version == gvk.version).then_some(kind)
    }

    /// The kind, in whichever version it is watched.
    pub(crate) fn kind_in_any_version(&self, gvk: &Gvk) -> Option<&Kind> {
        self.kinds.get(&(gvk.group.clone(), gvk.kind.clone()))
    }

    pub(crate) fn kind_mut(&mut self, kind: &GroupKind) -> Option<&mut Kind> {
        self.kinds.get_mut(kind)
    }

    /// Whether a kind is watched so that whoever has it in this version is served: in the same one, or in
    /// one that others have it in, as long as there is that. An object is the same in all of them.
    pub(crate) fn is_watched_for(&self, gvk: &Gvk) -> bool {
        let kind = self.kinds.get(&(gvk.group.clone(), gvk.kind.clone()));
        kind.is_some_and(|kind| {
            let watched = &kind.resource.gvk;
            let is_had = || self.followers.use_version(watched) && !kind.is_unserved();
            watched.version == gvk.version || is_had()
        })
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    /// Begins with a kind, or goes on with it in another version; none where it is watched well as it is.
    pub(crate) fn begin(&mut self, resource: Resource) -> Option<GroupKind> {
        if self.is_watched_for(&resource.gvk) {
            return None;
        }
        let kind = (resource.gvk.group.clone(), resource.gvk.kind.clone());
        match self.kinds.get_mut(&kind) {
            Some(known) => known.turn_to(resource),
            None => {
                self.kinds.insert(kind.clone(), Kind::new(resource));
            }
        }
        Some(kind)
    }

    /// The task that watches a kind; it ends with the kind.
    pub(crate) fn attend(&mut self, kind: &GroupKind, task: AbortHandle) {
        match self.kinds.get_mut(kind) {
            Some(kind) => kind.task = Some(task),
            None => task.abort(),
        }
    }

    /// Forgets all. The watches end with their kinds, and so do the feeds that read along.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }

    /// Notes what an application wants; gives the kinds of it. Costs what the application has, whoever else
    /// follows.
    pub(crate) fn follow(&mut self, application: &str, objects: &[ObjectRef]) -> Vec<Gvk> {
        let free = self.followers.follow(application, objects);
        self.shrink(&free);
        self.followers.kinds(application)
    }

    /// Who follows a kind, in whichever version.
    pub(crate) fn following(&self, kind: &GroupKind) -> Concerned {
        self.followers.of_kind(kind).cloned().collect()
    }

    /// Who follows a kind in that version.
    pub(crate) fn following_version(&self, gvk: &Gvk) -> Concerned {
        self.followers.of_version(gvk).cloned().collect()
    }

    /// Whether anybody wants an object.
    pub(crate) fn is_wanted(&self, object: &Object) -> bool {
        self.followers.is_wanted(&Key::of(object))
    }

    /// Whether anybody follows a kind in that version.
    pub(crate) fn is_followed(&self, gvk: &Gvk) -> bool {
        self.followers.use_version(gvk)
    }

    /// Waits no more for kinds that nobody follows any more.
    pub(crate) fn forget_absent(&mut self) {
        let followers = &self.followers;
        self.absent.retain(|gvk| followers.use_version(gvk));
    }

    /// Notes whether all objects of an application are where watches look.
    pub(crate) fn cover(&mut self, application: &str, is_covered: bool) {
        self.followers.cover(application, is_covered);
    }

    /// An application wants nothing any more.
    pub(crate) fn unfollow(&mut self, application: &str) {
        self.seekers.remove(application);
        let free = self.followers.unfollow(application);
        self.shrink(&free);
    }

    fn shrink(&mut self, free: &[Key]) {
        for key in free {
            let kind = self.kinds.get_mut(&kind_of(key));
            let entry = kind.and_then(|kind| kind.entries.get_mut(&place_of(key)));
            if let Some(entry) = entry {
                entry.shrink();
            }
        }
    }

    /// Drops kinds that no application has had any of for a while. Does so now and then, not each time.
    pub(crate) fn sweep(&mut self) {
        let now = Instant::now();
        let pause = Duration::from_secs(limits::LIVE_SWEEP_SECS);
        if self.swept.is_some_and(|at| now.duration_since(at) < pause) {
            return;
        }
        self.swept = Some(now);
        let keep = Duration::from_secs(limits::LIVE_UNUSED_KIND_KEPT_SECS);
        let (followers, seekers) = (&self.followers, &self.seekers);
        let mut dropped: Vec<Key> = Vec::new();
        self.kinds.retain(|key, kind| {
            let has_owner = |entry: &Entry| entry.owner.as_ref().is_some_and(|o| followers.has(o));
            let is_used = followers.use_kind(key)
                || seekers.use_kind(&kind.resource)
                || kind.entries.values().any(has_owner);
            kind.unused = (!is_used).then(|| kind.unused.unwrap_or(now));
            let stays = kind.unused.is_none_or(|at| now.duration_since(at) < keep);
            if !stays {
                let owned = kind.entries.iter().filter(|(_, e)| e.owner.is_some());
                let refs = owned.map(|(place, _)| Key::from(&kind.reference(place.clone())));
                dropped.extend(refs);
            }
            stays
        });
        let dropped: HashSet<Key> = dropped.into_iter().collect();
        if !dropped.is_empty() {
            self.owned.retain(|_, keys| {
                keys.retain(|key| !dropped.contains(key));
                !keys.is_empty()
            });
        }
    }

    /// Takes in the state of an object, unless a newer one is known.
    pub(crate) fn present(&mut self, kind: &GroupKind, object: Object, said: Said) -> Concerned {
        let key = Key::of(&object);
        let is_wanted = self.followers.is_wanted(&key);
        let place = place_of(&key);
        let Some(known) = self.kinds.get_mut(kind) else {
            return Concerned::new();
        };
        if !known.weigh(&place, &object, said, is_wanted) {
            return Concerned::new();
        }
        let entry = Entry::of(&object, is_wanted, said == Said::ByEvent);
        let version = entry.version.clone();
        let owner = entry.owner.clone();
        let owners = entry.owners.clone();
        let before = known.put(place, entry);
        // What was only kept whole now is no change.
        let is_change = before.as_ref().is_none_or(|b| b.version != version);
        if is_change {
            known.send(|| WatchEvent::Present(Box::new(object)));
        }
        let is_heard = known.was_listed && is_change;
        let has_moved = before
            .as_ref()
            .is_none_or(|b| b.owner != owner || b.owners != owners);
        let before = before.and_then(|before| before.owner);
        self.own(&key, before.as_ref(), owner.as_ref());
        if !is_heard {
            return Concerned::new();
        }
        let mut concerned = self.concerned(&key, [before, owner]);
        if has_moved {
            concerned.extend(self.seekers.of(&key));
        }
        concerned
    }

    /// An event says that an object is gone.
    pub(crate) fn gone(&mut self, kind: &GroupKind, object: &ObjectRef) -> Concerned {
        let key = Key::from(object);
        let place = place_of(&key);
        let Some(known) = self.kinds.get_mut(kind) else {
            return Concerned::new();
        };
        if known.let_go(&place) {
            return self.remove(kind, &place);
        }
        let owner = known.entries.get(&place).and_then(|e| e.owner.clone());
        self.concerned(&key, [owner, None])
    }

    /// All that there is of a kind was given; what was not, is gone.
    pub(crate) fn listed(&mut self, kind: &GroupKind) -> Concerned {
        let lost = self.kinds.get_mut(kind).map(Kind::end_list);
        let mut concerned = Concerned::new();
        for place in lost.unwrap_or_default() {
            concerned.extend(self.remove(kind, &place));
        }
        concerned
    }

    /// The server has answered what an object is like now.
    pub(crate) fn answered(
        &mut self,
        kind: &GroupKind,
        place: &Place,
        asking: &Asking,
        answer: Option<&Object>,
    ) -> Concerned {
        let Some(known) = self.kinds.get_mut(kind) else {
            return Concerned::new();
        };
        known.settle(place, asking);
        match answer {
            Some(object) => self.present(kind, object.clone(), Said::ByAnswer),
            None => {
                let now = known.entries.get(place).map(|entry| &entry.version);
                if now.is_some() && now == asking.version.as_ref() {
                    self.remove(kind, place)
                } else {
                    Concerned::new()
                }
            }
        }
    }

    /// From now on the server is asked for an object.
    pub(crate) fn doubt(&mut self, kind: &GroupKind, place: Place, until: Until) {
        if let Some(kind) = self.kinds.get_mut(kind) {
            kind.doubt(place, until);
        }
    }

    fn remove(&mut self, kind: &GroupKind, place: &Place) -> Concerned {
        let Some(known) = self.kinds.get_mut(kind) else {
            return Concerned::new();
        };
        let reference = known.reference(place.clone());
        let key = Key::from(&reference);
        let owner = match known.take(place) {
            Some(before) => {
                known.send(|| WatchEvent::Gone(reference));
                before.owner
            }
            None => return Concerned::new(),
        };
        let is_heard = known.was_listed;
        self.own(&key, owner.as_ref(), None);
        if !is_heard {
            return Concerned::new();
        }
        let mut concerned = self.concerned(&key, [owner, None]);
        concerned.extend(self.seekers.of(&key));
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
            let keys = self.owned.entry(Arc::clone(now)).or_default();
            keys.insert(key.clone());
        }
    }

    fn concerned(&self, key: &Key, owners: [Option<Arc<str>>; 2]) -> Concerned {
        let owners = owners.into_iter().flatten().map(|owner| owner.to_string());
        let wanting = self.followers.wanting(key).cloned();
        owners.chain(wanting).collect()
    }

    /// What carries an application's tracking annotation; none where its kinds are not all known.
    pub(crate) fn tracked(&self, application: &str) -> Option<Vec<Object>> {
        let keys = self.keys_of(application)?;
        let entry = |key: &Key| {
            let kind = self.kinds.get(&kind_of(key))?;
            kind.entries.get(&place_of(key))?.object()
        };
        Some(keys.filter_map(entry).collect())
    }

    /// What of it the server has to be asked for.
    pub(crate) fn doubtful(&self, application: &str) -> Option<Vec<(Resource, Place)>> {
        let keys = self.keys_of(application)?;
        let doubtful = |key: &Key| {
            let (kind, place) = (self.kinds.get(&kind_of(key))?, place_of(key));
            let is_doubtful = !kind.is_listed() || kind.is_doubtful(&place);
            is_doubtful.then(|| (kind.resource.clone(), place))
        };
        Some(keys.filter_map(doubtful).collect())
    }

    fn keys_of(&self, application: &str) -> Option<impl Iterator<Item = &Key>> {
        let mut kinds = self.followers.covered_kinds(application)?;
        let is_unknown = |kind: GroupKind| self.kinds.get(&kind).is_some_and(|k| !k.is_listed());
        if kinds.any(is_unknown) {
            return None;
        }
        Some(self.owned.get(application).into_iter().flatten())
    }
}

fn place_of(key: &Key) -> Place {
    (key.namespace.clone(), key.name.clone())
}
