//! Tokens that are shown to the API, without any login here.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Config, World, ask};

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs()
}

#[tokio::test]
async fn only_what_the_provider_has_signed_for_us_and_is_good_now_counts() {
    let world = World::new(Config::default()).await;
    let good: [(&str, Value); 7] = [
        ("good", json!({})),
        ("the command line's", json!({"aud": "cli"})),
        ("one of several audiences", json!({"aud": ["x", "gantry"]})),
        (
            "expired by less than clocks differ",
            json!({"exp": now() - 20}),
        ),
        ("from a clock that is ahead", json!({"nbf": now() + 20})),
        ("fractions of seconds", json!({"exp": now() as f64 + 60.5})),
        ("without an id", json!({"jti": null})),
    ];
    for (what, claims) in good {
        let token = world.provider.token(&json!({}), &claims).expect("a token");
        assert_eq!(world.who(&token).await.status, StatusCode::OK, "{what}");
    }
    let claims: [(&str, Value); 17] = [
        ("another audience", json!({"aud": "other"})),
        ("no audience (CVE-2023-22482)", json!({"aud": null})),
        ("an audience that is no text", json!({"aud": {"gantry": 1}})),
        ("an empty list of audiences", json!({"aud": []})),
        ("another issuer", json!({"iss": "https://evil.example"})),
        (
            "nearly the issuer",
            json!({"iss": format!("{}/", world.provider.issuer())}),
        ),
        ("our own issuer", json!({"iss": "argocd", "sub": "admin"})),
        ("no issuer", json!({"iss": null})),
        ("expired", json!({"exp": now() - 120})),
        ("good for ever", json!({"exp": null})),
        ("an expiry that is a text", json!({"exp": "9999999999"})),
        ("an expiry out of all bounds", json!({"exp": 1e300})),
        ("not good yet", json!({"nbf": now() + 600})),
        ("not good before a text", json!({"nbf": "0"})),
        ("nobody's", json!({"sub": null})),
        ("of an empty name", json!({"sub": ""})),
        ("of a number", json!({"sub": 5})),
    ];
    for (what, claims) in claims {
        let token = world.provider.token(&json!({}), &claims).expect("a token");
        let who = world.who(&token).await;
        assert_eq!(who.status, StatusCode::UNAUTHORIZED, "{what}: {}", who.text);
    }
}

#[tokio::test]
async fn what_forgers_write_is_refused() {
    let world = World::new(Config::default()).await;
    let heads: [(&str, Value); 6] = [
        ("not signed", json!({"alg": "none"})),
        ("signed with the public key", json!({"alg": "HS256"})),
        ("another algorithm than signed it", json!({"alg": "ES256"})),
        ("no algorithm", json!({"alg": null})),
        (
            "an extension that must be understood",
            json!({"crit": ["x"]}),
        ),
        ("a logout", json!({"typ": "logout+jwt"})),
    ];
    for (what, head) in heads {
        let token = world.provider.token(&head, &json!({})).expect("a token");
        assert_eq!(
            world.who(&token).await.status,
            StatusCode::UNAUTHORIZED,
            "{what}"
        );
    }
    let token = world
        .provider
        .token(&json!({}), &json!({}))
        .expect("a token");
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    for broken in [
        format!("{signed}."),
        signed.to_owned(),
        format!("{token}.x"),
        format!("{signed}.{}", signature.replace(&signature[..2], "AA")),
        format!("{token}{}", "A".repeat(20_000)),
    ] {
        assert_eq!(world.who(&broken).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn keys_change_and_strangers_keys_cost_nothing() {
    let world = World::new(Config::default()).await;
    let old = world
        .provider
        .token(&json!({}), &json!({}))
        .expect("a token");
    assert_eq!(world.who(&old).await.status, StatusCode::OK);
    assert_eq!(
        world.provider.asked().len(),
        2,
        "its configuration, its keys"
    );

    world.provider.rotate(false).expect("a key");
    let new = world
        .provider
        .token(&json!({}), &json!({}))
        .expect("a token");
    assert_eq!(
        world.who(&new).await.status,
        StatusCode::OK,
        "an unknown key is looked for"
    );
    assert_eq!(world.who(&old).await.status, StatusCode::OK);
    assert_eq!(world.provider.asked().len(), 2);

    for id in ["first", "key-1", "unknown-1", "unknown-2"] {
        let forged = world.provider.stranger(id, &json!({})).expect("a token");
        assert_eq!(
            world.who(&forged).await.status,
            StatusCode::UNAUTHORIZED,
            "{id}"
        );
    }
    assert!(
        world.provider.asked().is_empty(),
        "it is left in peace for a while"
    );
}

#[tokio::test]
async fn a_token_may_lack_an_audience_where_that_is_set() {
    let more = "skipAudienceCheckWhenTokenHasNoAudience: true\nallowedAudiences: [other]\n";
    let world = World::new(Config {
        more,
        ..Config::default()
    })
    .await;
    for (claims, expected) in [
        (json!({"aud": null}), StatusCode::OK),
        (json!({"aud": "other"}), StatusCode::OK),
        (json!({"aud": "gantry"}), StatusCode::UNAUTHORIZED),
    ] {
        let token = world.provider.token(&json!({}), &claims).expect("a token");
        assert_eq!(world.who(&token).await.status, expected, "{claims}");
    }
}

#[tokio::test]
async fn everybody_may_know_how_to_log_in_and_nobody_the_secret() {
    let more =
        "requestedScopes: [openid, email]\nrequestedIDTokenClaims: {groups: {essential: true}}\n";
    let world = World::new(Config {
        more,
        ..Config::default()
    })
    .await;
    let answer = ask("GET", &format!("{}/api/v1/settings", world.url), &[], b"").await;
    assert_eq!(
        answer.json()["oidcConfig"],
        json!({
            "name": "Company",
            "issuer": world.provider.issuer(),
            "clientID": "gantry",
            "cliClientID": "cli",
            "scopes": ["openid", "email"],
            "enablePKCEAuthentication": false,
            "idTokenClaims": {"groups": {"essential": true}},
        })
    );
    assert!(!answer.text.contains("hush") && !answer.text.contains("oidc.secret"));
}
