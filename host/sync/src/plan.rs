//! In which order things are done. Argo CD's order (`gitops-engine/pkg/sync/sync_tasks.go`,
//! `sync_context.go`): phase, wave, kind, name; prunes in the reverse order of waves; a namespace and
//! a CRD not after what needs them. Pure.

use std::collections::{BTreeMap, HashMap};

use gantry_model::Object;

use crate::annotations;
use crate::desired::{Wanted, crd_kind};
use crate::order;
use crate::phase::Phase;

/// What is done to one object.
#[derive(Clone, Debug)]
pub enum Work {
    /// It is applied; a hook then runs.
    Apply(Box<Wanted>),
    /// It is deleted, because it is no longer wanted.
    Prune(Box<Object>),
}

/// One thing to do, and when.
#[derive(Clone, Debug)]
pub struct Task {
    /// The phase.
    pub phase: Phase,
    /// The wave within it.
    pub wave: i64,
    /// What to do.
    pub work: Work,
}

/// All of one phase and wave. The next step starts when this one is healthy and its hooks are done.
#[derive(Clone, Debug)]
pub struct Step {
    /// The phase.
    pub phase: Phase,
    /// The wave.
    pub wave: i64,
    /// In order.
    pub tasks: Vec<Task>,
}

/// What an application's sync options say about the order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Order<'a> {
    /// The destination's namespace: what has no namespace of its own needs this one.
    pub namespace: &'a str,
    /// `PruneLast=true`: prunes come after all waves of the phase Sync.
    pub prune_last: bool,
}

impl Task {
    /// The object that it is about.
    pub fn object(&self) -> &Object {
        match &self.work {
            Work::Apply(wanted) => &wanted.object,
            Work::Prune(object) => object,
        }
    }

    /// Whether it is a hook.
    pub fn is_hook(&self) -> bool {
        matches!(&self.work, Work::Apply(wanted) if wanted.hook)
    }

    fn wanted(&self) -> Option<&Object> {
        match &self.work {
            Work::Apply(wanted) => Some(&wanted.object),
            Work::Prune(_) => None,
        }
    }

    pub(crate) fn is_prune(&self) -> bool {
        matches!(self.work, Work::Prune(_))
    }
}

/// Orders a sync.
pub fn plan(wanted: Vec<Wanted>, prune: Vec<Object>, order: Order<'_>) -> Vec<Step> {
    let apply = |wanted: Wanted| Task {
        phase: wanted.phase,
        wave: annotations::wave(&wanted.object),
        work: Work::Apply(Box::new(wanted)),
    };
    let delete = |object: Object| Task {
        phase: Phase::Sync,
        wave: annotations::wave(&object),
        work: Work::Prune(Box::new(object)),
    };
    let mut tasks: Vec<Task> = wanted.into_iter().map(apply).collect();
    tasks.extend(prune.into_iter().map(delete));
    swap_prune_waves(&mut tasks);
    prune_last(&mut tasks, order);
    tasks.sort_by_cached_key(|task| {
        let object = task.object();
        let name = object.name().to_owned();
        // The last two only make the order the same each time.
        let rest = (object.kind().to_owned(), object.namespace().to_owned());
        (
            task.phase,
            task.wave,
            order::rank(object.kind()),
            name,
            rest,
        )
    });
    bring_forward(&mut tasks, namespace_of, |object| {
        let own = object.namespace();
        let used = if own.is_empty() { order.namespace } else { own };
        (!used.is_empty()).then(|| used.to_owned())
    });
    bring_forward(&mut tasks, crd_kind, |object| {
        let gvk = object.gvk();
        Some((gvk.group, gvk.kind))
    });
    steps(tasks)
}

/// Of the waves that prunes are in, the first swaps with the last, and so on inwards.
fn swap_prune_waves(tasks: &mut [Task]) {
    let mut waves: Vec<i64> = tasks
        .iter()
        .filter(|task| task.is_prune())
        .map(|task| task.wave)
        .collect();
    waves.sort_unstable();
    waves.dedup();
    let mirrored: BTreeMap<i64, i64> = waves
        .iter()
        .copied()
        .zip(waves.iter().rev().copied())
        .collect();
    for task in tasks.iter_mut().filter(|task| task.is_prune()) {
        task.wave = mirrored.get(&task.wave).copied().unwrap_or(task.wave);
    }
}

/// Moves prunes that ask for it behind every wave of the phase Sync.
fn prune_last(tasks: &mut [Task], order: Order<'_>) {
    let of_sync = tasks.iter().filter(|task| task.phase == Phase::Sync);
    let highest = of_sync.map(|task| task.wave).max().unwrap_or_default();
    let last = highest.max(0).saturating_add(1);
    for task in tasks.iter_mut().filter(|task| task.is_prune()) {
        let own = annotations::option(task.object(), "PruneLast") == Some("true");
        if order.prune_last || own {
            task.wave = last;
        }
    }
}

/// Moves what others need directly before the first that needs it, into its phase and wave.
/// `brings` names what an object brings, `needs` what any other object needs.
fn bring_forward<K: std::hash::Hash + Eq>(
    tasks: &mut Vec<Task>,
    brings: impl Fn(&Object) -> Option<K>,
    needs: impl Fn(&Object) -> Option<K>,
) {
    let mut first_need: HashMap<K, usize> = HashMap::new();
    for place in 0..tasks.len() {
        let Some(object) = tasks.get(place).and_then(Task::wanted) else {
            continue;
        };
        let Some(brought) = brings(object) else {
            if let Some(needed) = needs(object) {
                first_need.entry(needed).or_insert(place);
            }
            continue;
        };
        let Some(&first) = first_need.get(&brought) else {
            continue;
        };
        let (phase, wave) = tasks
            .get(first)
            .map_or_else(Default::default, |t| (t.phase, t.wave));
        let mut task = tasks.remove(place);
        (task.phase, task.wave) = (phase, wave);
        tasks.insert(first, task);
        for later in first_need.values_mut().filter(|later| **later >= first) {
            *later += 1;
        }
    }
}

fn namespace_of(object: &Object) -> Option<String> {
    let is_namespace = object.kind() == "Namespace" && object.api_version() == "v1";
    is_namespace.then(|| object.name().to_owned())
}

/// Every task of all steps, in order.
pub(crate) fn tasks(steps: &[Step]) -> impl Iterator<Item = &Task> {
    steps.iter().flat_map(|step| &step.tasks)
}

fn steps(tasks: Vec<Task>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for task in tasks {
        let (phase, wave) = (task.phase, task.wave);
        match steps.last_mut() {
            Some(step) if (step.phase, step.wave) == (phase, wave) => step.tasks.push(task),
            _ => steps.push(Step {
                phase,
                wave,
                tasks: vec![task],
            }),
        }
    }
    steps
}
