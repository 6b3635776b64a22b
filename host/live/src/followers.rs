//! Which applications follow which objects.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gantry_model::{Gvk, ObjectRef};
use gantry_sync::Key;

/// A kind, whatever its version.
pub(crate) type GroupKind = (String, String);

/// The kind of a key.
pub(crate) fn kind_of(key: &Key) -> GroupKind {
    (key.group.clone(), key.kind.clone())
}

fn group_kind(gvk: &Gvk) -> GroupKind {
    (gvk.group.clone(), gvk.kind.clone())
}

/// An application that follows its objects.
#[derive(Default)]
struct Follower {
    wants: BTreeSet<Key>,
    /// In the versions in which it has them.
    kinds: BTreeSet<Gvk>,
    /// Whether all its objects are where watches look.
    is_covered: bool,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Followers {
    by_name: HashMap<String, Follower>,
    /// Who wants an object.
    wanted: HashMap<Key, BTreeSet<String>>,
    /// How many follow a kind, by its version.
    users: HashMap<GroupKind, BTreeMap<String, usize>>,
}

impl Followers {
    pub(crate) fn has(&self, application: &str) -> bool {
        self.by_name.contains_key(application)
    }

    /// Notes what an application wants; gives what nobody wants any more.
    pub(crate) fn follow(&mut self, application: &str, objects: &[ObjectRef]) -> Vec<Key> {
        let (mut wants, mut kinds) = (BTreeSet::new(), BTreeSet::new());
        for object in objects {
            // What is named twice is had as it is named first: manifests come before the last state.
            if wants.insert(Key::from(object)) && !kinds.contains(&object.gvk) {
                kinds.insert(object.gvk.clone());
            }
        }
        let before = self.by_name.remove(application).unwrap_or_default();
        if before.wants == wants && before.kinds == kinds && !wants.is_empty() {
            self.by_name.insert(application.to_owned(), before);
            return Vec::new();
        }
        for kind in kinds.difference(&before.kinds) {
            let versions = self.users.entry(group_kind(kind)).or_default();
            *versions.entry(kind.version.clone()).or_default() += 1;
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

    /// The kinds that an application follows.
    pub(crate) fn kinds(&self, application: &str) -> Vec<Gvk> {
        let follower = self.by_name.get(application);
        follower.map_or_else(Vec::new, |f| f.kinds.iter().cloned().collect())
    }

    /// The same; none where watches do not look at all of them.
    pub(crate) fn covered_kinds(
        &self,
        application: &str,
    ) -> Option<impl Iterator<Item = GroupKind>> {
        let follower = self.by_name.get(application).filter(|f| f.is_covered)?;
        Some(follower.kinds.iter().map(group_kind))
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

    /// Whether anybody follows a kind in that version.
    pub(crate) fn use_version(&self, kind: &Gvk) -> bool {
        let versions = self.users.get(&group_kind(kind));
        versions.is_some_and(|versions| versions.contains_key(&kind.version))
    }

    /// Who follows a kind.
    pub(crate) fn of_kind(&self, kind: &GroupKind) -> impl Iterator<Item = &String> {
        let has = |follower: &Follower| follower.kinds.iter().any(|own| group_kind(own) == *kind);
        let all = self.by_name.iter();
        all.filter(move |(_, follower)| has(follower))
            .map(|(name, _)| name)
    }

    /// Who follows a kind in that version.
    pub(crate) fn of_version(&self, gvk: &Gvk) -> impl Iterator<Item = &String> {
        let all = self.by_name.iter();
        all.filter(move |(_, follower)| follower.kinds.contains(gvk))
            .map(|(name, _)| name)
    }

    fn leave(&mut self, kind: &Gvk) {
        let group_kind = group_kind(kind);
        let Some(versions) = self.users.get_mut(&group_kind) else {
            return;
        };
        if let Some(users) = versions.get_mut(&kind.version) {
            *users -= 1;
            if *users == 0 {
                versions.remove(&kind.version);
            }
        }
        if versions.is_empty() {
            self.users.remove(&group_kind);
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
