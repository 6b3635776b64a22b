//! What is in the cluster now: of what is wanted, and of what no longer is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures::StreamExt;
use gantry_model::cluster::Resource;
use gantry_model::{ClusterError, Diagnostic, Object, limits};

use crate::desired::{Desired, Wanted};
use crate::hook;
use crate::identity::{Key, is_tracked_by};
use crate::options::Prune;
use crate::report::Row;
use crate::run::Sync;
use crate::target::Target;

/// The live state of wanted objects.
#[derive(Default)]
pub(crate) struct Live {
    found: HashMap<Key, Object>,
    /// What could not be read: it may or may not be there.
    unread: HashSet<Key>,
    /// What the server said, by dry-run, would not change.
    unchanged: HashSet<Key>,
}

/// Objects of the application that are not wanted any more.
#[derive(Default)]
pub(crate) struct Leftover {
    pub(crate) objects: Vec<Object>,
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Live {
    pub(crate) fn get(&self, key: &Key) -> Option<&Object> {
        self.found.get(key)
    }

    pub(crate) fn is_unread(&self, key: &Key) -> bool {
        self.unread.contains(key)
    }

    pub(crate) fn note_unchanged(&mut self, keys: Vec<Key>) {
        self.unchanged.extend(keys);
    }

    pub(crate) fn is_unchanged(&self, key: &Key) -> bool {
        self.unchanged.contains(key)
    }
}

/// The objects of one kind in one namespace.
type Group<'a> = (Resource, String, Vec<&'a Wanted>);

impl Sync<'_> {
    /// Reads the live state: one list for many objects of a kind, one get for each of a few.
    pub(crate) async fn read_live(&self, wanted: &[Wanted]) -> Live {
        let mut groups: BTreeMap<(String, String), Group<'_>> = BTreeMap::new();
        for wanted in wanted {
            let Some(resource) = &wanted.resource else {
                continue;
            };
            let namespace = wanted.object.namespace();
            let key = (resource.gvk.to_string(), namespace.to_owned());
            let new = || (resource.clone(), namespace.to_owned(), Vec::new());
            groups.entry(key).or_insert_with(new).2.push(wanted);
        }
        let reads = groups.into_values().map(|group| self.read_group(group));
        let mut read = futures::stream::iter(reads).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        let mut live = Live::default();
        while let Some(part) = read.next().await {
            live.found.extend(part.found);
            live.unread.extend(part.unread);
        }
        live
    }

    async fn read_group(&self, (resource, namespace, wanted): Group<'_>) -> Live {
        let mut live = Live::default();
        let keys: HashSet<Key> = wanted.iter().map(|w| Key::of(&w.object)).collect();
        if wanted.len() >= limits::LIST_INSTEAD_OF_GET_MIN && resource.listable {
            let namespace = Some(namespace.as_str()).filter(|n| !n.is_empty());
            let list = self
                .limiter
                .call(|| self.cluster.list(&resource, namespace))
                .await;
            match list {
                Ok(objects) => {
                    let of_ours = objects.into_iter().map(|object| (Key::of(&object), object));
                    live.found
                        .extend(of_ours.filter(|(key, _)| keys.contains(key)));
                    return live;
                }
                // Whoever may not list may still be allowed to get by name.
                Err(error) => tracing::debug!(kind = %resource.gvk, %error, "not listed"),
            }
        }
        let gets = wanted.into_iter().map(|wanted| {
            let (resource, object) = (&resource, &wanted.object);
            async move {
                let get = || {
                    self.cluster
                        .get(resource, object.namespace(), object.name())
                };
                (Key::of(object), self.limiter.call(get).await)
            }
        });
        let mut gets = futures::stream::iter(gets).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        while let Some((key, got)) = gets.next().await {
            match got {
                Ok(Some(object)) => {
                    live.found.insert(key, object);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(?key, %error, "not read");
                    live.unread.insert(key);
                }
            }
        }
        live
    }

    /// Finds what carries the application's tracking annotation and is not wanted: in its own
    /// namespaces, and where it is to be pruned, in all.
    pub(crate) async fn search(&self, desired: &Desired) -> Leftover {
        let resources = match self.cluster.resources().await {
            Ok(resources) => resources,
            Err(error) => {
                let warning = Diagnostic::warning("search", error.to_string());
                return Leftover {
                    warnings: vec![warning],
                    ..Leftover::default()
                };
            }
        };
        let own = namespaces(desired, &self.target);
        let everywhere = matches!(self.options.prune, Prune::Delete | Prune::Confirm);
        let mut lists: Vec<(Resource, Option<String>)> = Vec::new();
        for resource in one_version_each(resources) {
            if everywhere || !resource.namespaced {
                lists.push((resource, None));
            } else {
                lists.extend(own.iter().map(|ns| (resource.clone(), Some(ns.clone()))));
            }
        }
        let reads = lists.into_iter().map(|(resource, namespace)| async move {
            let list = || self.cluster.list_metadata(&resource, namespace.as_deref());
            let found = self.limiter.call(list).await;
            (resource.gvk.clone(), found)
        });
        let mut reads = futures::stream::iter(reads).buffer_unordered(limits::SEARCH_IN_FLIGHT_MAX);
        let kept = Kept::new(desired);
        let mut leftover = Leftover::default();
        let mut seen = HashSet::new();
        while let Some((gvk, found)) = reads.next().await {
            match found {
                Ok(objects) => {
                    let tracked = objects
                        .into_iter()
                        .filter(|object| is_tracked_by(object, self.target.application))
                        .filter(|object| !hook::is_hook(object))
                        .filter(|object| !kept.has(&Key::of(object)));
                    // One object may be served in two groups.
                    let new = |object: &Object| seen.insert(object.uid().to_owned());
                    leftover.objects.extend(tracked.filter(new));
                }
                Err(ClusterError::Forbidden(reason)) if everywhere => {
                    let message = format!("not searched for objects to prune: {gvk}: {reason}");
                    leftover
                        .warnings
                        .push(Diagnostic::warning("search", message));
                }
                Err(error) => tracing::debug!(%gvk, %error, "not searched"),
            }
        }
        leftover
    }
}

/// Every namespace that an application uses.
fn namespaces(desired: &Desired, target: &Target<'_>) -> BTreeSet<String> {
    let own = desired
        .wanted
        .iter()
        .map(|wanted| wanted.object.namespace());
    own.chain([target.namespace])
        .filter(|n| !n.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Each kind once, without those that come and go by themselves.
fn one_version_each(resources: Vec<Resource>) -> Vec<Resource> {
    let mut seen = HashSet::new();
    let is_event = |r: &Resource| r.gvk.kind == "Event";
    resources
        .into_iter()
        .filter(|resource| resource.listable && !is_event(resource))
        .filter(|resource| seen.insert((resource.gvk.group.clone(), resource.plural.clone())))
        .collect()
}

/// What is not left over: what is wanted, and what is only not applied this time.
struct Kept<'a> {
    wanted: HashSet<Key>,
    rows: &'a [Row],
}

impl<'a> Kept<'a> {
    fn new(desired: &'a Desired) -> Self {
        let wanted = desired
            .wanted
            .iter()
            .map(|wanted| Key::of(&wanted.object))
            .collect();
        Self {
            wanted,
            rows: &desired.rows,
        }
    }

    fn has(&self, key: &Key) -> bool {
        let same = |row: &Row| {
            let other = Key::from(&row.object);
            // These rows were not given their namespace yet.
            let namespace_fits = other.namespace.is_empty() || other.namespace == key.namespace;
            (&other.group, &other.kind, &other.name) == (&key.group, &key.kind, &key.name)
                && namespace_fits
        };
        self.wanted.contains(key) || self.rows.iter().any(same)
    }
}
