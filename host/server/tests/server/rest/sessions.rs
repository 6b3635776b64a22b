//! Sessions of browsers: they go on, they end, and the login page says only what is ours.

use std::time::Duration;

use gantry_model::limits;
use serde_json::json;
use tokio::io::AsyncReadExt;

use super::desk::{Desk, JSON};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_s_session_goes_on_and_ends() {
    let desk = Desk::open(json!({"users.session.duration": "4m"})).await;
    let cookie = format!("argocd.token={}", desk.token);
    let by_cookie = ("cookie", cookie.as_str());
    let answer = desk
        .send("GET", "/api/v1/applications", &[by_cookie], b"")
        .await;
    let renewed = answer.headers["set-cookie"]
        .to_str()
        .expect("a text")
        .to_owned();
    for part in [
        "argocd.token=",
        "Max-Age=240",
        "HttpOnly",
        "SameSite=Lax",
        "Path=/",
    ] {
        assert!(renewed.contains(part), "{renewed}");
    }
    let next = renewed.split(';').next().expect("a cookie").to_owned();
    let answer = desk
        .send("GET", "/api/v1/applications", &[("cookie", &next)], b"")
        .await;
    assert_eq!(answer.status, 200);
    // Scripts keep what they have.
    let bearer = format!("Bearer {}", desk.token);
    let answer = desk
        .send(
            "GET",
            "/api/v1/applications",
            &[("authorization", &bearer)],
            b"",
        )
        .await;
    assert!(!answer.headers.contains_key("set-cookie"));
    let out = desk
        .send("DELETE", "/api/v1/session", &[by_cookie, JSON], b"")
        .await;
    let cleared: Vec<&str> = out
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|c| c.to_str().ok())
        .collect();
    assert!(
        cleared.len() == 1 && cleared[0].starts_with("argocd.token=; "),
        "{cleared:?}"
    );
    for token in [&cookie, &next] {
        let answer = desk
            .send("GET", "/api/v1/applications", &[("cookie", token)], b"")
            .await;
        assert_eq!(answer.status, 401, "it was ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cve_2022_24905_an_address_cannot_put_words_into_the_login_page() {
    let desk = Desk::open(json!({})).await;
    for field in ["why", "message", "error", "has_sso_error", "sso_error"] {
        let path = format!("/login?{field}=Call+%2B1+555");
        let answer = desk.send("GET", &path, &[], b"").await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains("SIGN IN"), "{}", answer.text);
        assert!(!answer.text.contains("Call +1 555"), "{}", answer.text);
    }
    let away = desk
        .send(
            "GET",
            "/login?return_url=https%3A%2F%2Fevil.example",
            &[],
            b"",
        )
        .await;
    let back = "name=\"return_url\" value=\"/applications\"";
    assert!(away.text.contains(back), "{}", away.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_renew_a_session_too() {
    let desk = Desk::open(json!({"users.session.duration": "4m"})).await;
    let cookie = format!("argocd.token={}", desk.token);
    let page = desk
        .send("GET", "/applications", &[("cookie", &cookie)], b"")
        .await;
    let renewed = page.headers["set-cookie"].to_str().expect("a text");
    assert!(renewed.starts_with("argocd.token=ey"), "{renewed}");
    // A form that was loaded with the token before is still one of the session.
    let token = page
        .text
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .expect("a form");
    let token = token.split('"').next().expect("a token");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let next = renewed.split(';').next().expect("a cookie");
    let body = format!("csrf={token}");
    let out = desk
        .send(
            "POST",
            "/logout",
            &[("cookie", next), form],
            body.as_bytes(),
        )
        .await;
    assert_eq!(out.status, 303, "{}", out.text);
    for token in [cookie.as_str(), next] {
        let page = desk
            .send("GET", "/applications", &[("cookie", token)], b"")
            .await;
        assert_eq!(page.status, 303, "it was ended");
    }
}

/// A page that only stays open asks for nothing but its stream.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_session_is_to_go_on() {
    let lasts = format!("{}s", limits::SESSION_RENEW_SECS + 3);
    let desk = Desk::open(json!({"users.session.duration": lasts})).await;
    for path in ["/api/v1/stream/applications?name=web", "/applications/live"] {
        // Where the login took so long that the session could go on at once, again.
        for _ in 0..5 {
            let cookie = format!("argocd.token={}", desk.log_in().await);
            let headers = [("cookie", cookie.as_str()), ("accept", "text/event-stream")];
            let (head, mut stream) = desk.head_of(path, &headers).await;
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            if head.contains("set-cookie: ") {
                continue;
            }
            let mut rest = Vec::new();
            // The connection stays; the answer is complete.
            let ended = async {
                while !rest.ends_with(b"0\r\n\r\n") {
                    let count = stream.read_buf(&mut rest).await.expect("it is read");
                    assert_ne!(count, 0, "{path} was cut off");
                }
            };
            let patience = Duration::from_secs(60);
            tokio::time::timeout(patience, ended).await.expect(path);
            let (head, _) = desk.head_of(path, &headers).await;
            assert!(head.contains("set-cookie: argocd.token=ey"), "{head}");
            break;
        }
    }
}
