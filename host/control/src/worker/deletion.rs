//! An application that is being deleted: its objects first, where its finalizers say so.

use std::time::Duration;

use gantry_engine::{How, Prepared, options_of};
use gantry_model::application::Application;
use gantry_model::cluster::Propagation;
use gantry_model::{ClusterError, limits};
use gantry_store::{Event, Kind, Reason, StoreError};
use gantry_sync::{Action, CancellationToken, Options, Report};
use serde_json::json;

use super::Worker;
use crate::operate::told;
use crate::status::Condition;

impl Worker {
    /// Takes the objects away, then the finalizers. What is not gone yet is tried again.
    pub(super) async fn delete(&mut self) {
        if self.known.own_finalizers().is_empty() {
            return;
        }
        let ended = match (
            self.known.cascade().map(str::to_owned),
            self.application().cloned(),
        ) {
            (Some(cascade), Some(application)) => self.delete_objects(&application, &cascade).await,
            // Whoever cannot be read has nothing that we know of.
            _ => Ok(()),
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

    async fn delete_objects(&self, application: &Application, cascade: &str) -> Result<(), String> {
        let engine = &self.shared.engine;
        if let Err(error) = engine.reach(application)
            && matches!(error, ClusterError::Other(_))
        {
            // As Argo CD does: a cluster that nobody knows any more keeps no application from going.
            tracing::warn!(application = %self.id, %error, "its cluster is unknown: its objects are left");
            return Ok(());
        }
        let prepared = match engine.prepare(application).await {
            Ok(mut prepared) => {
                prepared.known = self.known.recorded();
                Some(prepared)
            }
            Err(error) if self.known.has_deletion_hooks() => return Err(told(&error)),
            Err(error) => {
                tracing::warn!(application = %self.id, error = told(&error), "deleted without its hooks");
                None
            }
        };
        let report = self.sweep(application, prepared.as_ref(), cascade).await?;
        let left = report
            .objects
            .iter()
            .find(|row| matches!(row.action, Action::Failed | Action::NotReached));
        match left {
            Some(row) => Err(format!("{}: {}", row.object, row.message)),
            None => Ok(()),
        }
    }

    async fn sweep(
        &self,
        application: &Application,
        prepared: Option<&Prepared>,
        cascade: &str,
    ) -> Result<Report, String> {
        let own = options_of(application, true);
        let propagation = match cascade.rsplit('/').next() {
            Some("background") => Propagation::Background,
            Some("foreground") => Propagation::Foreground,
            _ => own.propagation,
        };
        let how = How {
            options: Options {
                propagation,
                delete_confirmed: self.known.approved().is_some(),
                ..own
            },
            retry: application.sync_policy.retry,
            retries: 0,
            operation: None,
            observer: &(),
            cancel: CancellationToken::new(),
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
