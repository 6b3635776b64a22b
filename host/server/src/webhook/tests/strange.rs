//! Anything at all, for what a server is sent by strangers.

use gantry_model::{Push, WebhookSecrets};
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::Value;

use super::super::provider::Provider;
use super::super::{payload, proof};
use super::proofs::secrets;
use super::{event_of, headers};

/// JSON with the names that payloads have, and anything for their values.
fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "ref",
        "before",
        "after",
        "commits",
        "added",
        "repository",
        "links",
        "clone",
        "href",
        "self",
        "html",
        "push",
        "changes",
        "new",
        "old",
        "target",
        "hash",
        "name",
        "type",
        "id",
        "refId",
        "resource",
        "refUpdates",
        "eventType",
        "remoteUrl",
        "defaultBranch",
        "project",
        "web_url",
        "object_kind",
        "event_name",
        "html_url",
        "total_commits",
        "default_branch",
        "full_name",
    ]);
    let texts = prop::sample::select(vec![
        "",
        "refs/heads/main",
        "refs/tags/",
        "push",
        "git.push",
        "tag_push",
        "https://h/o/a",
        "0",
        "\u{0}é",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        texts.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8).prop_map(|entries| {
                let entries = entries.into_iter().map(|(k, v)| (k.to_owned(), v));
                Value::Object(entries.collect())
            }),
        ]
    })
}

/// A plane that does nothing.
struct Nobody;

impl crate::Plane for Nobody {
    fn pushed(&self, _: Push) {}

    fn is_ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn metrics(&self) -> String {
        String::new()
    }

    fn webhook_secrets(&self) -> Result<WebhookSecrets, String> {
        Ok(WebhookSecrets::default())
    }
}

/// The status that a body gets.
async fn status(path: &str, headers: HeaderMap, body: Vec<u8>) -> u16 {
    let (door, _waiting) = crate::door::Door::new(
        std::sync::Arc::new(Nobody),
        None,
        false,
        std::sync::Arc::default(),
        tokio::sync::watch::channel(false).1,
    );
    let router = crate::router::router(door.into(), crate::Surface::All, None);
    let mut request = http::Request::new(axum::body::Body::from(body));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    *request.headers_mut() = headers;
    let response = tower::ServiceExt::oneshot(router, request).await;
    response.expect("an answer").status().as_u16()
}

proptest! {
    #[test]
    fn no_body_gets_a_server_error(body in any_json(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        for provider in Provider::ALL {
            let event = event_of(provider);
            let sent = headers(&[(provider.event_header(), event), ("x-hook-uuid", "1")]);
            for body in [body.to_string().into_bytes(), bytes.clone()] {
                let path = format!("/api/webhook/{}", provider.name());
                let status = runtime.block_on(status(&path, sent.clone(), body));
                prop_assert!(matches!(status, 200 | 400), "{}: {}", path, status);
            }
        }
    }

    #[test]
    fn no_json_breaks_the_reading(body in any_json()) {
        let bytes = body.to_string();
        for provider in Provider::ALL {
            if let Ok(payload) = payload::read(provider, event_of(provider), bytes.as_bytes()) {
                prop_assert_eq!(payload.pushes.is_empty(), payload.ignored.is_some());
                for push in payload.pushes {
                    prop_assert!(!push.urls.is_empty());
                }
            }
        }
    }

    #[test]
    fn no_bytes_break_the_reading(body in prop::collection::vec(any::<u8>(), 0..200), given in "[ -~]{0,80}") {
        for provider in Provider::ALL {
            prop_assert!(payload::read(provider, event_of(provider), &body).is_err());
            let names = ["x-hub-signature-256", "x-hub-signature", "x-gitea-signature",
                "x-gogs-signature", "x-gitlab-token", "x-hook-uuid", "authorization"];
            let entries = names.map(|name| (name, given.as_str()));
            prop_assert!(proof::of(provider, &headers(&entries), &body, &secrets()).is_err());
        }
    }
}
