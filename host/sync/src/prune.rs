//! Deleting what is no longer wanted, and waiting until it is gone.

use futures::StreamExt;
use gantry_model::cluster::{DeleteOptions, Propagation, Resource};
use gantry_model::{Object, ObjectRef, limits};
use tokio::time::{Duration, Instant, timeout_at};

use crate::annotations;
use crate::hook;
use crate::options::Prune;
use crate::plan::Task;
use crate::report::{Action, Row};
use crate::run::Sync;
use crate::step::Done;
use crate::works::works;

impl Sync<'_> {
    /// Deletes objects, those of the last kinds first.
    pub(crate) async fn prune_all(&self, tasks: Vec<Task>, done: &mut Done) {
        let mut tasks = tasks;
        tasks.reverse();
        let same_kind = |a: &Task, b: &Task| a.object().kind() == b.object().kind();
        for group in tasks.chunk_by(same_kind) {
            let deletes = group.iter().map(|task| async move {
                let (row, pruned) = self.prune(task).await;
                self.observer.done(&row);
                (row, pruned)
            });
            let mut deletes = works(deletes).buffered(limits::APPLY_IN_FLIGHT_MAX);
            while let Some((row, pruned)) = deletes.next().await {
                done.rows.push(row);
                done.pruned.extend(pruned);
            }
        }
    }

    /// Why an object that is no longer wanted stays, if it does.
    pub(crate) fn keeps(&self, object: &Object) -> Option<&'static str> {
        match (annotations::option(object, "Prune"), self.options.prune) {
            (Some("false"), _) => Some("kept by its sync option Prune=false"),
            (_, Prune::Leave) | (Some("true" | "confirm"), Prune::Forbid { asked: false }) => {
                Some("--prune deletes it")
            }
            (Some("confirm"), _) if !self.options.prune_confirmed => {
                Some("its sync option Prune=confirm wants a confirmation: --confirm-prune")
            }
            // What an object says goes before what its application says.
            (Some("true" | "confirm"), _) => None,
            (_, Prune::Forbid { .. }) => Some("kept by the application's sync option Prune=false"),
            (_, Prune::Confirm) if !self.options.prune_confirmed => Some(
                "the application's sync option Prune=confirm wants a confirmation: --confirm-prune",
            ),
            (_, Prune::Delete | Prune::Confirm) => None,
        }
    }

    async fn prune(&self, task: &Task) -> (Row, Option<(Resource, ObjectRef, String)>) {
        let object = task.object();
        if let Some(why) = self.keeps(object) {
            let message = format!("no longer in Git; {why}");
            // Whoever says that it is extraneous does not want to hear that it differs.
            let action = if gantry_diff::ignores_extraneous(object) {
                Action::Skipped
            } else {
                Action::NotPruned
            };
            return (Row::of(task, action).message(message), None);
        }
        if self.cancel.is_cancelled() {
            return (self.row_not_reached(task), None);
        }
        match self.delete(object).await {
            Ok(resource) => {
                let row = Row::of(task, Action::Pruned).message(waits_for(object));
                let gone = (resource, object.reference(), object.uid().to_owned());
                (row, (!self.options.dry_run).then_some(gone))
            }
            Err(error) => (
                Row::of(task, Action::Failed).message(error.to_string()),
                None,
            ),
        }
    }

    /// Deletes one object as the options say, unless somebody has done so.
    pub(crate) async fn delete(
        &self,
        object: &Object,
    ) -> Result<Resource, gantry_model::ClusterError> {
        let reference = object.reference();
        let options = DeleteOptions {
            uid: object.uid(),
            // A hook takes its Pods along: nobody needs them without it.
            propagation: match self.options.propagation {
                Propagation::Orphan if hook::is_hook(object) => Propagation::Background,
                other => other,
            },
            dry_run: self.options.dry_run,
            grace_secs: None,
        };
        let resource = self.served(&reference.gvk).await?;
        if !object.is_being_deleted() {
            let delete = || self.cluster.delete(&resource, &reference, options);
            self.limiter.call(delete).await?;
        }
        Ok(resource)
    }

    /// Waits until what a step deleted is gone: the next one may need its name, or its absence.
    pub(crate) async fn wait_gone(&self, done: &mut Done, deadline: Instant) -> bool {
        let mut all = true;
        for (resource, reference, uid) in std::mem::take(&mut done.pruned) {
            let still_there = self.until_gone(&resource, &reference, &uid, deadline).await;
            let Err(left) = still_there else { continue };
            all = false;
            let row = done.rows.iter_mut().find(|row| row.object == reference);
            if let Some(row) = row {
                row.action = Action::Failed;
                row.message = left;
            }
        }
        all
    }

    /// Waits until an object is gone. The error says what it waits for.
    pub(crate) async fn until_gone(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        uid: &str,
        deadline: Instant,
    ) -> Result<(), String> {
        let mut last = String::new();
        let mut pause = Duration::from_millis(limits::GONE_POLL_START_MS);
        let gone = async {
            loop {
                let get = || self.cluster.get(resource, &object.namespace, &object.name);
                match self.limiter.call(get).await {
                    Ok(Some(now)) if now.uid() == uid => last = waits_for(&now),
                    Ok(_) => return,
                    Err(error) => last = error.to_string(),
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(limits::GONE_POLL_MAX_MS));
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err("cancelled while it was being deleted".to_owned()),
            ended = timeout_at(deadline, gone) => {
                ended.map_err(|_| format!("deleted, but not gone in time; {last}"))
            }
        }
    }
}

/// What keeps an object that was deleted; nothing that would be told where it has no finalizers.
pub(crate) fn waits_for(object: &Object) -> String {
    let finalizers: Vec<&str> = object.finalizers().collect();
    if finalizers.is_empty() {
        String::new()
    } else {
        format!(
            "goes when its finalizers are removed: {}",
            finalizers.join(", ")
        )
    }
}
