//! Running hooks: made anew, watched to their end, removed as their delete policies say.

use std::collections::HashMap;

use futures::StreamExt;
use gantry_model::cluster::{PatchKind, Resource, WriteOptions};
use gantry_model::{ClusterError, Diagnostic, HealthStatus, Object, ObjectRef, limits};
use serde_json::json;
use tokio::time::Instant;

use crate::hook::{self, FINALIZER, OPERATION};
use crate::identity::Key;
use crate::judge::verdicts;
use crate::plan::{Task, Work};
use crate::report::{Action, Report, Row};
use crate::run::{Ended, FIELD_MANAGER, Sync};
use crate::step::Done;
use crate::works::works;

/// A hook that this operation started, or found started.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) resource: Resource,
    pub(crate) hook: Object,
}

impl Ran {
    pub(crate) fn new(resource: &Resource, hook: &Object) -> Self {
        Self {
            resource: resource.clone(),
            hook: hook.clone(),
        }
    }
}

impl Sync<'_> {
    /// Removes what is left of hooks that a step will make anew. Gives what is there of the
    /// others: what was there when the sync began may be the same hook of an earlier phase.
    pub(crate) async fn make_way(
        &self,
        tasks: &[Task],
        deadline: Instant,
        done: &mut Done,
    ) -> HashMap<Key, Object> {
        let hooks = tasks.iter().filter(|task| task.is_hook());
        let looks = hooks.map(|task| async move { (task, self.clear(task, deadline).await) });
        let mut looks = works(looks).buffer_unordered(limits::APPLY_IN_FLIGHT_MAX);
        let mut there = HashMap::new();
        while let Some((task, found)) = looks.next().await {
            match found {
                Ok(Some(found)) => {
                    there.insert(Key::of(task.object()), found);
                }
                Ok(None) => {}
                Err(why) => {
                    let message = format!("the hook of an earlier sync is in the way: {why}");
                    done.rows
                        .push(Row::of(task, Action::Failed).message(message));
                }
            }
        }
        there
    }

    /// What is there of one hook, once what is in its way is gone.
    async fn clear(&self, task: &Task, deadline: Instant) -> Result<Option<Object>, String> {
        let hook = task.object();
        let told = |error: ClusterError| error.to_string();
        let Some(resource) = self.cluster.resource(&hook.gvk()).await.map_err(told)? else {
            return Ok(None);
        };
        let get = || self.cluster.get(&resource, hook.namespace(), hook.name());
        let Some(found) = self.limiter.call(get).await.map_err(told)? else {
            return Ok(None);
        };
        if !self.is_in_the_way(task, &found) {
            return Ok(Some(found));
        }
        if !self.options.dry_run {
            let reference = found.reference();
            self.release(&resource, &reference).await.map_err(told)?;
            self.delete(&found).await.map_err(told)?;
            self.until_gone(&resource, &reference, found.uid(), deadline)
                .await?;
        }
        Ok(None)
    }

    /// Whether a hook's live object has to go first: by its delete policy, or because the
    /// operation that should have removed it was killed before it could.
    fn is_in_the_way(&self, task: &Task, found: &Object) -> bool {
        let Work::Apply(wanted) = &task.work else {
            return false;
        };
        if self.operation.has_run(found, wanted.phase) {
            return false;
        }
        let policy = hook::delete_policy(&wanted.object);
        let left = || {
            found.annotation(OPERATION).is_some()
                && match self.outcome(found) {
                    Outcome::Succeeded => policy.succeeded,
                    Outcome::Failed => policy.failed,
                    Outcome::Running => false,
                }
        };
        policy.before_creation || left()
    }

    /// Takes our finalizer from a hook, if it is there and has it.
    pub(crate) async fn release(
        &self,
        resource: &Resource,
        reference: &ObjectRef,
    ) -> Result<(), ClusterError> {
        let options = WriteOptions {
            field_manager: FIELD_MANAGER,
            dry_run: false,
            validate: true,
        };
        let mut refused = None;
        // Controllers add and remove finalizers of their own: the place is looked up again then.
        for _ in 0..limits::MODIFY_TRIES_MAX {
            let get = || {
                self.cluster
                    .get(resource, &reference.namespace, &reference.name)
            };
            let Some(now) = self.limiter.call(get).await? else {
                return Ok(());
            };
            let Some(place) = now.finalizers().position(|known| known == FINALIZER) else {
                return Ok(());
            };
            let path = format!("/metadata/finalizers/{place}");
            let body = json!([
                {"op": "test", "path": "/metadata/uid", "value": now.uid()},
                {"op": "test", "path": path, "value": FINALIZER},
                {"op": "remove", "path": path},
            ]);
            let patch = || {
                self.cluster
                    .patch(resource, reference, PatchKind::Json, &body, options)
            };
            match self.limiter.call(patch).await {
                Ok(_) | Err(ClusterError::NotFound(_)) => return Ok(()),
                Err(error) => refused = Some(error),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// How far a live hook is. What has no health is done once it exists (`sync_context.go`,
    /// `getOperationPhase`).
    pub(crate) fn outcome(&self, hook: &Object) -> Outcome {
        let verdict = verdicts(self.judge, &[hook]).pop().flatten();
        Outcome::of(verdict.map(|health| health.status))
    }

    /// Ends the hooks of a cancelled sync that still run, as `argocd app terminate-op` does.
    pub(crate) async fn cancel_hooks(&self, done: &mut Done) {
        if !self.cancel.is_cancelled() {
            return;
        }
        for row in done.rows.iter_mut().filter(|row| row.is_running_hook()) {
            row.action = Action::Failed;
            "cancelled".clone_into(&mut row.message);
            row.health = None;
            let Some((resource, object)) = done.live.get(&Key::from(&row.object)) else {
                continue;
            };
            let ended = async {
                self.release(resource, &row.object).await?;
                self.delete(object).await
            };
            if let Err(error) = ended.await {
                row.message = format!("cancelled, but still running: {error}");
            }
        }
    }

    /// Removes what hooks leave behind, as their delete policies say. The report gets a warning
    /// of each that stays.
    pub async fn tidy(&self, ended: Ended) -> Report {
        let Ended { mut report, hooks } = ended;
        let succeeded = !report.failed();
        let tidied = hooks.iter().map(|ran| async move {
            let policy = hook::delete_policy(&ran.hook);
            let reference = ran.hook.reference();
            let tidied = async {
                self.release(&ran.resource, &reference).await?;
                if if succeeded {
                    policy.succeeded
                } else {
                    policy.failed
                } {
                    self.delete(&ran.hook).await?;
                }
                Ok::<(), ClusterError>(())
            };
            let error = tidied.await.err()?;
            let message = format!("{reference}: the hook could not be tidied up: {error}");
            Some(Diagnostic::warning("hook", message))
        });
        let mut tidied = works(tidied).buffered(limits::APPLY_IN_FLIGHT_MAX);
        while let Some(warning) = tidied.next().await {
            report.warnings.extend(warning);
        }
        report
    }
}

/// How a hook did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Running,
    Succeeded,
    Failed,
}

impl Outcome {
    fn of(health: Option<HealthStatus>) -> Self {
        match health {
            None | Some(HealthStatus::Healthy) => Self::Succeeded,
            Some(HealthStatus::Progressing | HealthStatus::Suspended) => Self::Running,
            Some(_) => Self::Failed,
        }
    }
}

impl Row {
    /// Whether it is a hook that was started, or found started, and whose end is not told yet.
    fn is_open_hook(&self) -> bool {
        let made = matches!(
            self.action,
            Action::Created | Action::Configured | Action::Unchanged
        );
        self.hook && made
    }

    /// Whether it is a hook that has not come to its end.
    pub(crate) fn is_running_hook(&self) -> bool {
        self.is_open_hook() && Outcome::of(self.health) == Outcome::Running
    }

    /// Says how a hook ended, once it has; of a cancelled sync, those that run are left to whoever
    /// ends them. A hook's health is none of the application's.
    pub(crate) fn conclude(&mut self, cancelled: bool) {
        if !self.is_open_hook() {
            return;
        }
        match Outcome::of(self.health) {
            Outcome::Succeeded => self.action = Action::Ran,
            Outcome::Failed => self.action = Action::Failed,
            Outcome::Running if cancelled => return,
            Outcome::Running => {
                self.action = Action::Failed;
                self.message = format!("the hook did not end in time: {}", self.message);
            }
        }
        self.health = None;
    }
}
