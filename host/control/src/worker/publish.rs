//! What a worker found, written into its application.

use std::time::Duration;

use gantry_model::{Object, limits, merge_patch};
use gantry_store::{Kind, StoreError};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::due::cluster_of;
use super::{Worker, is_another};
use crate::auto::OperationPhase;
use crate::clock;
use crate::manifest::{Known, REFRESH};
use crate::status::{Condition, OperationState, changes, ended, history_entry, put_among};

impl Worker {
    /// Writes what has changed, in one patch.
    pub(super) async fn publish(&mut self) {
        self.tell_others();
        let patch = self.patch();
        // Asked after the operation was: one that failed because its cluster goes to another replica is not
        // over, but that one's to take up.
        if !self.shared.is_ours(&self.known) {
            self.stop_operation().await;
            return;
        }
        let Some(patch) = patch else {
            // What is to be written may be there already: a process that is gone has written the same of the
            // operation that was taken up from it.
            self.note_written();
            return;
        };
        let (namespace, name) = (&self.id.namespace, &self.id.name);
        let written = self
            .shared
            .home
            .patch(Kind::Application, namespace, name, &patch)
            .await;
        match written {
            Ok(raw) => {
                self.failed_writes = 0;
                for event in std::mem::take(&mut self.news) {
                    self.note(event);
                }
                self.note_written();
                self.take_answer(raw).await;
            }
            // The watch tells.
            Err(StoreError::Gone { .. }) => {}
            Err(StoreError::Conflict { .. }) => self.read_again().await,
            Err(error) => self.write_later(&error),
        }
    }

    /// Somebody wrote to it before us: what there is to be written is seen when that is known.
    async fn read_again(&mut self) {
        let (namespace, name) = (&self.id.namespace, &self.id.name);
        let found = self.shared.home.get(Kind::Application, namespace, name);
        match found.await {
            Ok(Some(raw)) => {
                self.take_answer(raw).await;
                self.wake_at(Instant::now());
            }
            // The watch tells.
            Ok(None) => {}
            Err(error) => self.write_later(&error),
        }
    }

    fn write_later(&mut self, error: &StoreError) {
        tracing::warn!(application = %self.id, %error, "its status could not be written");
        let factor = 1_u32.checked_shl(self.failed_writes).unwrap_or(u32::MAX);
        let pause = Duration::from_millis(limits::STATUS_RETRY_START_MS).saturating_mul(factor);
        let most = Duration::from_millis(limits::STATUS_RETRY_MAX_MS);
        self.failed_writes = self.failed_writes.saturating_add(1);
        self.wake_after(pause.min(most));
    }

    /// The application as the home has it now.
    async fn take_answer(&mut self, raw: Object) {
        if is_another(&raw, &self.known.raw) {
            self.start_over(raw).await;
            return;
        }
        // The watch tells it, too, but by then it is known.
        if self.heed(raw) || self.has_requests() {
            self.wake_at(Instant::now());
        }
    }

    /// Whether somebody asks for something that nobody has begun.
    fn has_requests(&self) -> bool {
        let is_new = self.known.operation().is_some() && self.operation.is_none();
        is_new || self.known.refresh().is_some()
    }

    /// What is to be written; none where it is all there.
    fn patch(&mut self) -> Option<Value> {
        let before = self.known.status().clone();
        let now = clock::now();
        let mut status = match &self.look {
            Some(look) => {
                let more = self.known.warnings.iter().chain(&self.conditions);
                let more = more.chain(&self.sync_condition).cloned();
                look.picture.over(&before, self.known.spec(), more, &now)
            }
            None => beside(&before, &self.conditions, &now),
        };
        let mut patch = Map::new();
        self.operation_into(&mut status, &mut patch);
        let refreshed = self.known.refresh().is_some() && !self.is_due;
        if refreshed {
            patch.insert(
                "metadata".to_owned(),
                json!({"annotations": {REFRESH: null}}),
            );
        }
        self.news = changes(&before, &status);
        let changed = merge_patch::between(&before, &status);
        // What an operation has done is seen by the look after it: whoever waits for both goes by the time.
        let ends = before["operationState"]["finishedAt"] != status["operationState"]["finishedAt"];
        let is_unseen = is_unseen(&status);
        let is_seen_now = is_unseen && !ends && !self.is_due;
        if changed.is_some() || refreshed || is_seen_now {
            if is_seen_now || !is_unseen {
                status["reconciledAt"] = json!(clock::now_exactly());
            }
            if let Some(status) = merge_patch::between(&before, &status) {
                patch.insert("status".to_owned(), status);
            }
        }
        let finalizers = self.finalizers();
        if patch.is_empty() && finalizers.is_none() {
            return None;
        }
        let mut patch = Value::Object(patch);
        let is_of_this_version = self.operation.is_some() || finalizers.is_some();
        if let Some(finalizers) = finalizers {
            patch["metadata"]["finalizers"] = json!(finalizers);
        }
        if is_of_this_version {
            // Finalizers are written all together, with those that others have put there. And of an operation that
            // somebody else has taken up, or an application that was made again, nothing is to be written.
            patch["metadata"]["resourceVersion"] = json!(self.known.raw.resource_version());
        }
        Some(patch)
    }

    /// Its finalizers, where the hooks around its deletion are others than they say: as Argo CD, before it is
    /// Synced, since nobody would know of them afterwards.
    fn finalizers(&self) -> Option<Vec<String>> {
        let hooks = self.look.as_ref()?.deletion_hooks.as_ref()?;
        self.known.finalizers_for(hooks)
    }

    /// The operation's state, its entry in the history, and that its request was taken.
    fn operation_into(&mut self, status: &mut Value, patch: &mut Map<String, Value>) {
        let Some(running) = &mut self.operation else {
            return;
        };
        let mut state = running.progress.state();
        if state.phase.is_completed() {
            if counts(&state) {
                append(status, &state, limit_of(&self.known));
            }
        } else {
            let told_at = running.began + Duration::from_millis(limits::OPERATION_TOLD_MS);
            let told = running.is_written || Instant::now() >= told_at;
            if !told && !running.must_be_written() {
                self.wake_at(told_at);
                return;
            }
            if running.cancel.is_cancelled() {
                state.phase = OperationPhase::Terminating;
            }
        }
        running.note_writing(state.phase);
        status["operationState"] = state.written();
        if !state.phase.is_completed() {
            self.wake_after(Duration::from_millis(limits::OPERATION_PROGRESS_MS));
        } else if let Some(asked) = &running.asked
            // What was asked for meanwhile comes next.
            && self.known.operation() == Some(asked)
        {
            patch.insert("operation".to_owned(), Value::Null);
        }
    }

    /// The patch is in the home.
    fn note_written(&mut self) {
        let Some(running) = &mut self.operation else {
            return;
        };
        if running.note_written() {
            let state = running.progress.state();
            self.count(&state);
            self.note(ended(&state));
            self.operation = None;
            // Whatever it did is to be seen, and may be the reason for the next one.
            self.is_due = true;
            self.look_from = Instant::now();
            self.wake_at(Instant::now());
        }
    }
}

impl Worker {
    /// Counts an operation that is over.
    fn count(&self, state: &OperationState) {
        let Some(application) = self.application() else {
            return;
        };
        let phase = json!(state.phase);
        let labels = [
            self.id.namespace.as_str(),
            &self.id.name,
            &application.project,
            &cluster_of(application),
            phase.as_str().unwrap_or_default(),
            if state.request.sync.dry_run {
                "true"
            } else {
                "false"
            },
        ];
        self.shared.metrics.app_sync.add(labels, 1.0);
    }
}

/// Whether an operation has ended since its objects were compared last.
fn is_unseen(status: &Value) -> bool {
    let time = |value: &Value| value.as_str().and_then(clock::parse);
    let finished = time(&status["operationState"]["finishedAt"]);
    finished.is_some_and(|finished| {
        time(&status["reconciledAt"]).is_none_or(|compared| compared < finished)
    })
}

/// What is written, with what there is to tell beside a look.
fn beside(before: &Value, more: &[Condition], now: &str) -> Value {
    let mut status = before.as_object().cloned().unwrap_or_default();
    if !more.is_empty() {
        let conditions = put_among(&before["conditions"], more, now);
        status.insert("conditions".to_owned(), conditions);
    }
    Value::Object(status)
}

/// Whether an operation is one to go back to: of all objects, as a revision has them.
fn counts(state: &OperationState) -> bool {
    let sync = &state.request.sync;
    let of_a_revision = state.revisions.iter().any(|revision| !revision.is_empty());
    state.phase == OperationPhase::Succeeded
        && !sync.dry_run
        && sync.resources.is_empty()
        && of_a_revision
}

fn append(status: &mut Value, state: &OperationState, limit: usize) {
    // It is there already where the answer to a write was lost, or another process had taken it up.
    let mut known = status["history"].as_array().into_iter().flatten();
    if known.any(|entry| entry["deployStartedAt"] == state.started_at.as_str()) {
        return;
    }
    let entry = history_entry(&status["history"], state);
    let mut history = status["history"].as_array().cloned().unwrap_or_default();
    history.push(entry);
    let surplus = history.len().saturating_sub(limit);
    history.drain(..surplus);
    status["history"] = Value::Array(history);
}

fn limit_of(known: &Known) -> usize {
    let application = known.application.as_ref().ok();
    let limit = application.and_then(|application| application.revision_history_limit);
    limit.unwrap_or(limits::HISTORY_ENTRIES_DEFAULT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{append, is_unseen};
    use crate::auto::OperationPhase;
    use crate::request::Request;
    use crate::status::OperationState;

    #[test]
    fn an_operation_is_unseen_until_its_objects_are_compared() {
        let status = |finished: &str, compared: &str| json!({"operationState": {"finishedAt": finished}, "reconciledAt": compared});
        let (early, late) = ("2030-01-02T03:04:05.1Z", "2030-01-02T03:04:05.2Z");
        for (status, expected) in [
            (json!({}), false),
            (json!({"reconciledAt": early}), false),
            (json!({"operationState": {"finishedAt": early}}), true),
            (status(late, early), true),
            (status(early, late), false),
            (status(early, early), false),
        ] {
            assert_eq!(is_unseen(&status), expected, "{status}");
        }
    }

    #[test]
    fn an_operation_has_one_entry_however_often_its_end_is_written() {
        let operation = |started_at: &str| OperationState {
            request: Request::default(),
            phase: OperationPhase::Succeeded,
            message: String::new(),
            started_at: started_at.to_owned(),
            finished_at: Some("T9".to_owned()),
            retry_count: 0,
            revisions: vec!["abc".to_owned()],
            sources: vec![json!({"repoURL": "u"})],
            several: false,
            resources: Vec::new(),
        };
        let mut status = json!({});
        for started_at in ["T1", "T1", "T2", "T1"] {
            append(&mut status, &operation(started_at), 10);
        }
        let entries = status["history"].as_array().into_iter().flatten();
        let started: Vec<_> = entries.map(|entry| &entry["deployStartedAt"]).collect();
        assert_eq!(started, ["T1", "T2"]);
    }
}
