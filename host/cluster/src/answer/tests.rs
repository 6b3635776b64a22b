use gantry_model::Object;
use serde_json::{Value, json};

use super::*;

fn error(code: u16, retry_after_secs: Option<u64>, body: &str) -> ClusterError {
    let gvk = Gvk::parse("apps/v1", "Deployment");
    let asked = Asked {
        cluster: "one",
        gvk: Some(&gvk),
        hidden: &Hidden::default(),
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

#[test]
fn each_status_is_one_error() {
    let gvk = Gvk::parse("apps/v1", "Deployment");
    let text = |text: &str| text.to_owned();
    let none = json!({});
    let says = |message: &str, reason: &str| {
        let body = json!({"kind": "Status", "message": message, "reason": reason});
        body.to_string()
    };
    let overloaded = |message: &str, retry_after_secs| ClusterError::Overloaded {
        message: message.to_owned(),
        retry_after_secs,
    };
    let refused = ClusterError::Unreachable {
        cluster: text("one"),
        reason: text("the server does not accept the credentials"),
    };
    let unknown = ClusterError::UnknownKind(gvk);
    let web = status(
        "deployments.apps \"web\" not found",
        "NotFound",
        &json!({"name": "web"}),
    );
    let quota = says("exceeded quota", "Forbidden");
    let cases = [
        (
            400,
            None,
            says("unknown field", "BadRequest"),
            ClusterError::Invalid(text("unknown field")),
        ),
        (401, None, says("Unauthorized", "Unauthorized"), refused),
        (
            403,
            None,
            quota,
            ClusterError::Forbidden(text("exceeded quota")),
        ),
        (
            404,
            None,
            web,
            ClusterError::NotFound(text("deployments.apps \"web\"")),
        ),
        (404, None, text("404 page not found\n"), unknown.clone()),
        (
            404,
            None,
            says(
                "the server could not find the requested resource",
                "NotFound",
            ),
            unknown,
        ),
        (
            409,
            None,
            says("object has been modified", "Conflict"),
            ClusterError::Transient(text("object has been modified")),
        ),
        (
            409,
            None,
            says("already exists", "AlreadyExists"),
            ClusterError::Transient(text("already exists")),
        ),
        (
            422,
            None,
            says("wrong", "Invalid"),
            ClusterError::Invalid(text("wrong")),
        ),
        (
            429,
            Some(7),
            says("slow down", "TooManyRequests"),
            overloaded("slow down", Some(7)),
        ),
        (
            429,
            None,
            status("slow", "", &json!({"retryAfterSeconds": 2})),
            overloaded("slow", Some(2)),
        ),
        (
            503,
            Some(1),
            says("starting", ""),
            overloaded("starting", Some(1)),
        ),
        (
            503,
            None,
            text("  <html>\n gone"),
            ClusterError::Transient(text("the server answered 503: <html> gone")),
        ),
        (
            500,
            None,
            says("webhook", "InternalError"),
            ClusterError::Transient(text("webhook")),
        ),
        (
            504,
            None,
            status("late", "Timeout", &none),
            ClusterError::Transient(text("late")),
        ),
        (
            418,
            None,
            text(""),
            ClusterError::Other(text("the server answered 418")),
        ),
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
    let asked = Asked {
        cluster: "one",
        gvk: None,
        hidden: &hidden,
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
