//! Which applications may be in one cluster at the same time: those that share no object.

use std::collections::{BTreeMap, HashMap, HashSet};

use gantry_model::{Cluster, Gvk, Object};
use gantry_sync::Key;

use crate::cases::Application;
use crate::spoke::Spoke;

/// Groups of applications, by place, that share no object within a group. Makes the namespaces that
/// objects name and nobody brings.
pub(crate) async fn split(spoke: &Spoke, applications: &mut [Application]) -> Vec<Vec<usize>> {
    let mut scopes: HashMap<Gvk, bool> = HashMap::new();
    let mut namespaces = HashSet::new();
    for object in applications.iter().flat_map(|a| &a.objects) {
        let gvk = object.gvk();
        if let std::collections::hash_map::Entry::Vacant(scope) = scopes.entry(gvk) {
            let kind = spoke
                .cluster
                .resource(scope.key())
                .await
                .expect("an answer");
            scope.insert(kind.is_some_and(|kind| kind.namespaced));
        }
        namespaces.insert(object.namespace().to_owned());
    }
    namespaces.remove("");
    for namespace in namespaces {
        spoke.make_namespace(&namespace).await;
    }
    let mut groups: Vec<(HashSet<Key>, Vec<usize>)> = Vec::new();
    for (place, application) in applications.iter_mut().enumerate() {
        for object in &mut application.objects {
            if scopes.get(&object.gvk()) == Some(&true) && object.namespace().is_empty() {
                object.set_namespace(&application.name);
            }
        }
        let keys = keys(&application.objects);
        match groups
            .iter_mut()
            .find(|(taken, _)| taken.is_disjoint(&keys))
        {
            Some((taken, members)) => {
                taken.extend(keys);
                members.push(place);
            }
            None => groups.push((keys, vec![place])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// The applications of which no later group has taken an object.
pub(crate) fn last_of_each_object(
    applications: &[Application],
    groups: &[Vec<usize>],
) -> Vec<usize> {
    let mut last: BTreeMap<Key, usize> = BTreeMap::new();
    let places = || groups.iter().flatten().copied();
    let of = |place: usize| {
        let application = applications.get(place);
        keys(application.map_or(&[][..], |a| &a.objects))
    };
    for place in places() {
        last.extend(of(place).into_iter().map(|key| (key, place)));
    }
    places()
        .filter(|&place| of(place).iter().all(|key| last.get(key) == Some(&place)))
        .collect()
}

fn keys(objects: &[Object]) -> HashSet<Key> {
    objects.iter().map(Key::of).collect()
}
