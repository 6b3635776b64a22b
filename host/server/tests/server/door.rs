//! Webhooks, health and metrics.

use std::time::Duration;

use crate::world::{Client, Door, Told};
use gantry_server::{Bounds, Surface};
use http::{StatusCode, Version};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn push(reference: &str) -> String {
    let body = json!({
        "ref": reference, "before": "1".repeat(40), "after": "2".repeat(40), "forced": false,
        "commits": [{"modified": ["apps/web/a.yaml"]}],
        "repository": {"html_url": "https://git.example/org/app", "default_branch": "main"},
    });
    body.to_string()
}

const PUSH: [(&str, &str); 2] = [
    ("x-github-event", "push"),
    ("content-type", "application/json"),
];

fn signed(body: &str, secret: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let code = ring::hmac::sign(&key, body.as_bytes());
    let hex: String = code.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256={hex}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_reaches_the_plane_after_its_answer() {
    let door = Door::open(Told::default(), Bounds::default()).await;
    let client = Client::new(&door);
    let body = push("refs/heads/main");
    let answer = client.post("/api/webhook", &PUSH, body.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let pushes = door.pushes(1).await;
    assert_eq!(pushes[0].revision, "main");
    assert!(pushes[0].default_branch);

    // By its path too, and only there.
    let answer = client
        .post(
            "/api/webhook/github",
            &PUSH,
            push("refs/tags/v1").as_bytes(),
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(door.pushes(2).await[1].revision, "v1");
    for (path, status) in [
        ("/api/webhook/gitlab", StatusCode::BAD_REQUEST),
        ("/api/webhook/other", StatusCode::NOT_FOUND),
        ("/api/webhook/", StatusCode::NOT_FOUND),
        ("/api", StatusCode::NOT_FOUND),
    ] {
        let answer = client.post(path, &PUSH, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
    }
    let answer = client.get("/api/webhook").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(door.end().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_plane_delays_no_answer_and_a_panic_ends_nothing() {
    let told = Told {
        slow: Duration::from_secs(2),
        panics_at: Some("bad".to_owned()),
        ..Told::default()
    };
    let door = Door::open(told, Bounds::default()).await;
    let client = Client::new(&door);
    let began = std::time::Instant::now();
    for reference in ["refs/heads/bad", "refs/heads/a", "refs/heads/b"] {
        let body = push(reference);
        let answer = client.post("/api/webhook", &PUSH, body.as_bytes()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert!(began.elapsed() < Duration::from_secs(2));
    // What waits when the server ends is handed over before it does.
    let revisions: Vec<_> = door.end().await.into_iter().map(|p| p.revision).collect();
    assert_eq!(revisions, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_lets_in_who_knows_it() {
    let door = Door::open(Told::with_github_secret("s3cret"), Bounds::default()).await;
    let client = Client::new(&door);
    let body = push("refs/heads/main");
    let good = signed(&body, "s3cret");
    let bad = signed(&body, "guess");
    let post = async |body: &str, signature: Option<&str>| {
        let mut headers = PUSH.to_vec();
        headers.extend(signature.map(|signature| ("x-hub-signature-256", signature)));
        let answer = client.post("/api/webhook", &headers, body.as_bytes()).await;
        assert!(!answer.text.contains("s3cret"));
        answer.status
    };
    assert_eq!(post(&body, None).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(&body, Some(&bad)).await, StatusCode::UNAUTHORIZED);
    let other = push("refs/heads/other");
    assert_eq!(post(&other, Some(&good)).await, StatusCode::UNAUTHORIZED);
    // Nothing is told of a body to who has no proof.
    assert_eq!(post("{", None).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(&body, Some(&good)).await, StatusCode::OK);
    assert_eq!(door.end().await.len(), 1);

    let told = Told {
        secrets_unknown: true,
        ..Told::default()
    };
    let door = Door::open(told, Bounds::default()).await;
    let answer = Client::new(&door)
        .post("/api/webhook", &PUSH, body.as_bytes())
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(door.end().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_push_is_told() {
    let door = Door::open(Told::default(), Bounds::default()).await;
    let client = Client::new(&door);
    let form = [
        ("x-github-event", "push"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let star = [("x-github-event", "star")];
    let cases = [
        (&[][..], "{}", StatusCode::BAD_REQUEST, "no header names"),
        (&PUSH, "{", StatusCode::BAD_REQUEST, "is not the JSON"),
        (&PUSH, "{}", StatusCode::BAD_REQUEST, "missing field `ref`"),
        (
            &form,
            "payload=%7B%7D",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "application/json",
        ),
        (&star, "{}", StatusCode::OK, "ignored"),
    ];
    for (headers, body, status, text) in cases {
        let answer = client.post("/api/webhook", headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        assert!(answer.text.contains(text), "{body}: {}", answer.text);
    }
    assert!(door.end().await.is_empty());
}

/// A body without end, from anyone, fills the memory.
#[tokio::test(flavor = "multi_thread")]
async fn cve_2024_40634_a_body_has_a_bound_said_or_not() {
    let door = Door::open(Told::default(), Bounds::default()).await;
    let mut stream = TcpStream::connect(door.address)
        .await
        .expect("a connection");
    let head = "POST /api/webhook HTTP/1.1\r\nhost: h\r\nx-github-event: push\r\ncontent-length: 26214401\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    assert!(first_line(&mut stream).await.contains(" 413 "));

    let mut stream = TcpStream::connect(door.address)
        .await
        .expect("a connection");
    let head = "POST /api/webhook HTTP/1.1\r\nhost: h\r\nx-github-event: push\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
    let mut sent = 0;
    // It may be cut off while it is sent.
    while sent < 64 && stream.write_all(&chunk).await.is_ok() {
        sent += 1;
    }
    assert!((25..64).contains(&sent), "{sent} MiB were taken");
    assert!(door.end().await.is_empty());
}

/// The same by many at once, each within the bound of one.
#[tokio::test(flavor = "multi_thread")]
async fn all_bodies_together_have_a_bound() {
    let door = Door::open(Told::default(), Bounds::default()).await;
    let head = "POST /api/webhook HTTP/1.1\r\nhost: h\r\nx-github-event: push\r\ncontent-length: 26000000\r\n\r\n";
    let part = vec![b' '; 25_000_000];
    let mut streams = Vec::new();
    let mut refused = 0;
    for _ in 0..4 {
        let mut stream = TcpStream::connect(door.address)
            .await
            .expect("a connection");
        stream.write_all(head.as_bytes()).await.expect("sent");
        // One that is refused is closed while it sends.
        let _ = stream.write_all(&part).await;
        let wait = Duration::from_millis(500);
        if let Ok(line) = tokio::time::timeout(wait, first_line(&mut stream)).await {
            assert!(line.is_empty() || line.contains(" 503 "), "{line}");
            refused += 1;
        }
        streams.push(stream);
    }
    assert_eq!(refused, 2);
    // What it took comes back with the connections.
    drop(streams);
    let client = Client::new(&door);
    let mut text = push("refs/heads/main").into_bytes();
    text.resize(20_000_000, b' ');
    let mut accepted = false;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answer = client.post("/api/webhook", &PUSH, &text).await;
        accepted = answer.status == StatusCode::OK;
        if accepted {
            break;
        }
    }
    assert!(accepted);
    door.end().await;
}

async fn first_line(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 64];
    let read = stream.read(&mut buffer).await.unwrap_or(0);
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn unproven_webhooks_have_a_rate() {
    let door = Door::open(Told::default(), Bounds::default()).await;
    let client = Client::new(&door);
    let body = push("refs/heads/main");
    let mut accepted = 0;
    let refused = loop {
        let answer = client.post("/api/webhook", &PUSH, body.as_bytes()).await;
        match answer.status {
            StatusCode::OK if accepted < 1_000 => accepted += 1,
            _ => break answer,
        }
    };
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "1");
    assert!((100..300).contains(&accepted), "{accepted}");
    // Others are served meanwhile.
    assert_eq!(client.get("/healthz").await.status, StatusCode::OK);
    let metrics = client.get("/metrics").await.text;
    let line = "gantry_webhook_requests_total{provider=\"github\",code=\"429\"} 1";
    assert!(metrics.lines().any(|l| l == line), "{metrics}");
    assert_eq!(door.end().await.len(), accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_what_the_plane_says() {
    let told = Told {
        not_ready: Some("cluster https://hidden does not answer".to_owned()),
        ..Told::default()
    };
    let door = Door::open(told, Bounds::default()).await;
    let client = Client::new(&door);
    for (path, status) in [
        ("/healthz", StatusCode::OK),
        ("/healthz?full=false", StatusCode::OK),
        ("/healthz?full=true", StatusCode::SERVICE_UNAVAILABLE),
        ("/readyz", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.text.contains("hidden"), "{}", answer.text);
    }
    let metrics = client.get("/metrics").await;
    assert_eq!(
        metrics.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    for line in [
        "plane_up 1",
        "gantry_http_requests_total{route=\"/readyz\",code=\"503\"} 1",
        "# TYPE gantry_process_resident_memory_bytes gauge",
    ] {
        let found = metrics.text.lines().any(|l| l == line);
        assert!(
            found || !cfg!(target_os = "linux"),
            "{line}: {}",
            metrics.text
        );
    }
    let headers = client.get("/healthz").await.headers;
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(!headers.contains_key("strict-transport-security"));
    assert_eq!(headers["x-request-id"].len(), 16);
    let given = client
        .send("GET", "/healthz", &[("x-request-id", "a-1")], b"")
        .await;
    assert_eq!(given.headers["x-request-id"], "a-1");
    let given = client
        .send("GET", "/healthz", &[("x-request-id", "a b")], b"")
        .await;
    assert_ne!(given.headers["x-request-id"], "a b");
    door.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_surface_shows_its_own_only() {
    for (surface, webhook, metrics) in [
        (
            Surface::Webhooks,
            StatusCode::BAD_REQUEST,
            StatusCode::NOT_FOUND,
        ),
        (
            Surface::Public,
            StatusCode::BAD_REQUEST,
            StatusCode::NOT_FOUND,
        ),
        (Surface::Metrics, StatusCode::NOT_FOUND, StatusCode::OK),
    ] {
        let door = Door::open_surface(Told::default(), Bounds::default(), surface).await;
        let client = Client::new(&door);
        let answer = client.post("/api/webhook", &[], b"").await;
        assert_eq!(answer.status, webhook, "{surface:?}");
        assert_eq!(client.get("/metrics").await.status, metrics, "{surface:?}");
        assert_eq!(client.get("/healthz").await.status, StatusCode::OK);
        door.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_too() {
    let door = Door::open(Told::default(), Bounds::default()).await;
    let client = Client::http2(&door);
    let body = push("refs/heads/main");
    let answer = client.post("/api/webhook", &PUSH, body.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.version, Version::HTTP_2);
    assert_eq!(door.end().await.len(), 1);
}
