use gantry_model::Object;
use serde_json::{Value, json};

use super::*;

fn error(code: u16, retry_after_secs: Option<u64>, body: &str) -> ClusterError {
    let gvk = Gvk::parse("apps/v1", "Deployment");
    let asked = Asked {
        cluster: "one",
        gvk: Some(&gvk),
        call: &Call::get(""),
        certificate_has_ended: false,
    };
    asked.error(&Answer {
        code,
        retry_after_secs,
        body: body.to_owned().into(),
        ..Answer::default()
    })
}

fn status(message: &str, reason: &str, details: &Value) -> String {
    json!({"kind": "Status", "message": message, "reason": reason, "details": details}).to_string()
}

fn says(message: &str) -> String {
    status(message, "Reason", &json!({}))
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn a_refused_object_is_told() {
    let cases = [
        (400, ClusterError::Invalid(text("why"))),
        (405, ClusterError::Invalid(text("why"))),
        (422, ClusterError::Invalid(text("why"))),
        (403, ClusterError::Forbidden(text("why"))),
        (418, ClusterError::Other(text("why"))),
    ];
    for (code, expected) in cases {
        assert_eq!(error(code, None, &says("why")), expected, "{code}");
    }
    let schema = "failed to create typed patch object (a/b; apps/v1, Kind=Deployment): .x";
    let expected = ClusterError::Invalid(text(schema));
    assert_eq!(error(500, None, &says(schema)), expected);
    let refused = ClusterError::Unreachable {
        cluster: text("one"),
        reason: text("the server does not accept the credentials"),
    };
    assert_eq!(error(401, None, &says("Unauthorized")), refused);
}

#[test]
fn what_is_missing_is_an_object_or_a_kind() {
    let unknown = ClusterError::UnknownKind(Gvk::parse("apps/v1", "Deployment"));
    let web = json!({"name": "web"});
    let web = status("deployments.apps \"web\" not found", "NotFound", &web);
    let found = ClusterError::NotFound(text("deployments.apps \"web\""));
    assert_eq!(error(404, None, &web), found);
    assert_eq!(error(404, None, "404 page not found\n"), unknown);
    let nothing = "the server could not find the requested resource";
    assert_eq!(error(404, None, &says(nothing)), unknown);
}

#[test]
fn what_may_pass_is_tried_again() {
    let overloaded = |message: &str, retry_after_secs| ClusterError::Overloaded {
        message: text(message),
        retry_after_secs,
    };
    let transient = |message: &str| ClusterError::Transient(text(message));
    let pause = status("slow", "", &json!({"retryAfterSeconds": 2}));
    let cases = [
        (409, None, says("modified"), transient("modified")),
        (410, None, says("expired"), transient("expired")),
        (429, Some(7), says("slow"), overloaded("slow", Some(7))),
        (429, None, pause.clone(), overloaded("slow", Some(2))),
        (
            429,
            None,
            text(""),
            overloaded("the server answered 429", None),
        ),
        (500, None, says("webhook"), transient("webhook")),
        (
            503,
            Some(1),
            says("starting"),
            overloaded("starting", Some(1)),
        ),
        (
            503,
            None,
            text("<p>\n gone"),
            transient("the server answered 503: <p> gone"),
        ),
        (504, None, pause, transient("slow")),
    ];
    for (code, retry_after_secs, body, expected) in cases {
        assert_eq!(
            error(code, retry_after_secs, &body),
            expected,
            "{code} {body}"
        );
    }
}

#[test]
fn a_terminating_namespace_passes() {
    let details =
        json!({"causes": [{"reason": "NamespaceTerminating", "field": "metadata.namespace"}]});
    let body = status("being terminated", "Forbidden", &details);
    assert_eq!(
        error(403, None, &body),
        ClusterError::Transient("being terminated".into())
    );
}

#[test]
fn conflicts_name_manager_and_field() {
    let cause = |message: &str, field: &str| json!({"reason": "FieldManagerConflict", "message": message, "field": field});
    let details = json!({"causes": [
        cause("conflict with \"kubectl\" using v1", ".spec.replicas"),
        cause("conflict with \"a \\\"b\\\"\" with subresource \"scale\" using apps/v1 at 2026", ".spec.x"),
        cause("something new", ".spec.y"),
    ]});
    let body = status("Apply failed with 3 conflicts", "Conflict", &details);
    let conflict = |manager: &str, field: &str| FieldConflict {
        manager: manager.to_owned(),
        field: field.to_owned(),
    };
    let expected = ClusterError::Conflict(vec![
        conflict("kubectl", ".spec.replicas"),
        conflict("a \"b\"", ".spec.x"),
        conflict("something new", ".spec.y"),
    ]);
    assert_eq!(error(409, None, &body), expected);
}

#[test]
fn a_secret_is_not_quoted() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "hunter2"}});
    let hidden = Hidden::of(&Object::new(secret, None).expect("an object"));
    let mut call = Call::get("");
    call.hidden = hidden;
    let asked = Asked {
        cluster: "one",
        gvk: None,
        certificate_has_ended: true,
        call: &call,
    };
    for code in [400, 403, 404, 409, 418, 422, 429, 500] {
        let body = status("it says hunter2", "", &json!({}));
        let answer = Answer {
            code,
            body: body.into(),
            ..Answer::default()
        };
        let error = asked.error(&answer).to_string();
        assert!(error.contains("it says ***"), "{code}: {error}");
    }
}
