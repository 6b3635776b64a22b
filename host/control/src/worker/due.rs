//! Operations: those that somebody asks for, those that were interrupted, and those that are due by the
//! application's policy.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gantry_model::application::{Application, Source};
use gantry_sync::SyncStatus;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Worker;
use crate::auto::{Automatic, Compared, Decision, OperationPhase, Situation, decide};
use crate::clock;
use crate::operate::{self, Order, Running};
use crate::overrun::Overrun;
use crate::request::{Initiator, Request, ResourceRequest, SyncRequest};
use crate::status::{Condition, attempt_of, started};
use crate::windows::Wish;

impl Worker {
    /// Starts the operation that somebody asks for, or takes up the one that runs by the status and by
    /// nobody else: the process that ran it is gone.
    pub(super) fn start_what_is_asked(&mut self) {
        if self.operation.is_some() {
            return;
        }
        let phase = self.known.phase();
        let interrupted = phase.is_some_and(|phase| !phase.is_completed());
        let (request, started_at, retry_count) = if interrupted {
            let state = &self.known.status()["operationState"];
            let started = state["startedAt"].as_str().unwrap_or_default().to_owned();
            let retries = state["retryCount"].as_u64().unwrap_or_default();
            (
                state["operation"].clone(),
                started,
                u32::try_from(retries).unwrap_or_default(),
            )
        } else if let Some(request) = self.known.operation() {
            (request.clone(), clock::now_exactly(), 0)
        } else {
            return;
        };
        if !interrupted {
            let read = Request::read(&request).unwrap_or_default();
            self.note(started(&read, &self.targets()));
        }
        let terminated = phase == Some(OperationPhase::Terminating);
        let mut running = match self.order(&request, &started_at, retry_count, interrupted) {
            Ok(order) => self.start(order),
            Err((request, message)) => {
                operate::refused(request, started_at, message, Arc::clone(&self.inbox))
            }
        };
        if terminated {
            running.cancel.cancel();
        }
        // Of one that is taken up, whatever else is asked for comes after it.
        let asked = self.known.operation();
        let is_it = |asked: &&Value| !interrupted || Request::is_same(asked, &request);
        running.asked = asked.filter(is_it).cloned();
        self.operation = Some(running);
    }

    /// What the sources follow.
    fn targets(&self) -> Vec<String> {
        let sources = self.application().map(|application| &application.sources);
        let followed = |source: &Source| match source.target_revision.as_str() {
            "" => "HEAD".to_owned(),
            revision => revision.to_owned(),
        };
        sources.into_iter().flatten().map(followed).collect()
    }

    fn order(
        &self,
        request: &Value,
        started_at: &str,
        retry_count: u32,
        was_begun: bool,
    ) -> Result<Order, (Request, String)> {
        let request = match Request::read(request) {
            Ok(request) => request,
            Err(message) => return Err((Request::default(), message)),
        };
        let application = match self.application() {
            Some(own) => request
                .over(own)
                .and_then(|application| Ok((application, request.latest_over(own)?))),
            None => Err("the application's manifest cannot be used: see its conditions".to_owned()),
        };
        let allowed = application.and_then(|applications| {
            // What was begun waits until it may go on.
            if !was_begun {
                self.gate_for_people(&request)?;
            }
            Ok(applications)
        });
        let wish = if request.initiated_by.automated {
            Wish::Automatic
        } else {
            Wish::Manual
        };
        match allowed {
            Ok((application, latest)) => Ok(Order {
                overrun: Some(Overrun::new(
                    Arc::clone(&self.shared),
                    application.clone(),
                    started_at,
                    wish,
                )),
                sources: self
                    .application()
                    .map(|own| request.sources(own))
                    .unwrap_or_default(),
                application,
                latest,
                started_at: started_at.to_owned(),
                retry_count,
                known: self.known.recorded(),
                confirmed: self.is_confirmed(started_at),
                request,
            }),
            Err(message) => Err((request, message)),
        }
    }

    /// Whether what wants a confirmation got one, after the operation before this one began.
    fn is_confirmed(&self, started_at: &str) -> bool {
        let Some(approved) = self.known.approved().and_then(clock::parse) else {
            return false;
        };
        let before = &self.known.status()["operationState"]["startedAt"];
        let before = before
            .as_str()
            .filter(|before| *before != started_at)
            .and_then(clock::parse);
        before.is_none_or(|before| approved > before)
    }

    fn start(&self, order: Order) -> Running {
        let places = self.shared.operations(&cluster_of(&order.application));
        // Hooks that ran must be known to have run after a restart.
        let must_be_written = self.look.as_ref().is_none_or(|look| look.has_hooks);
        let engine = Arc::clone(&self.shared.engine);
        tracing::info!(application = %self.id, "an operation starts");
        let inbox = Arc::clone(&self.inbox);
        let hold = self.shared.hold(&order.application);
        let queue = Arc::clone(&self.shared.waiting_operations);
        operate::start(
            engine,
            (places, queue),
            order,
            inbox,
            (hold, must_be_written),
        )
    }

    /// Somebody wants it ended.
    pub(super) fn terminate_on_request(&self) {
        if self.known.phase() == Some(OperationPhase::Terminating)
            && let Some(running) = &self.operation
        {
            running.cancel.cancel();
        }
    }

    /// Ends an operation because its application is no longer ours, and waits until nothing of it runs.
    pub(super) async fn stop_operation(&mut self) {
        if let Some(running) = self.operation.take() {
            running.stop().await;
        }
    }

    /// Starts a sync where the application's policy wants one.
    pub(super) fn start_what_is_due(&mut self) {
        let decision = self.decide();
        self.sync_condition = None;
        match decision {
            None
            | Some(Decision::No {
                is_error: false, ..
            }) => {}
            Some(Decision::No { reason, .. }) => {
                self.sync_condition = Some(Condition::new(Condition::SYNC, reason));
            }
            Some(Decision::Wait { until, reason }) => {
                tracing::debug!(application = %self.id, reason, "not synced yet");
                if let Some(until) = until {
                    let pause = until.duration_since(SystemTime::now()).unwrap_or_default();
                    self.wake_at(Instant::now() + pause + Duration::from_millis(1));
                }
            }
            Some(Decision::Sync(automatic)) => {
                let request = json!(self.request(&automatic));
                match self.order(&request, &clock::now_exactly(), 0, false) {
                    Ok(order) => {
                        self.note(started(&order.request, &self.targets()));
                        self.operation = Some(self.start(order));
                    }
                    Err((_, message)) => {
                        self.sync_condition = Some(Condition::new(Condition::SYNC, message));
                    }
                }
            }
        }
    }

    fn decide(&self) -> Option<Decision> {
        let (look, application) = (self.look.as_ref()?, self.application()?);
        // What was found before the last change is no reason for anything.
        if self.is_due {
            return None;
        }
        let policy = application.sync_policy.automated.as_ref()?;
        let objects = look.picture.objects.iter().flatten();
        let resources: Vec<Compared> = objects
            .map(|assessed| Compared {
                object: assessed.object.clone(),
                status: assessed.sync,
                requires_pruning: assessed.is_left_over,
            })
            .collect();
        let last = attempt_of(self.known.status());
        let gates = if look.picture.sync == SyncStatus::OutOfSync {
            vec![
                self.shared.board.gate(&self.id),
                self.shared.gate_of_windows(application),
            ]
        } else {
            Vec::new()
        };
        Some(decide(&Situation {
            policy: Some(policy),
            is_deleted: self.known.raw.is_being_deleted(),
            is_busy: self.operation.is_some() || self.known.operation().is_some(),
            status: look.picture.sync,
            resources: &resources,
            sources: &application.sources,
            revisions: &look.picture.revisions,
            revisions_count: true,
            last: last.as_ref(),
            gates: &gates,
            now: SystemTime::now(),
        }))
    }

    /// The operation that a decision means, as Argo CD writes it.
    fn request(&self, automatic: &Automatic) -> Request {
        let revisions = self
            .look
            .as_ref()
            .map(|look| look.picture.revisions.clone());
        let revisions = revisions.unwrap_or_default();
        let several = self.known.spec()["sources"]
            .as_array()
            .is_some_and(|s| !s.is_empty());
        let resources = automatic.resources.iter().map(|object| ResourceRequest {
            group: object.gvk.group.clone(),
            kind: object.gvk.kind.clone(),
            name: object.name.clone(),
            namespace: object.namespace.clone(),
        });
        let options = self.known.spec()["syncPolicy"]["syncOptions"].clone();
        Request {
            initiated_by: Initiator {
                automated: true,
                ..Initiator::default()
            },
            retry: json!(automatic.retry.written()),
            sync: SyncRequest {
                revision: if several {
                    String::new()
                } else {
                    revisions.first().cloned().unwrap_or_default()
                },
                revisions: if several { revisions } else { Vec::new() },
                prune: automatic.prune,
                resources: resources.collect(),
                sync_options: serde_json::from_value(options).ok(),
                auto_heal_attempts_count: u64::from(automatic.self_heal_attempts),
                ..SyncRequest::default()
            },
            ..Request::default()
        }
    }

    /// Whether a sync that somebody asks for may run now; those that nobody asks for were decided on before.
    fn gate_for_people(&self, request: &Request) -> Result<(), String> {
        match self.application() {
            Some(application) if !request.initiated_by.automated => {
                self.shared.gate_for_people(application)
            }
            _ => Ok(()),
        }
    }
}

/// The cluster that an application names.
pub(crate) fn cluster_of(application: &Application) -> String {
    let destination = &application.destination;
    let named = if destination.name.is_empty() {
        &destination.server
    } else {
        &destination.name
    };
    named.clone()
}
