//! `status.operationState` and `status.history`.

use gantry_model::ObjectRef;
use gantry_model::application::Source;
use gantry_sync::{Action, Row};
use serde_json::{Map, Value, json};

use crate::auto::{Attempt, OperationPhase, Synced};
use crate::clock;
use crate::request::Request;

/// One operation as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OperationState {
    pub(crate) request: Request,
    pub(crate) phase: OperationPhase,
    pub(crate) message: String,
    pub(crate) started_at: String,
    pub(crate) finished_at: Option<String>,
    pub(crate) retry_count: u32,
    pub(crate) revisions: Vec<String>,
    /// The sources as they were synced.
    pub(crate) sources: Vec<Value>,
    /// Whether the application has `sources`, not `source`.
    pub(crate) several: bool,
    pub(crate) resources: Vec<Value>,
}

impl OperationState {
    /// `status.operationState`.
    pub(crate) fn written(&self) -> Value {
        let mut state = json!({
            "operation": self.request,
            "phase": self.phase,
            "message": self.message,
            "startedAt": self.started_at,
        });
        // One that could not even begin is of nothing, and a result without a source is no valid one.
        if !self.sources.is_empty() {
            let mut result = json!({"resources": self.resources});
            place(&mut result, self.several, &self.revisions, &self.sources);
            state["syncResult"] = result;
        }
        if let Some(finished) = &self.finished_at {
            state["finishedAt"] = json!(finished);
        }
        if self.retry_count > 0 {
            state["retryCount"] = json!(self.retry_count);
        }
        state
    }
}

/// Revisions and sources, in the form for one or for several.
fn place(value: &mut Value, several: bool, revisions: &[String], sources: &[Value]) {
    if several {
        value["revision"] = json!("");
        value["revisions"] = json!(revisions);
        value["sources"] = json!(sources);
    } else {
        value["revision"] = json!(revisions.first().cloned().unwrap_or_default());
        value["source"] = sources.first().cloned().unwrap_or_else(|| json!({}));
    }
}

/// The next entry of `status.history`.
pub(crate) fn history_entry(history: &Value, state: &OperationState) -> Value {
    let ids = history.as_array().into_iter().flatten();
    let last = ids.filter_map(|entry| entry["id"].as_u64()).max();
    let mut entry = json!({
        "id": last.map_or(0, |id| id + 1),
        "deployStartedAt": state.started_at,
        "deployedAt": state.finished_at,
        "initiatedBy": state.request.initiated_by,
    });
    place(&mut entry, state.several, &state.revisions, &state.sources);
    if state.several
        && let Some(entry) = entry.as_object_mut()
    {
        entry.remove("revision");
    }
    entry
}

/// What a status says of the last operation.
pub(crate) fn attempt_of(status: &Value) -> Option<Attempt> {
    let state = status
        .get("operationState")
        .filter(|state| state.is_object())?;
    let result = &state["syncResult"];
    let many = |one: &str, all: &str| match result[all].as_array() {
        Some(list) if !list.is_empty() => list.clone(),
        _ => Vec::from_iter(result.get(one).cloned()),
    };
    let mut revisions = texts(&many("revision", "revisions"));
    let has_begun = !revisions.is_empty();
    let asked = &state["operation"]["sync"];
    if !has_begun {
        let several = asked["revisions"].as_array().into_iter().flatten();
        revisions = texts(several.chain([&asked["revision"]]));
    }
    let sources = many("source", "sources")
        .into_iter()
        .map(serde_json::from_value);
    let sources = sources.collect::<Result<Vec<Source>, _>>().ok();
    let text = |field: &str| state[field].as_str().unwrap_or_default();
    let heals = &asked["autoHealAttemptsCount"];
    Some(Attempt {
        phase: serde_json::from_value(state["phase"].clone()).ok()?,
        message: text("message").to_owned(),
        synced: sources
            .filter(|sources| !sources.is_empty())
            .map(|sources| Synced {
                sources,
                revisions,
                has_begun,
            }),
        self_heal_attempts: u32::try_from(heals.as_u64().unwrap_or_default()).unwrap_or(u32::MAX),
        finished: clock::parse(text("finishedAt")),
    })
}

/// The texts among values that are not empty.
fn texts<'a>(values: impl IntoIterator<Item = &'a Value>) -> Vec<String> {
    let texts = values.into_iter().filter_map(Value::as_str);
    let texts = texts.filter(|text| !text.is_empty());
    texts.map(str::to_owned).collect()
}

/// One entry of `syncResult.resources`; none for what is no object of the sync's plan.
pub(crate) fn resource_result(row: &Row) -> Value {
    let object = &row.object;
    let (status, message) = result_of(row);
    let mut fields = Map::new();
    for (name, text) in [
        ("group", object.gvk.group.as_str()),
        ("version", &object.gvk.version),
        ("kind", &object.gvk.kind),
        ("namespace", &object.namespace),
        ("name", &object.name),
        ("message", &message),
        ("syncPhase", row.phase.as_str()),
    ] {
        fields.insert(name.to_owned(), json!(text));
    }
    if row.hook {
        fields.insert("hookType".to_owned(), json!(row.phase.as_str()));
        fields.insert("hookPhase".to_owned(), json!(hook_phase(row)));
    } else if !status.is_empty() {
        fields.insert("status".to_owned(), json!(status));
    }
    Value::Object(fields)
}

/// Argo CD's word, and kubectl's sentence.
fn result_of(row: &Row) -> (&'static str, String) {
    let told = |done: &str| match row.message.as_str() {
        "" => format!("{} {done}", kubectl_name(&row.object)),
        message => format!("{} {done}: {message}", kubectl_name(&row.object)),
    };
    match row.action {
        Action::Created => ("Synced", told("created")),
        Action::Configured => ("Synced", told("configured")),
        Action::Unchanged => ("Synced", told("unchanged")),
        Action::Ran => ("Synced", told("ran")),
        Action::Pruned => ("Pruned", "pruned".to_owned()),
        Action::Deleted => ("Pruned", "deleted".to_owned()),
        Action::NotPruned => {
            let why = if row.message.is_empty() {
                "ignored (requires pruning)"
            } else {
                &row.message
            };
            ("PruneSkipped", why.to_owned())
        }
        Action::Skipped => ("", row.message.clone()),
        Action::NotReached => ("", told("not reached")),
        Action::Failed => ("SyncFailed", row.message.clone()),
    }
}

fn hook_phase(row: &Row) -> &'static str {
    match row.action {
        Action::Failed => "Failed",
        Action::NotReached | Action::Skipped => "",
        Action::Ran => "Succeeded",
        _ => "Running",
    }
}

/// `deployment.apps/web`, as kubectl names it.
fn kubectl_name(object: &ObjectRef) -> String {
    let kind = object.gvk.kind.to_lowercase();
    if object.gvk.group.is_empty() {
        format!("{kind}/{}", object.name)
    } else {
        format!("{kind}.{}/{}", object.gvk.group, object.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{OperationState, attempt_of, history_entry};
    use crate::auto::OperationPhase;
    use crate::request::Request;
    use serde_json::{Value, json};

    fn state(several: bool) -> OperationState {
        let request = json!({"sync": {"revision": "abc"}, "initiatedBy": {"automated": true}});
        OperationState {
            request: Request::read(&request).expect("a request"),
            phase: OperationPhase::Succeeded,
            message: "successfully synced (all tasks run)".to_owned(),
            started_at: "T1".to_owned(),
            finished_at: Some("T2".to_owned()),
            retry_count: 0,
            revisions: vec!["abc".to_owned()],
            sources: vec![json!({"repoURL": "u"})],
            several,
            resources: vec![],
        }
    }

    #[test]
    fn a_history_grows_by_its_numbers() {
        let entry = history_entry(&Value::Null, &state(false));
        let expected = json!({
            "id": 0, "deployStartedAt": "T1", "deployedAt": "T2", "revision": "abc",
            "source": {"repoURL": "u"}, "initiatedBy": {"automated": true},
        });
        assert_eq!(entry, expected);
        let next = history_entry(&json!([{"id": 7}, {"id": 3}]), &state(true));
        assert_eq!(next["id"], 8);
        assert_eq!(next["revisions"], json!(["abc"]));
        assert_eq!(next.get("revision"), None);
    }

    #[test]
    fn an_operations_state_has_what_was_asked() {
        let written = state(false).written();
        assert_eq!(written["operation"]["sync"]["revision"], "abc");
        assert_eq!(written["phase"], "Succeeded");
        assert_eq!(written["syncResult"]["source"]["repoURL"], "u");
        let attempt = attempt_of(&json!({"operationState": written})).expect("an attempt");
        let synced = attempt.synced.expect("what was synced");
        assert_eq!(synced.revisions, ["abc"]);
        assert_eq!(synced.sources[0].repo_url, "u");
        assert!(synced.has_begun);
    }

    #[test]
    fn of_one_that_never_began_counts_what_it_was_asked_for() {
        for (asked, expected) in [
            (json!({"revision": "abc"}), vec!["abc"]),
            (json!({"revisions": ["a", "b"]}), vec!["a", "b"]),
            (json!({"manifests": ["{}"]}), vec![]),
        ] {
            let mut state = state(false);
            state.phase = OperationPhase::Failed;
            state.revisions.clear();
            state.request = Request::read(&json!({ "sync": asked })).expect("a request");
            let status = json!({"operationState": state.written()});
            let synced = attempt_of(&status).and_then(|attempt| attempt.synced);
            let synced = synced.expect("what it was to sync");
            assert_eq!(synced.revisions, expected, "{asked}");
            assert!(!synced.has_begun);
        }
    }
}
