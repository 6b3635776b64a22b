//! The way of a browser.

use std::time::{Duration, Instant};

use gantry_model::limits;
use http::StatusCode;
use serde_json::json;
use url::Url;

use crate::world::{Browser, Config, World, ask};

#[tokio::test]
async fn a_browser_comes_in_may_what_its_groups_may_and_goes() {
    let more = "logoutURL: https://id.example/out?hint={{token}}&back={{logoutRedirectURL}}\n";
    let world = World::new(Config {
        more,
        ..Config::default()
    })
    .await;
    let user = json!({"sub": "user-1", "email": "ada@shop.example", "groups": ["platform", "x"]});
    world.provider.user(user);
    let mut browser = Browser::default();
    let (_, page) = browser.follow(&format!("{}/", world.url)).await;
    assert!(page.text.contains("LOG IN VIA Company") && page.text.contains("/auth/login"));
    assert!(
        page.text.contains("name=\"password\""),
        "local accounts stay"
    );

    let (at, page) = browser
        .follow(&format!(
            "{}/auth/login?return_url=%2Fuser-info%3Fa%3Db",
            world.url
        ))
        .await;
    assert_eq!(at.as_str(), format!("{}/user-info?a=b", world.url));
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for text in ["ada@shop.example", "platform", world.provider.issuer()] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert!(!page.text.contains("Current password"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["argocd.token"]);
    let token = browser.session().expect("a session");
    assert_eq!(
        world.info(&token).await,
        json!({"loggedIn": true, "username": "ada@shop.example", "iss": world.provider.issuer(), "groups": ["platform", "x"]})
    );
    assert_eq!(world.can(&token, "applications/sync/shop/web").await, "yes");

    // A page of somebody else does not log out; ours does, and the token is worth nothing then.
    let out = format!("{}/auth/logout", world.url);
    let cookie = format!("argocd.token={token}");
    let foreign = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    assert_eq!(
        ask("GET", &out, &foreign, b"").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(world.who(&token).await.status, StatusCode::OK);
    let gone = browser.get(&out).await;
    let expected = format!("https://id.example/out?hint={token}&back={}", world.url);
    assert_eq!(
        (gone.status, gone.location()),
        (StatusCode::SEE_OTHER, expected.as_str())
    );
    assert!(browser.cookies.is_empty());
    assert_eq!(world.who(&token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_form_of_a_page_logs_out_at_the_provider_too() {
    let more = "logoutURL: https://id.example/out\n";
    let world = World::new(Config {
        more,
        ..Config::default()
    })
    .await;
    let mut browser = Browser::default();
    let (_, page) = browser.follow(&format!("{}/auth/login", world.url)).await;
    let csrf = page
        .text
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .expect("a form");
    let csrf = csrf.split('"').next().expect("a value").to_owned();
    let form = format!("csrf={csrf}");
    let out = browser
        .send("POST", &format!("{}/logout", world.url), &form)
        .await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.text);
    assert_eq!(out.headers["refresh"], "0; url=https://id.example/out");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_login_that_is_not_the_browsers_own_leads_nowhere() {
    let world = World::new(Config::default()).await;
    let mut browser = Browser::default();
    let callback = browser.until_callback(&world).await;
    let with = |name: &str, value: &str| {
        let mut url = callback.clone();
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .into_owned()
            .filter(|(known, _)| known != name)
            .collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair(name, value);
        url
    };
    let mut other = Browser::default();
    other.until_callback(&world).await;
    let cases: [(&str, Browser, Url, StatusCode); 5] = [
        (
            "no cookie",
            Browser::default(),
            callback.clone(),
            StatusCode::BAD_REQUEST,
        ),
        (
            "another login's cookie",
            other,
            callback.clone(),
            StatusCode::BAD_REQUEST,
        ),
        (
            "another state",
            browser.clone(),
            with("state", "other"),
            StatusCode::BAD_REQUEST,
        ),
        (
            "another code",
            browser.clone(),
            with("code", "other"),
            StatusCode::UNAUTHORIZED,
        ),
        (
            "another issuer",
            browser.clone(),
            with("iss", "https://evil.example"),
            StatusCode::UNAUTHORIZED,
        ),
    ];
    for (what, mut with, url, expected) in cases {
        let answer = with.get(url.as_str()).await;
        assert_eq!(answer.status, expected, "{what}: {}", answer.text);
        assert!(with.cookies.is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_a_token_for_its_login() {
    let world = World::new(Config::default()).await;
    let mut browser = Browser::default();
    let callback = browser.until_callback(&world).await;
    let mut again = browser.clone();
    assert_eq!(
        browser.get(callback.as_str()).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(browser.session().is_some());
    let replayed = again.get(callback.as_str()).await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED);
    assert!(again.session().is_none());

    world
        .provider
        .user(json!({"sub": "user-1", "nonce": "of another login"}));
    let (_, page) = Browser::default()
        .follow(&format!("{}/auth/login", world.url))
        .await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_the_provider_refuses_is_not_shown() {
    let world = World::new(Config::default()).await;
    world.provider.refuse(true);
    let mut browser = Browser::default();
    let mut callback = browser.until_callback(&world).await;
    // CVE-2022-24905, CVE-2022-31102: texts in an address are not ours.
    callback
        .query_pairs_mut()
        .append_pair("error_description", "<script>Call the number</script>");
    let page = browser.get(callback.as_str()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("has refused the login") && !page.text.contains("the number"));
}

#[tokio::test]
async fn a_login_leads_to_no_other_host() {
    let world = World::new(Config::default()).await;
    for place in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:x",
    ] {
        let mut url = Url::parse(&world.url)
            .expect("a URL")
            .join("/auth/login")
            .expect("one");
        url.query_pairs_mut().append_pair("return_url", place);
        let answer = Browser::default().get(url.as_str()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{place}");
        assert!(answer.text.contains("Invalid redirect URL") && answer.location().is_empty());
    }
    // A host that somebody else's proxy or a forger names is not the way back.
    let begin = format!("{}/auth/login", world.url);
    let answer = ask("GET", &begin, &[("x-forwarded-host", "evil.example")], b"").await;
    assert!(
        answer.location().starts_with(world.provider.issuer()),
        "{}",
        answer.location()
    );
    assert!(!answer.location().contains("evil"));
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_and_local_accounts_go_on() {
    let world = World::new(Config::default()).await;
    world.provider.set_down(true);
    let mut browser = Browser::default();
    let begin = format!("{}/auth/login", world.url);
    let began = Instant::now();
    for _ in 0..5 {
        let page = browser.get(&begin).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            page.text
                .contains("The identity provider Company cannot be reached now")
        );
    }
    let asked = world.provider.asked().len();
    let is_soon = began.elapsed() < Duration::from_secs(limits::SSO_RETRY_SECS);
    assert!(
        asked == 1 || !is_soon,
        "it is left in peace for a while: {asked}"
    );
    let token = world
        .provider
        .token(&json!({}), &json!({}))
        .expect("a token");
    let who = world.who(&token).await;
    assert_eq!(who.status, StatusCode::UNAUTHORIZED);
    assert!(who.text.contains("cannot be asked"), "{}", who.text);
    let form = format!("username=admin&password={}", world.password);
    let page = browser
        .send("POST", &format!("{}/login", world.url), &form)
        .await;
    assert_eq!(
        (page.status, page.location()),
        (StatusCode::SEE_OTHER, "/applications")
    );

    world.provider.set_down(false);
    tokio::time::sleep(Duration::from_secs(limits::SSO_RETRY_SECS)).await;
    assert_eq!(world.who(&token).await.status, StatusCode::OK);
    // Its keys are known: who is in stays in while it is away.
    world.provider.set_down(true);
    assert_eq!(world.who(&token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_public_client_comes_in_by_pkce_alone() {
    let world = World::new(Config {
        secret: None,
        ..Config::default()
    })
    .await;
    let mut browser = Browser::default();
    let (_, page) = browser.follow(&format!("{}/auth/login", world.url)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(browser.session().is_some());
}

#[tokio::test]
async fn a_token_of_many_groups_is_spread_over_cookies() {
    let world = World::new(Config::default()).await;
    let groups: Vec<String> = (0..200)
        .map(|n| format!("group-with-a-long-name-{n}"))
        .collect();
    world
        .provider
        .user(json!({"sub": "user-1", "groups": groups}));
    let mut browser = Browser::default();
    let (_, page) = browser
        .follow(&format!("{}/auth/login?return_url=/user-info", world.url))
        .await;
    assert!(
        page.text.contains("group-with-a-long-name-199"),
        "{}",
        page.status
    );
    assert!(browser.cookies.len() > 1 && browser.cookies.contains_key("argocd.token-1"));
    // A later login by password leaves none of them behind to be read.
    let form = format!("username=admin&password={}", world.password);
    browser
        .send("POST", &format!("{}/login", world.url), &form)
        .await;
    let (_, page) = browser.follow(&format!("{}/user-info", world.url)).await;
    assert!(page.text.contains("<dd>argocd</dd>"), "{}", page.text);
}
