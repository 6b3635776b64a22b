//! Asking the server about everything before the first write: what it would refuse keeps the rest
//! from being applied by halves.

use std::collections::{BTreeMap, HashSet};

use futures::StreamExt;
use gantry_model::{ClusterError, limits};

use crate::identity::Key;
use crate::live::Live;
use crate::namespace::brings_namespace;
use crate::plan::{Step, Task, Work, tasks};
use crate::report::{Action, Row};
use crate::run::Sync;
use crate::settings::Settings;
use crate::works::works;
use crate::write::{Foreseen, advise};

impl Sync<'_> {
    /// Asks by dry-run; gives the keys of what would not change.
    ///
    /// # Errors
    /// The rows of a sync that ends here: what is refused, and why; all else is not reached.
    pub(crate) async fn check(&self, steps: &[Step], live: &Live) -> Result<Vec<Key>, Vec<Row>> {
        let asked = self.to_ask(steps, live);
        let answers = asked.iter().map(|&(place, task)| async move {
            (place, self.would_refuse(task, live, steps).await)
        });
        let mut answers = works(answers).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        let mut refused: BTreeMap<usize, String> = BTreeMap::new();
        let mut unchanged = Vec::new();
        while let Some((place, answer)) = answers.next().await {
            match answer {
                Ok(Some(key)) => unchanged.push(key),
                Ok(None) => {}
                Err(message) => {
                    refused.insert(place, message);
                }
            }
        }
        if refused.is_empty() {
            return Ok(unchanged);
        }
        Err(refusal(steps, &refused))
    }

    /// What is asked about: all that would be sent. Of a large set, all that is there already, and
    /// of each kind and namespace one that is not: asking about each would double the time.
    fn to_ask<'a>(&self, steps: &'a [Step], live: &Live) -> Vec<(usize, &'a Task)> {
        let mut asked: Vec<(usize, &Task)> = tasks(steps)
            .enumerate()
            .filter(|(_, task)| self.is_askable(task, live))
            .collect();
        if asked.len() > limits::DRY_RUN_ALL_MAX {
            let mut seen = HashSet::new();
            asked.retain(|(_, task)| {
                let object = task.object();
                let mut new = || seen.insert((object.gvk(), object.namespace().to_owned()));
                live.is_there(&Key::of(object)) || new()
            });
        }
        asked
    }

    fn is_askable(&self, task: &Task, live: &Live) -> bool {
        let Work::Apply(wanted) = &task.work else {
            return false;
        };
        let key = Key::of(&wanted.object);
        if live.settled(&key).is_some() {
            return false;
        }
        match live.get(&key) {
            // It is made anew, or has run.
            Some(_) if wanted.hook => false,
            Some(found) => !self.is_certain(wanted, found),
            None => wanted.resource.is_some(),
        }
    }

    /// The key of what would not change; the message of what would be refused.
    async fn would_refuse(
        &self,
        task: &Task,
        live: &Live,
        steps: &[Step],
    ) -> Result<Option<Key>, String> {
        let Work::Apply(wanted) = &task.work else {
            return Ok(None);
        };
        let object = &wanted.object;
        let key = Key::of(object);
        let found = live.get(&key);
        let settings = self.settings(wanted);
        let mut foreseen = self.foresee(settings, wanted, found).await;
        if let Err(ClusterError::Conflict(_)) = &foreseen
            && self.options.out_of_sync_only
        {
            // The conflict may be about what is ignored.
            let forced = Settings {
                force_conflicts: true,
                ..settings
            };
            let alike = self.foresee(forced, wanted, found).await;
            if let Ok(Foreseen::Same | Foreseen::Alike) = alike {
                foreseen = alike;
            }
        }
        match foreseen {
            Ok(Foreseen::Same) => Ok(Some(key)),
            Ok(Foreseen::Alike) => Ok(self.options.out_of_sync_only.then_some(key)),
            Ok(Foreseen::Changed { .. }) => Ok(None),
            // It comes with this sync.
            Err(ClusterError::NotFound(_)) if brings_namespace(steps, object.namespace()) => {
                Ok(None)
            }
            Err(error) => Err(advise(&error)),
        }
    }
}

/// The rows of a sync that ends before its first write: what is refused, and why; all else is not
/// reached.
pub(crate) fn refusal(steps: &[Step], refused: &BTreeMap<usize, String>) -> Vec<Row> {
    let row = |(place, task)| match refused.get(&place) {
        Some(message) => Row::of(task, Action::Failed).message(message.clone()),
        None => Row::of(task, Action::NotReached),
    };
    tasks(steps).enumerate().map(row).collect()
}
