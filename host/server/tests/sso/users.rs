//! Whom a token is about, and what they may.

use gantry_store::Kind;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Browser, Config, World, asked_at};

#[tokio::test]
async fn groups_are_the_claims_that_are_named() {
    let rbac = json!({
        "scopes": "[groups, roles, email]",
        "policy.csv": "p, ada@shop.example, applications, get, shop/*, allow\n\
                       p, user-2, applications, get, shop/*, allow\n\
                       p, role:dev, applications, get, shop/*, allow\n\
                       g, dev, role:dev\ng, ada@shop.example, role:dev",
    });
    let world = World::new(Config {
        rbac,
        ..Config::default()
    })
    .await;
    let cases: [(Value, &str); 7] = [
        (json!({"groups": ["dev"]}), "yes"),
        (json!({"roles": "dev"}), "yes"),
        (json!({"email": "ada@shop.example"}), "yes"),
        (json!({"sub": "user-2"}), "yes"),
        (json!({"federated_claims": {"user_id": "user-2"}}), "yes"),
        (json!({"groups": ["other"]}), "no"),
        (
            json!({"groups": {"dev": true}, "sub": "proj:shop:dev"}),
            "no",
        ),
    ];
    for (claims, expected) in cases {
        let token = world.provider.token(&json!({}), &claims).expect("a token");
        let can = world.can(&token, "applications/get/shop/web").await;
        assert_eq!(can, expected, "{claims}");
    }
}

#[tokio::test]
async fn groups_are_asked_for_where_the_token_does_not_tell_them() {
    let more = "enableUserInfoGroups: true\nuserInfoPath: /me\nuserInfoCacheExpiration: 1h\n";
    let world = World::new(Config {
        more,
        ..Config::default()
    })
    .await;
    let login = format!("{}/auth/login", world.url);
    world
        .provider
        .info(json!({"sub": "user-1", "groups": ["platform"]}));
    let mut browser = Browser::default();
    let (_, page) = browser.follow(&login).await;
    assert_eq!(page.status, StatusCode::OK);
    let token = browser.session().expect("a session");
    assert_eq!(world.can(&token, "applications/sync/shop/web").await, "yes");
    let asked = world.provider.asked();
    let asked = asked.iter().filter(|path| *path == "/realm/me").count();
    assert_eq!(asked, 1, "what was told is kept");

    // Whom it tells of is whom it was asked about.
    world.provider.user(json!({"sub": "user-2"}));
    let mut other = Browser::default();
    let (_, page) = other.follow(&login).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(other.session().is_none());
    // And a token that has not come by a login here has no groups that could be asked for.
    let token = world
        .provider
        .token(&json!({}), &json!({"sub": "user-3"}))
        .expect("a token");
    assert_eq!(world.who(&token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn groups_are_known_to_other_replicas_and_after_a_restart() {
    let more = "enableUserInfoGroups: true\nuserInfoPath: /me\n";
    let world = World::new(Config {
        more,
        ..Config::default()
    })
    .await;
    let told = json!({"sub": "user-1", "groups": ["platform"]});
    world.provider.info(told);
    let early = world.replica().await;
    let token = |subject: &str| {
        let claims = json!({"sub": subject});
        world.provider.token(&json!({}), &claims).expect("a token")
    };
    // Before the login nobody can ask, for this token once in a while.
    let before = token("user-1");
    let path = "account/can-i/applications/sync/shop/web";
    let refused = asked_at(&early, &before, path).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);

    let mut browser = Browser::default();
    let (_, page) = browser.follow(&format!("{}/auth/login", world.url)).await;
    assert_eq!(page.status, StatusCode::OK);
    let session = browser.session().expect("a session");
    for replica in [early, world.replica().await] {
        let answer = asked_at(&replica, &session, path).await;
        assert_eq!(answer.json()["value"], "yes", "{replica}");
        let stranger = asked_at(&replica, &token("user-3"), path).await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    }
    let secrets = world.home.list(Kind::Secret).await.expect("a list");
    let kept = secrets
        .iter()
        .filter(|secret| secret.name().starts_with("gantry-sso-logins-"));
    let entries = kept.map(|secret| {
        secret.value()["data"]
            .as_object()
            .map_or(0, |all| all.len())
    });
    assert_eq!(entries.collect::<Vec<_>>(), [1], "one user has logged in");
}
