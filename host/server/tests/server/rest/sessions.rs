//! Sessions of browsers: they go on, they end, and the login page says only what is ours.

use serde_json::json;

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
