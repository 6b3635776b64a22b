//! Objects that another application has, too (`controller/state.go`, `SharedResourceWarning`).

use std::collections::BTreeMap;

use gantry_model::{Diagnostic, Object};

use crate::desired::about;
use crate::identity::{Key, owner};
use crate::live::Live;
use crate::plan::{Step, tasks};
use crate::run::Sync;

/// What to say of the tasks that share their object, by the place of the task.
pub(crate) type Shared = BTreeMap<usize, String>;

impl Sync<'_> {
    /// The objects that are about to be taken from another application.
    pub(crate) fn shared(&self, steps: &[Step], live: &Live) -> Shared {
        let wanted = tasks(steps).enumerate();
        let applied = wanted.filter(|(_, task)| !task.is_prune() && !task.is_hook());
        let of_others = applied.filter_map(|(place, task)| {
            let found = live.get(&Key::of(task.object()))?;
            let other = owner(found).filter(|other| *other != self.target.application)?;
            Some((place, self.tell_shared(found, other)))
        });
        of_others.collect()
    }

    fn tell_shared(&self, found: &Object, other: &str) -> String {
        let (kind, name, own) = (found.kind(), found.name(), self.target.application);
        format!("{kind}/{name} is part of applications {own} and {other}")
    }
}

/// The warnings of a sync that goes on all the same, and takes the objects over.
pub(crate) fn warnings(shared: &Shared, steps: &[Step]) -> Vec<Diagnostic> {
    let told = tasks(steps).enumerate().filter_map(|(place, task)| {
        let warning = Diagnostic::warning("shared-resource", shared.get(&place)?.clone())
            .help("the sync option FailOnSharedResource=true makes this an error");
        Some(about(task.object(), warning))
    });
    told.collect()
}
