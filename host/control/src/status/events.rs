//! What is told of an application when its state changes, in Argo CD's words.

use gantry_store::{Event, Reason};
use serde_json::Value;

use super::outcome::OperationState;
use crate::auto::OperationPhase;
use crate::request::Request;

/// What has changed between two statuses that somebody wants to hear of.
pub(crate) fn changes(before: &Value, after: &Value) -> Vec<Event> {
    let of = |status: &Value, field: &str| {
        let state = status[field]["status"].as_str();
        state.unwrap_or_default().to_owned()
    };
    let fields = ["sync", "health"].into_iter();
    let told = fields.filter_map(|field| {
        let (was, is) = (of(before, field), of(after, field));
        let message = format!("Updated {field} status: {was} -> {is}");
        (was != is).then(|| Event::new(Reason::ResourceUpdated, message))
    });
    told.collect()
}

/// An operation begins. `target` is what the sources follow, where it names no revision itself.
pub(crate) fn started(request: &Request, target: &[String]) -> Event {
    let sync = &request.sync;
    let named = if sync.revision.is_empty() {
        sync.revisions.clone()
    } else {
        vec![sync.revision.clone()]
    };
    let revisions = if named.is_empty() {
        target.join(", ")
    } else {
        named.join(", ")
    };
    if request.initiated_by.automated {
        let message = format!("Initiated automated sync to '{revisions}'");
        return Event::new(Reason::OperationStarted, message);
    }
    let part = if sync.resources.is_empty() {
        ""
    } else {
        "partial "
    };
    let did = if request.brings_manifests() {
        format!("initiated {part}sync locally")
    } else {
        format!("initiated {part}sync to {revisions}")
    };
    Event::by(
        Reason::OperationStarted,
        &request.initiated_by.username,
        &did,
    )
}

/// An operation is over.
pub(crate) fn ended(state: &OperationState) -> Event {
    let what = if state.request.sync.resources.is_empty() {
        "Sync operation"
    } else {
        "Partial sync operation"
    };
    let to = if state.revisions.is_empty() {
        String::new()
    } else {
        format!(" to {}", state.revisions.join(", "))
    };
    if state.phase == OperationPhase::Succeeded {
        let message = format!("{what}{to} succeeded");
        return Event::new(Reason::OperationCompleted, message);
    }
    let message = format!("{what}{to} failed: {}", state.message);
    Event::new(Reason::OperationCompleted, message).warning()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests {
    use gantry_store::{Event, Reason};
    use serde_json::{Value, json};

    use super::{changes, ended, started};
    use crate::auto::OperationPhase;
    use crate::request::Request;
    use crate::status::OperationState;

    fn updated(message: &str) -> Event {
        Event::new(Reason::ResourceUpdated, message)
    }

    /// Without when they happened.
    fn same(found: &[Event], expected: &[Event]) -> bool {
        let plain = |all: &[Event]| {
            let plain = all
                .iter()
                .map(|event| event.clone().at(std::time::UNIX_EPOCH));
            plain.collect::<Vec<_>>()
        };
        plain(found) == plain(expected)
    }

    #[test]
    fn a_change_of_state_is_told_and_nothing_else() {
        let status = |sync: &str, health: &str, more: &str| json!({"sync": {"status": sync, "revision": more}, "health": {"status": health}});
        for (before, after, expected) in [
            (
                Value::Null,
                status("OutOfSync", "Missing", "a"),
                vec![
                    updated("Updated sync status:  -> OutOfSync"),
                    updated("Updated health status:  -> Missing"),
                ],
            ),
            (
                status("Synced", "Healthy", "a"),
                status("Synced", "Healthy", "b"),
                vec![],
            ),
            (
                status("Synced", "Progressing", "a"),
                status("Synced", "Healthy", "a"),
                vec![updated("Updated health status: Progressing -> Healthy")],
            ),
        ] {
            let found = changes(&before, &after);
            assert!(same(&found, &expected), "{before} {after}: {found:?}");
        }
    }

    #[test]
    fn operations_begin_and_end() {
        let read = |operation: Value| Request::read(&operation).expect("a request");
        let target = ["main".to_owned(), "1.*".to_owned()];
        let automated = json!({"initiatedBy": {"automated": true}, "sync": {"revision": "abc"}});
        let by = |did: &str| Event::by(Reason::OperationStarted, "ada", did);
        let ada = |sync: Value| json!({"initiatedBy": {"username": "ada"}, "sync": sync});
        let part =
            json!({"resources": [{"kind": "Service", "name": "web"}], "revisions": ["a", "b"]});
        for (operation, expected) in [
            (
                automated,
                Event::new(
                    Reason::OperationStarted,
                    "Initiated automated sync to 'abc'",
                ),
            ),
            (ada(json!({})), by("initiated sync to main, 1.*")),
            (ada(part.clone()), by("initiated partial sync to a, b")),
            (
                ada(json!({"manifests": ["{}"]})),
                by("initiated sync locally"),
            ),
            (
                json!({"sync": {"revision": "v1"}}),
                Event::by(Reason::OperationStarted, "", "initiated sync to v1"),
            ),
        ] {
            let found = started(&read(operation.clone()), &target);
            assert!(
                same(std::slice::from_ref(&found), &[expected]),
                "{operation}: {found:?}"
            );
        }
        let state = |phase, sync: Value, revisions: &[&str]| OperationState {
            request: read(ada(sync)),
            phase,
            message: "it broke".to_owned(),
            started_at: String::new(),
            finished_at: None,
            retry_count: 0,
            revisions: revisions.iter().map(|r| (*r).to_owned()).collect(),
            sources: Vec::new(),
            several: false,
            resources: Vec::new(),
        };
        let over = |message: &str| Event::new(Reason::OperationCompleted, message);
        for (state, expected) in [
            (
                state(OperationPhase::Succeeded, json!({}), &["abc"]),
                over("Sync operation to abc succeeded"),
            ),
            (
                state(OperationPhase::Failed, part, &["a", "b"]),
                over("Partial sync operation to a, b failed: it broke").warning(),
            ),
            (
                state(OperationPhase::Error, json!({}), &[]),
                over("Sync operation failed: it broke").warning(),
            ),
        ] {
            let found = ended(&state);
            assert!(same(std::slice::from_ref(&found), &[expected]), "{found:?}");
        }
    }
}
