//! REST over real sockets: who is let in, what is refused in which words, and streams.

mod desk;
mod sessions;

use serde_json::{Value, json};

use desk::Desk;
use gantry_model::limits;

/// Who, method and path, further headers by name, body, status and gRPC's code, words of the answer.
const READS: &str = r#"
nobody | GET /api/version                                | | | 200 0 | v3.2.11+gantry
nobody | GET /api/v1/settings                            | | | 200 0 | userLoginsDisabled
forged | GET /api/v1/settings                            | | | 200 0 | userLoginsDisabled
nobody | GET /api/v1/session/userinfo                    | | | 200 0 | "loggedIn":false
nobody | GET /api/v1/applications                        | | | 401 16 | no session information
forged | GET /api/v1/applications                        | | | 401 16 | invalid session
header | GET /api/v1/applications                        | | | 200 0 | "name":"web"
cookie | GET /api/v1/applications                        | | | 200 0 | "name":"web"
header | GET /api/v1/applications/web                    | | | 200 0 | git.example
header | GET /api/v1/applications/none                   | | | 403 7 | permission denied
header | GET /api/v1/applications/none?project=default   | | | 404 5 | not found
header | GET /api/v1/applications/%ff                    | | | 400 3 | UTF-8
header | GET /api/v1/applications?selector=a+in+(        | | | 400 3 | selector
header | GET /api/v1/applications/                       | | | 404 5 | Not Found
header | GET /api/v1/nothing                             | | | 404 5 | Not Found
header | TRACE /api/v1/applications                      | | | 405 12 | Method Not Allowed
header | GET /api/v1/clusters/https%3A%2F%2Fnone.example | | | 404 5 | https://none.example
header | GET /api/v1/repositories/https%3A%2F%2Fa.example/helmcharts | | | 501 12 | GetHelmCharts
header | GET /api/v1/account/can-i/applications/sync/default%2Fweb | | | 200 0 | yes
header | GET /api/v1/projects/none                       | | | 404 5 | none
header | GET /api/v1/stream/applications?resourceVersion=x | | | 400 3 | resource
nobody | POST /api/v1/session | json | {"username": "admin", "password": "x"} | 401 16 | Invalid username or password
"#;

const WRITES: &str = r#"
cookie | PATCH /api/v1/applications/web  |                | {patch} | 415 3 | content type
cookie | PATCH /api/v1/applications/web  | text           | {patch} | 415 3 | content type
header | PATCH /api/v1/applications/web  | form           | {patch} | 415 3 | content type
cookie | DELETE /api/v1/applications/web |                |         | 415 3 | content type
cookie | PATCH /api/v1/applications/web  | json foreign   | {patch} | 403 7 | another site
cookie | PATCH /api/v1/applications/web  | json same-site | {patch} | 403 7 | another site
cookie | DELETE /api/v1/applications/web | json foreign   |         | 403 7 | another site
nobody | PATCH /api/v1/applications/web  | json           | {patch} | 401 16 | session
cookie | PATCH /api/v1/applications/web  | json own       | {patch} | 200 0 | web
cookie | PATCH /api/v1/applications/web  | json           | {patch} | 200 0 | web
header | PATCH /api/v1/applications/web  | json foreign   | {patch} | 200 0 | web
"#;

const BODIES: &str = r#"
nobody | POST /api/v1/session      | json | {small}       | 413 8 | too large
header | POST /api/v1/applications | json | {large}       | 413 8 | too large
header | POST /api/v1/applications | json | {small}       | 400 3 |
header | POST /api/v1/applications | json | {"metadata":  | 400 3 | no JSON
header | POST /api/v1/applications | json |               | 400 3 | no `application`
nobody | POST /api/v1/session      | json | [1]           | 400 3 | no object
nobody | POST /api/v1/session      | json |               | 401 16 | no credentials
header | POST /api/v1/applications/web/sync | json | {"manifests": "{}"} | 400 3 | manifests: this is no list
"#;

/// Headers by the names that the tables give them.
const HEADERS: [(&str, (&str, &str)); 6] = [
    ("json", ("content-type", "application/json")),
    ("text", ("content-type", "text/plain")),
    (
        "form",
        ("content-type", "application/x-www-form-urlencoded"),
    ),
    ("foreign", ("origin", "https://evil.example")),
    ("own", ("origin", "http://localhost")),
    ("same-site", ("sec-fetch-site", "same-site")),
];

fn header(name: &str) -> (&'static str, &'static str) {
    let found = HEADERS.iter().find(|(known, _)| *known == name);
    found.expect("a header of the table").1
}

fn body(text: &str) -> String {
    let name = |bytes: usize| json!({"metadata": {"name": "x".repeat(bytes)}}).to_string();
    match text {
        "{patch}" => r#"{"patch": "{}", "patchType": "merge"}"#.to_owned(),
        "{small}" => name(limits::API_BODY_UNKNOWN_MAX_BYTES + 1),
        "{large}" => name(limits::API_BODY_MAX_BYTES + 1),
        text => text.to_owned(),
    }
}

/// Each request of a table, and what it is answered with.
async fn check(table: &str) {
    let desk = Desk::open(json!({})).await;
    for line in table.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split(" |").map(str::trim).collect();
        let cells: [&str; 6] = cells.try_into().expect(line);
        let [who, request, headers, sent, expected, words] = cells;
        let (method, path) = request.split_once(' ').expect("a method");
        let (status, code) = expected.split_once(' ').expect("a status");
        let shown = match who {
            "header" => Some(("authorization", format!("Bearer {}", desk.token))),
            "forged" => Some((
                "authorization",
                "Bearer eyJhbGciOiJub25lIn0.e30.".to_owned(),
            )),
            "cookie" => Some(("cookie", format!("x=y; argocd.token={}", desk.token))),
            _ => None,
        };
        let shown = shown.as_ref().map(|(name, value)| (*name, value.as_str()));
        let mut headers: Vec<(&str, &str)> = headers.split_whitespace().map(header).collect();
        headers.extend(shown);
        let answer = desk
            .send(method, path, &headers, body(sent).as_bytes())
            .await;
        let said = format!("{line}: {} {}", answer.status, answer.text);
        assert_eq!(answer.status.as_str(), status, "{said}");
        assert!(answer.text.contains(words), "{said}");
        assert_eq!(answer.headers["content-type"], "application/json", "{said}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{said}");
        if code != "0" {
            let error: Value = serde_json::from_str(&answer.text).expect("JSON");
            assert_eq!(error["code"].to_string(), code, "{said}");
            assert_eq!(error["error"], error["message"], "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_or_refused_as_argo_cd_does() {
    check(READS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cve_2024_22424_writes_of_other_sites_are_refused() {
    check(WRITES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_read_up_to_a_size_that_is_small_for_strangers() {
    check(BODIES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_a_body() {
    let desk = Desk::open(json!({})).await;
    let head = desk.send("HEAD", "/api/version", &[], b"").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_chosen() {
    let desk = Desk::open(json!({})).await;
    let bearer = format!("Bearer {}", desk.token);
    for (fields, expected) in [
        (
            "items.metadata.name",
            json!([{"metadata": {"name": "api"}}, {"metadata": {"name": "web"}}]),
        ),
        (
            "items.metadata.name,items.spec.project&name=web",
            json!([{"metadata": {"name": "web"}, "spec": {"project": "default"}}]),
        ),
        (
            "-items.metadata,items.spec&name=web",
            json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}]),
        ),
    ] {
        let path = format!("/api/v1/applications?fields={fields}");
        let answer = desk
            .send("GET", &path, &[("authorization", &bearer)], b"")
            .await;
        let found: Value = serde_json::from_str(&answer.text).expect("JSON");
        assert_eq!(found["items"], expected, "{fields}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_events_for_browsers_and_lines_for_others() {
    let desk = Desk::open(json!({})).await;
    let bearer = format!("Bearer {}", desk.token);
    let who = ("authorization", bearer.as_str());
    let path = "/api/v1/stream/applications?name=web";
    let lines = desk.begin(path, &[who], "\"ADDED\"").await;
    assert!(
        lines.contains("content-type: application/json\r\n"),
        "{lines}"
    );
    assert!(lines.contains("\n{\"result\":{\""), "{lines}");
    let accept = ("accept", "text/event-stream");
    let events = desk.begin(path, &[who, accept], "\"ADDED\"").await;
    assert!(
        events.contains("content-type: text/event-stream\r\n"),
        "{events}"
    );
    assert!(events.contains("x-accel-buffering: no\r\n"), "{events}");
    assert!(events.contains("data: {\"result\":{\""), "{events}");
    // What is refused is no stream.
    let refused = desk.begin(path, &[accept], "\r\n\r\n{").await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert!(
        refused.contains("content-type: application/json\r\n"),
        "{refused}"
    );
}
