//! Which applications follow which objects.

use std::collections::{BTreeSet, HashMap};

use gantry_model::ObjectRef;
use gantry_sync::Key;

/// A kind, whatever its version.
pub(crate) type GroupKind = (String, String);

/// The kind of a key.
pub(crate) fn kind_of(key: &Key) -> GroupKind {
    (key.group.clone(), key.kind.clone())
}

/// An application that follows its objects.
#[derive(Default)]
struct Follower {
    wants: BTreeSet<Key>,
    kinds: BTreeSet<GroupKind>,
    /// Whether all its objects are where watches look.
    is_covered: bool,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Followers {
    by_name: HashMap<String, Follower>,
    /// Who wants an object.
    wanted: HashMap<Key, BTreeSet<String>>,
    /// How many follow a kind.
    users: HashMap<GroupKind, usize>,
}

impl Followers {
    pub(crate) fn has(&self, application: &str) -> bool {
        self.by_name.contains_key(application)
    }

    /// Notes what an application wants; gives what nobody wants any more.
    pub(crate) fn follow(&mut self, application: &str, objects: &[ObjectRef]) -> Vec<Key> {
        let wants: BTreeSet<Key> = objects.iter().map(Key::from).collect();
        let before = self.by_name.remove(application).unwrap_or_default();
        if before.wants == wants && !wants.is_empty() {
            self.by_name.insert(application.to_owned(), before);
            return Vec::new();
        }
        let kinds: BTreeSet<GroupKind> = wants.iter().map(kind_of).collect();
        for kind in kinds.difference(&before.kinds) {
            *self.users.entry(kind.clone()).or_default() += 1;
        }
        for kind in before.kinds.difference(&kinds) {
            self.leave(kind);
        }
        for key in wants.difference(&before.wants) {
            let by = self.wanted.entry(key.clone()).or_default();
            by.insert(application.to_owned());
        }
        let dropped = before.wants.difference(&wants);
        let free = dropped
            .filter(|key| self.unwant(key, application))
            .cloned()
            .collect();
        let follower = Follower {
            wants,
            kinds,
            is_covered: false,
        };
        self.by_name.insert(application.to_owned(), follower);
        free
    }

    /// Notes whether all objects of an application are where watches look.
    pub(crate) fn cover(&mut self, application: &str, is_covered: bool) {
        if let Some(follower) = self.by_name.get_mut(application) {
            follower.is_covered = is_covered;
        }
    }

    /// The kinds that an application follows; none where watches do not look at all of them.
    pub(crate) fn covered_kinds(&self, application: &str) -> Option<&BTreeSet<GroupKind>> {
        let follower = self.by_name.get(application).filter(|f| f.is_covered)?;
        Some(&follower.kinds)
    }

    /// An application wants nothing any more; gives what nobody wants then.
    pub(crate) fn unfollow(&mut self, application: &str) -> Vec<Key> {
        let Some(follower) = self.by_name.remove(application) else {
            return Vec::new();
        };
        for kind in &follower.kinds {
            self.leave(kind);
        }
        let wants = follower.wants.into_iter();
        wants.filter(|key| self.unwant(key, application)).collect()
    }

    /// Who wants an object.
    pub(crate) fn wanting(&self, key: &Key) -> impl Iterator<Item = &String> {
        self.wanted.get(key).into_iter().flatten()
    }

    pub(crate) fn is_wanted(&self, key: &Key) -> bool {
        self.wanted.contains_key(key)
    }

    /// Whether anybody follows a kind.
    pub(crate) fn use_kind(&self, kind: &GroupKind) -> bool {
        self.users.contains_key(kind)
    }

    fn leave(&mut self, kind: &GroupKind) {
        if let Some(users) = self.users.get_mut(kind) {
            *users -= 1;
            if *users == 0 {
                self.users.remove(kind);
            }
        }
    }

    /// Whether nobody wants it then.
    fn unwant(&mut self, key: &Key, application: &str) -> bool {
        let Some(by) = self.wanted.get_mut(key) else {
            return true;
        };
        by.remove(application);
        let is_free = by.is_empty();
        if is_free {
            self.wanted.remove(key);
        }
        is_free
    }
}
