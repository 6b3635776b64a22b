//! What is in the cluster now: of what is wanted, and of what no longer is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures::StreamExt;
use gantry_model::cluster::{ListOptions, Page, Resource};
use gantry_model::{ClusterError, Diagnostic, Object, limits};

use crate::desired::{Desired, Wanted, is_crd};
use crate::hook;
use crate::identity::{Key, is_tracked_by};
use crate::judge::{Verdict, verdicts};
use crate::options::Prune;
use crate::report::Row;
use crate::run::Sync;
use crate::target::Target;
use crate::works::works;

/// The live state of wanted objects.
#[derive(Default)]
pub(crate) struct Live {
    found: HashMap<Key, Object>,
    /// What is in sync for certain, and how healthy it is: more is not asked of these, and of a large
    /// application they would fill the memory.
    settled: HashMap<Key, Verdict>,
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

    /// The health of an object that is there and in sync for certain.
    pub(crate) fn settled(&self, key: &Key) -> Option<&Verdict> {
        self.settled.get(key)
    }

    pub(crate) fn is_there(&self, key: &Key) -> bool {
        self.found.contains_key(key) || self.settled.contains_key(key)
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

/// What is looked for in a read: by key, the one that is wanted, or none where the live object is
/// needed as a whole.
type Sought<'a> = HashMap<Key, Option<&'a Wanted>>;

/// How the live state is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Whether objects that are in sync for certain are let go.
    pub(crate) drop_certain: bool,
    /// Whether those are judged before.
    pub(crate) judge: bool,
}

impl Reading {
    /// For a sync: of what is in sync the health is enough.
    pub(crate) const TO_SYNC: Self = Self {
        drop_certain: true,
        judge: true,
    };
    /// For a comparison: what is in sync is not of interest.
    pub(crate) const TO_COMPARE: Self = Self {
        drop_certain: true,
        judge: false,
    };
    /// Every object as a whole.
    pub(crate) const WHOLE: Self = Self {
        drop_certain: false,
        judge: false,
    };
}

impl Sync<'_> {
    /// Reads the live state: one list for many objects of a kind, one get for each of a few.
    pub(crate) async fn read_live(&self, wanted: &[Wanted], reading: Reading) -> Live {
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
        let reads = groups
            .into_values()
            .map(|group| self.read_group(group, reading));
        let mut read = works(reads).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        let mut live = Live::default();
        while let Some(part) = read.next().await {
            live.found.extend(part.found);
            live.settled.extend(part.settled);
            live.unread.extend(part.unread);
        }
        live
    }

    async fn read_group(&self, (resource, namespace, wanted): Group<'_>, reading: Reading) -> Live {
        let sought = sought(&wanted, reading);
        let many = wanted.len() >= limits::LIST_INSTEAD_OF_GET_MIN;
        if many && resource.listable && !self.cluster.is_near(&resource) {
            let options = ListOptions {
                namespace: Some(namespace.as_str()).filter(|n| !n.is_empty()),
                limit: Some(limits::SYNC_PAGE_OBJECTS),
                ..ListOptions::default()
            };
            let list = || async {
                let mut live = Live::default();
                let mut visit = |page: Page| {
                    if page.anew {
                        live = Live::default();
                    }
                    self.take_live(page.objects, &sought, reading, &mut live);
                };
                self.cluster
                    .list_pages(&resource, options, &mut visit)
                    .await?;
                Ok(live)
            };
            match self.limiter.call(list).await {
                Ok(live) => return live,
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
        let mut gets = works(gets).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        let mut live = Live::default();
        while let Some((key, got)) = gets.next().await {
            match got {
                Ok(Some(object)) => self.take_live(vec![object], &sought, reading, &mut live),
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(?key, %error, "not read");
                    live.unread.insert(key);
                }
            }
        }
        live
    }

    /// Keeps of live objects what is sought, and as little of it as is needed.
    fn take_live(
        &self,
        objects: Vec<Object>,
        sought: &Sought<'_>,
        reading: Reading,
        live: &mut Live,
    ) {
        let mut certain: Vec<(Key, Object)> = Vec::new();
        for object in objects {
            let key = Key::of(&object);
            match sought.get(&key) {
                None => {}
                Some(Some(wanted)) if self.is_certain(wanted, &object) => {
                    certain.push((key, object));
                }
                Some(_) => {
                    live.found.insert(key, object);
                }
            }
        }
        let judged = if reading.judge {
            let objects: Vec<&Object> = certain.iter().map(|(_, object)| object).collect();
            verdicts(self.judge, &objects)
        } else {
            vec![None; certain.len()]
        };
        let keys = certain.into_iter().map(|(key, _)| key);
        live.settled.extend(keys.zip(judged));
    }

    /// Finds what carries the application's tracking annotation and is not wanted: in its own
    /// namespaces, and where it is to be pruned, in all.
    pub(crate) async fn search(&self, desired: &Desired) -> Leftover {
        let everywhere = matches!(
            self.options.prune,
            Prune::Delete | Prune::Confirm | Prune::Forbid { asked: true }
        );
        let own = namespaces(desired, &self.target);
        let kept = Kept::new(desired);
        let is_left = |object: &Object| {
            !hook::is_hook(object) && !self.describes(object) && !kept.has(&Key::of(object))
        };
        self.tracked((!everywhere).then_some(&own), &is_left).await
    }

    /// The whole of an object of which a search found the metadata; none where it cannot be read.
    pub(crate) async fn whole(&self, object: &Object) -> Option<Object> {
        let resource = self.served(&object.gvk()).await.ok()?;
        let get = || {
            self.cluster
                .get(&resource, object.namespace(), object.name())
        };
        self.limiter.call(get).await.ok().flatten()
    }

    /// What carries the application's tracking annotation, in some namespaces or in all, as far as it
    /// is sought.
    pub(crate) async fn tracked(
        &self,
        within: Option<&BTreeSet<String>>,
        is_sought: &(dyn Fn(&Object) -> bool + std::marker::Sync),
    ) -> Leftover {
        if let Some(known) = self.cluster.tracked(self.target.application).await {
            return Leftover {
                objects: known.into_iter().filter(is_sought).collect(),
                ..Leftover::default()
            };
        }
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
        let lists = self.lists(one_version_each(&resources), within);
        let reads = lists.into_iter().map(|(resource, namespace)| async move {
            let list = || self.tracked_of(&resource, namespace.as_deref(), is_sought);
            let found = self.limiter.call(list).await;
            (resource.gvk.clone(), found)
        });
        let mut reads = works(reads).buffer_unordered(limits::SEARCH_IN_FLIGHT_MAX);
        let mut leftover = Leftover::default();
        let mut seen = HashSet::new();
        while let Some((gvk, found)) = reads.next().await {
            match found {
                Ok(objects) => {
                    // One object may be served in two groups.
                    let new = |object: &Object| seen.insert(object.uid().to_owned());
                    leftover.objects.extend(objects.into_iter().filter(new));
                }
                // What is not found would stay, and nobody would know.
                Err(
                    error @ (ClusterError::Forbidden(_)
                    | ClusterError::Transient(_)
                    | ClusterError::Overloaded { .. }
                    | ClusterError::Unreachable { .. }),
                ) if within.is_none() => {
                    let message = format!("not searched for objects to delete: {gvk}: {error}");
                    leftover
                        .warnings
                        .push(Diagnostic::warning("search", message));
                }
                Err(error) => tracing::debug!(%gvk, %error, "not searched"),
            }
        }
        leftover
    }

    /// What is listed of which kind: of a cluster that may not be read as a whole, only what may be.
    fn lists(
        &self,
        resources: Vec<Resource>,
        within: Option<&BTreeSet<String>>,
    ) -> Vec<(Resource, Option<String>)> {
        let readable = self.permit.namespaces();
        let namespaces: Option<Vec<&String>> = match (within, readable) {
            (Some(own), Some(all)) => Some(own.iter().filter(|ns| all.contains(ns)).collect()),
            (Some(own), None) => Some(own.iter().collect()),
            (None, readable) => readable.map(|all| all.iter().collect()),
        };
        let mut lists = Vec::new();
        for resource in resources {
            match &namespaces {
                Some(own) if resource.namespaced => {
                    let each = own.iter();
                    lists.extend(each.map(|ns| (resource.clone(), Some((*ns).clone()))));
                }
                _ if resource.namespaced || self.permit.has_cluster_scoped() => {
                    lists.push((resource, None));
                }
                _ => {}
            }
        }
        lists
    }

    /// The metadata of the application's objects of a kind.
    async fn tracked_of(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        is_sought: &(dyn Fn(&Object) -> bool + std::marker::Sync),
    ) -> Result<Vec<Object>, ClusterError> {
        let options = ListOptions {
            namespace,
            metadata_only: true,
            limit: Some(limits::SYNC_PAGE_OBJECTS),
            ..ListOptions::default()
        };
        let mut found = Vec::new();
        let mut visit = |page: Page| {
            if page.anew {
                found.clear();
            }
            let tracked = page
                .objects
                .into_iter()
                .filter(|object| is_tracked_by(object, self.target.application))
                .filter(is_sought);
            found.extend(tracked);
        };
        self.cluster
            .list_pages(resource, options, &mut visit)
            .await?;
        Ok(found)
    }
}

/// By key, what is compared as soon as it is read. Hooks are no state, CRDs are waited for, and what is
/// wanted more than once under one key is not compared so early.
fn sought<'a>(wanted: &[&'a Wanted], reading: Reading) -> Sought<'a> {
    let mut sought: Sought<'a> = HashMap::with_capacity(wanted.len());
    for &wanted in wanted {
        let whole = wanted.hook || is_crd(&wanted.object);
        let compared = (reading.drop_certain && !whole).then_some(wanted);
        sought
            .entry(Key::of(&wanted.object))
            .and_modify(|known| *known = None)
            .or_insert(compared);
    }
    sought
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
fn one_version_each(resources: &[Resource]) -> Vec<Resource> {
    let mut seen = HashSet::new();
    let is_event = |r: &Resource| r.gvk.kind == "Event";
    resources
        .iter()
        .filter(|resource| resource.listable && !is_event(resource))
        .filter(|resource| seen.insert((&resource.gvk.group, &resource.plural)))
        .cloned()
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
