//! In which order things are done: waves, kinds, names; prune in reverse. Pure.

use std::collections::BTreeMap;

use gantry_model::Object;

use crate::annotations;
use crate::desired::Wanted;
use crate::order;

/// One wave: what is pruned, then what is applied. The next one starts when this one is healthy.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The wave.
    pub wave: i32,
    /// Live objects that are no longer wanted, last kinds first.
    pub prune: Vec<Object>,
    /// Objects to apply. Each inner list is of one kind and may be applied all at once; one list
    /// after the other.
    pub apply: Vec<Vec<Wanted>>,
}

/// All steps of one sync.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order of their waves.
    pub steps: Vec<Step>,
}

/// Orders a sync: waves ascending, in each wave kinds in Argo CD's order, then names. Prunes run
/// in the reverse order of waves (`gitops-engine/pkg/sync/sync_context.go`).
pub fn plan(mut wanted: Vec<Wanted>, mut prune: Vec<Object>) -> Plan {
    let mut steps: BTreeMap<i32, Step> = BTreeMap::new();
    let sort_key = |object: &Object| {
        (
            order::rank(object.kind()),
            object.kind().to_owned(),
            object.namespace().to_owned(),
            object.name().to_owned(),
        )
    };
    wanted.sort_by_cached_key(|wanted| sort_key(&wanted.object));
    let first_use = first_uses(&wanted);
    for wanted in wanted {
        let own = annotations::wave(&wanted.object);
        // What a wave needs comes with it at the latest.
        let wave = needed_by(&wanted.object, &first_use).map_or(own, |needed| own.min(needed));
        let step = steps.entry(wave).or_default();
        match step.apply.last_mut() {
            Some(group)
                if group
                    .first()
                    .is_some_and(|f| same_kind(&f.object, &wanted.object)) =>
            {
                group.push(wanted);
            }
            _ => step.apply.push(vec![wanted]),
        }
    }
    prune.sort_by_cached_key(sort_key);
    prune.reverse();
    let mut waves: Vec<i32> = prune.iter().map(annotations::wave).collect();
    waves.sort_unstable();
    waves.dedup();
    for object in prune {
        let place = waves
            .binary_search(&annotations::wave(&object))
            .unwrap_or_default();
        let swapped = waves.len().saturating_sub(1).saturating_sub(place);
        let wave = waves.get(swapped).copied().unwrap_or_default();
        steps.entry(wave).or_default().prune.push(object);
    }
    let with_wave = |(wave, step): (i32, Step)| Step { wave, ..step };
    Plan {
        steps: steps.into_iter().map(with_wave).collect(),
    }
}

fn same_kind(a: &Object, b: &Object) -> bool {
    a.kind() == b.kind() && a.api_version() == b.api_version()
}

/// Who is needed by whom: a namespace by its content, a CRD by its objects.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Namespace(String),
    Kind(String, String),
}

/// The first wave in which each namespace and each custom kind is used.
fn first_uses(wanted: &[Wanted]) -> BTreeMap<Need, i32> {
    let mut uses = BTreeMap::new();
    for object in wanted.iter().map(|wanted| &wanted.object) {
        let wave = annotations::wave(object);
        let gvk = object.gvk();
        let mut used = |need: Need| {
            let first: &mut i32 = uses.entry(need).or_insert(wave);
            *first = wave.min(*first);
        };
        if !object.namespace().is_empty() {
            used(Need::Namespace(object.namespace().to_owned()));
        }
        used(Need::Kind(gvk.group, gvk.kind));
    }
    uses
}

fn needed_by(object: &Object, uses: &BTreeMap<Need, i32>) -> Option<i32> {
    let need = if object.kind() == "Namespace" && object.api_version() == "v1" {
        Need::Namespace(object.name().to_owned())
    } else if crate::desired::is_crd(object) {
        let text = |pointer: &str| {
            object
                .value()
                .pointer(pointer)
                .and_then(|v| v.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Need::Kind(text("/spec/group"), text("/spec/names/kind"))
    } else {
        return None;
    };
    uses.get(&need).copied()
}
