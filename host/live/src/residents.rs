//! Applications that want to hear of everything in their namespace: all kinds are watched for them.

use std::collections::{HashMap, HashSet};

use gantry_model::Gvk;
use gantry_model::cluster::{Resident, Resource, is_transient_kind};
use gantry_sync::Key;

use crate::cluster::LiveCluster;
use crate::kind::Kind;

/// Who wants to hear of a namespace.
#[derive(Default)]
pub(crate) struct Seekers(HashMap<String, String>);

impl Seekers {
    /// An application wants to hear of a namespace from now on.
    fn add(&mut self, application: &str, namespace: &str) {
        if self.0.get(application).is_none_or(|now| now != namespace) {
            self.0.insert(application.to_owned(), namespace.to_owned());
        }
    }

    /// It does not any more.
    pub(crate) fn remove(&mut self, application: &str) {
        self.0.remove(application);
    }

    /// Whether a kind is watched for anybody's sake.
    pub(crate) fn use_kind(&self, resource: &Resource) -> bool {
        !self.0.is_empty() && is_sought(resource)
    }

    /// Who wants to hear that an object came or went.
    pub(crate) fn of(&self, key: &Key) -> impl Iterator<Item = String> {
        let is_transient = is_transient_kind(&key.group, &key.kind);
        let all = self.0.iter().filter(move |_| !is_transient);
        let here = all.filter(|(_, namespace)| **namespace == key.namespace);
        here.map(|(application, _)| application.clone())
    }
}

impl LiveCluster {
    /// Everything in a namespace, as far as it can be watched.
    pub(crate) async fn residents_of(
        &self,
        application: &str,
        namespace: &str,
    ) -> Option<Vec<Resident>> {
        let kinds = self.sought_kinds().await?;
        self.lock().seekers.add(application, namespace);
        for gvk in &kinds {
            self.watch_kind(gvk).await;
        }
        self.until_listed(&kinds.iter().collect::<Vec<_>>()).await;
        let state = self.lock();
        let sought = state.kinds().filter(|kind| is_sought(&kind.resource));
        let mut seen = HashSet::new();
        let mut residents: Vec<Resident> =
            sought.flat_map(|kind| within(kind, namespace)).collect();
        // One object may be served in two groups.
        residents.retain(|resident| seen.insert(resident.uid));
        Some(residents)
    }

    /// Each kind that has objects in namespaces once.
    async fn sought_kinds(&self) -> Option<Vec<Gvk>> {
        let resources = self.resources_served().await.ok()?;
        let mut seen = HashSet::new();
        let sought = resources.iter().filter(|resource| is_sought(resource));
        let once = sought.filter(|r| seen.insert((&r.gvk.group, &r.gvk.kind)));
        Some(once.map(|resource| resource.gvk.clone()).collect())
    }
}

fn is_sought(resource: &Resource) -> bool {
    let (group, kind) = (&resource.gvk.group, &resource.gvk.kind);
    resource.namespaced && resource.listable && !is_transient_kind(group, kind)
}

fn within<'a>(kind: &'a Kind, namespace: &'a str) -> impl Iterator<Item = Resident> {
    let first = (namespace.to_owned(), String::new());
    let entries = kind.entries.range(first..);
    let here = entries.take_while(move |(place, _)| place.0 == namespace);
    here.map(|(place, entry)| Resident {
        object: kind.reference(place.clone()),
        uid: entry.uid,
        owners: entry.owners.clone(),
        application: entry.owner.as_deref().map(str::to_owned),
    })
}
