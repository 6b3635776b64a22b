//! An application that is being deleted: its objects first, where its finalizers say so, or only its hooks.

use std::time::Duration;

use gantry_engine::{How, Prepared, options_of};
use gantry_model::application::Application;
use gantry_model::cluster::Propagation;
use gantry_model::{ClusterError, Object, limits};
use gantry_store::{Event, Kind, Reason, StoreError};
use gantry_sync::{Action, CancellationToken, Extent, Options, Report};
use serde_json::json;

use super::{Worker, is_another, is_newer};
use crate::inbox::Post;
use crate::manifest::Known;
use crate::operate::told;
use crate::status::Condition;

impl Worker {
    /// Takes the objects away and runs the hooks, then takes the finalizers. What is not done yet is tried again.
    pub(super) async fn delete(&mut self) {
        if self.known.own_finalizers().is_empty() {
            return;
        }
        let ended = match &self.known.application {
            Ok(application) => {
                let Some(ended) = self.delete_unless_called_off(application).await else {
                    return;
                };
                ended
            }
            Err(conditions) => Err(unreadable(&self.known, conditions)),
        };
        match ended {
            Ok(()) => self.let_go().await,
            Err(message) => {
                tracing::warn!(application = %self.id, message, "not deleted yet");
                let told = format!("Unable to delete application resources: {message}");
                let condition = Condition::new(Condition::DELETION, message);
                if !self.conditions.contains(&condition) {
                    self.note(Event::new(Reason::StatusRefreshed, told).warning());
                }
                self.conditions = vec![condition];
                self.publish().await;
                self.wake_after(Duration::from_secs(limits::DELETION_RETRY_SECS));
            }
        }
    }

    /// Deletes the objects, and hears meanwhile whether that is still to be done, and here: none where it is not.
    async fn delete_unless_called_off(
        &self,
        application: &Application,
    ) -> Option<Result<(), String>> {
        // Another replica gets the cluster once nothing is deleted from here any more.
        let _hold = self.shared.hold(application);
        let (cancel, mut has_rung) = (CancellationToken::new(), false);
        let deletion = self.delete_objects(application, &cancel);
        tokio::pin!(deletion);
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut deletion => break ended,
                () = self.inbox.rung() => has_rung = true,
            }
            if self.is_called_off() {
                tracing::info!(application = %self.id, "its deletion is called off");
                cancel.cancel();
            }
        };
        if has_rung {
            // What came is still to be read.
            self.inbox.tell(|_| {});
        }
        (!cancel.is_cancelled()).then_some(ended)
    }

    /// Whether its objects are not to be deleted any more, or not from here.
    fn is_called_off(&self) -> bool {
        let known = &self.known.raw;
        let is_other = |latest: &Object| {
            let has_others = !latest.finalizers().eq(known.finalizers());
            is_another(latest, known) || has_others && is_newer(latest, known)
        };
        let is_gone = |post: &Post| post.gone || post.latest.as_ref().is_some_and(is_other);
        self.inbox.peek(is_gone) || !self.shared.is_ours(&self.known)
    }

    async fn delete_objects(
        &self,
        application: &Application,
        cancel: &CancellationToken,
    ) -> Result<(), String> {
        let (engine, extent) = (&self.shared.engine, self.known.extent());
        if let Err(error) = engine.reach(application)
            && matches!(error, ClusterError::Other(_))
        {
            // As Argo CD does: a cluster that nobody knows any more keeps no application from going.
            tracing::warn!(application = %self.id, %error, "its cluster is unknown: its objects are left");
            return Ok(());
        }
        let prepared = if extent.before.run || extent.after.run {
            self.prepare_hooks(application, cancel).await?
        } else {
            // What is left of hooks is in the cluster.
            None
        };
        let swept = self.sweep(application, prepared.as_ref(), extent, cancel);
        let report = swept.await?;
        let left = report
            .objects
            .iter()
            .find(|row| matches!(row.action, Action::Failed | Action::NotReached));
        match left {
            Some(row) => Err(format!("{}: {}", row.object, row.message)),
            None => Ok(()),
        }
    }

    /// What Git has, for the hooks among it; none where there are none by what is known, and it cannot be had.
    async fn prepare_hooks(
        &self,
        application: &Application,
        cancel: &CancellationToken,
    ) -> Result<Option<Prepared>, String> {
        let prepared = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err("called off".to_owned()),
            prepared = self.shared.engine.prepare(application) => prepared,
        };
        match prepared {
            Ok(mut prepared) => {
                prepared.known = self.known.recorded();
                Ok(Some(prepared))
            }
            Err(error) if self.known.has_deletion_hooks() => Err(told(&error)),
            Err(error) => {
                tracing::warn!(application = %self.id, error = told(&error), "deleted without its hooks");
                Ok(None)
            }
        }
    }

    async fn sweep(
        &self,
        application: &Application,
        prepared: Option<&Prepared>,
        extent: Extent,
        cancel: &CancellationToken,
    ) -> Result<Report, String> {
        let own = options_of(application, true);
        let cascade = self.known.cascade().unwrap_or_default();
        let propagation = match cascade.rsplit('/').next() {
            Some("background") => Propagation::Background,
            Some("foreground") => Propagation::Foreground,
            _ => own.propagation,
        };
        let how = How {
            options: Options {
                propagation,
                delete_confirmed: self.known.approved().is_some(),
                extent,
                ..own
            },
            retry: application.sync_policy.retry,
            retries: 0,
            operation: None,
            observer: &(),
            cancel: cancel.clone(),
        };
        let swept = self.shared.engine.delete(application, prepared, &how).await;
        swept.map_err(|error| told(&error))
    }

    /// Takes away the finalizers that are ours; the last one takes the application with it.
    async fn let_go(&mut self) {
        let ours: Vec<String> = self
            .known
            .own_finalizers()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let others: Vec<&str> = self
            .known
            .raw
            .finalizers()
            .filter(|f| !ours.iter().any(|o| o == f))
            .collect();
        let patch = json!({"metadata": {
            "finalizers": others,
            "resourceVersion": self.known.raw.resource_version(),
        }});
        let (namespace, name) = (&self.id.namespace, &self.id.name);
        let gone = self
            .shared
            .home
            .patch(Kind::Application, namespace, name, &patch)
            .await;
        match gone {
            Ok(_) | Err(StoreError::Gone { .. }) => {}
            Err(error) => {
                tracing::warn!(application = %self.id, %error, "its finalizers stay");
                self.wake_after(Duration::from_secs(limits::DELETION_RETRY_SECS));
            }
        }
    }
}

/// Why nothing is done of the deletion of an application that cannot be read: which objects are its, and where,
/// is not known.
fn unreadable(known: &Known, conditions: &[Condition]) -> String {
    let why: Vec<&str> = conditions.iter().map(|c| c.message.as_str()).collect();
    let why = why.join("; ");
    match known.cascade() {
        Some(cascade) => format!(
            "its objects are not deleted, as its manifest cannot be read: {why} (mend it, or take the finalizer \
             {cascade} away, which leaves them)"
        ),
        None => format!(
            "its hooks do not run, as its manifest cannot be read: {why} (mend it, or let it go without them by \
             taking its finalizers away: {})",
            known.own_finalizers().join(", ")
        ),
    }
}
