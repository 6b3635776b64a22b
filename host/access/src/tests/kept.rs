//! What is written, by several at once, and what of it is read by whom.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gantry_model::Object;
use gantry_store::{Change, Event, Home, Kind, StoreError};
use serde_json::{Value, json};

use super::{HERE, World, config, object, world};
use crate::token::Claims;
use crate::{Access, AccessError};

const INITIAL: &str = "argocd-initial-admin-secret";

fn accounts() -> Object {
    config(
        "argocd-cm",
        json!({"accounts.ci": "apiKey", "accounts.dev": "apiKey, login"}),
    )
}

fn secret(name: &str, data: Value) -> Object {
    let labels = json!({"app.kubernetes.io/part-of": "argocd"});
    object(
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels}, "stringData": data}),
    )
}

async fn entries(home: &dyn Home, name: &str) -> Vec<String> {
    let found = home.get(Kind::Secret, "argocd", name).await.expect("read");
    let data = found.map(|found| found.value()["data"].clone());
    let data = data.as_ref().and_then(Value::as_object);
    data.into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect()
}

async fn another(world: &World) -> Access {
    let another = Access::new(Arc::clone(&world.home));
    let made = another.prepare(false).await.expect("prepared");
    assert_eq!(made, None, "there is a password");
    another
}

#[tokio::test]
async fn a_logout_ends_the_session_and_no_token_of_anybody() {
    let project = object(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "shop"},
        "spec": {"roles": [{"name": "dev", "policies": []}]},
    }));
    let (world, password) = world(&[accounts(), project]).await;
    let access = &world.access;
    let (role, entry) = access
        .project_token("shop", "dev", "same/id: ä", None)
        .expect("a token");
    let patch = json!({"status": {"jwtTokensByRole": {"dev": {"items": [entry]}}}});
    let written = world
        .home
        .patch(Kind::Project, "argocd", "shop", &patch)
        .await;
    access.project_written(written.expect("written"));
    let mut tokens = vec![role];
    for account in ["ci", "dev"] {
        let token = access.create_token(account, "same/id: ä", None).await;
        tokens.push(token.expect("a token"));
    }
    let before = entries(&*world.home, "argocd-secret").await;
    // A session that has, by some chance, the same id.
    let odd = Claims::new("admin:login".to_owned(), "same/id: ä".to_owned(), None);
    let odd = access.state().sign(&odd).expect("signed");
    let session = access
        .login("admin", &password, HERE)
        .await
        .expect("in")
        .token;
    for token in tokens.iter().chain([&odd]) {
        access.logout(token).await.expect("out");
    }
    let replica = another(&world).await;
    for access in [access, &replica] {
        assert!(access.caller(Some(&odd)).is_err(), "ended");
        for token in tokens.iter().chain([&session]) {
            assert!(access.caller(Some(token)).is_ok());
        }
    }
    assert_eq!(entries(&*world.home, "argocd-secret").await, before);
    assert_eq!(
        entries(&*world.home, "gantry-ended-sessions").await.len(),
        1
    );
    let nameless = Claims::new("admin:login".to_owned(), String::new(), None);
    let nameless = access.state().sign(&nameless).expect("signed");
    assert!(
        access.caller(Some(&nameless)).is_err(),
        "nothing could end it"
    );
}

#[tokio::test]
async fn no_replica_takes_back_what_another_has_given_out() {
    let (world, _) = world(&[accounts()]).await;
    let (one, other) = (&world.access, another(&world).await);
    // Neither has heard of what the other does.
    one.create_token("ci", "a", None).await.expect("given out");
    other
        .create_token("ci", "b", None)
        .await
        .expect("given out");
    let taken = other.create_token("ci", "a", None).await;
    assert!(matches!(taken, Err(AccessError::Invalid(_))), "{taken:?}");
    one.delete_token("ci", "b").await.expect("taken back");
    let again = other.delete_token("ci", "b").await;
    assert!(matches!(again, Err(AccessError::NotFound(_))), "{again:?}");
    let names = ["c", "d", "e", "f", "g", "h"];
    let all = names.iter().enumerate().map(|(n, name)| {
        let access = if n % 2 == 0 { one } else { &other };
        access.create_token("ci", name, None)
    });
    for given in futures::future::join_all(all).await {
        given.expect("given out");
    }
    let fresh = another(&world).await;
    let mut known: Vec<String> = fresh
        .account("ci")
        .expect("ci")
        .tokens
        .into_iter()
        .map(|t| t.id)
        .collect();
    known.sort();
    assert_eq!(known, ["a", "c", "d", "e", "f", "g", "h"]);
    // What cannot be read is nobody's to overwrite.
    let broken =
        json!({"stringData": {"accounts.ci.tokens": "[{"}, "data": {"accounts.ci.tokens": null}});
    let home = &world.home;
    home.patch(Kind::Secret, "argocd", "argocd-secret", &broken)
        .await
        .expect("written");
    let refused = one.create_token("ci", "z", None).await;
    assert!(
        matches!(refused, Err(AccessError::Invalid(_))),
        "{refused:?}"
    );
}

/// A home that breaks off where the first password is to be left.
struct Breaking(Arc<dyn Home>);

#[async_trait]
impl Home for Breaking {
    fn namespace(&self) -> &str {
        self.0.namespace()
    }

    async fn list(&self, kind: Kind) -> Result<Vec<Object>, StoreError> {
        self.0.list(kind).await
    }

    async fn get(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, StoreError> {
        self.0.get(kind, namespace, name).await
    }

    async fn create(&self, object: &Object) -> Result<Object, StoreError> {
        if object.name() == INITIAL {
            let (what, reason) = (INITIAL.to_owned(), "it broke off".to_owned());
            return Err(StoreError::Invalid { what, reason });
        }
        self.0.create(object).await
    }

    async fn replace(&self, object: &Object) -> Result<Object, StoreError> {
        self.0.replace(object).await
    }

    async fn patch(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Object, StoreError> {
        self.0.patch(kind, namespace, name, patch).await
    }

    async fn delete(&self, kind: Kind, namespace: &str, name: &str) -> Result<bool, StoreError> {
        self.0.delete(kind, namespace, name).await
    }

    fn note(&self, application: &Object, event: Event) {
        self.0.note(application, event);
    }

    async fn events(&self, application: &Object) -> Result<Vec<Value>, StoreError> {
        self.0.events(application).await
    }

    fn watch(&self, kind: Kind) -> BoxStream<'static, Result<Change, StoreError>> {
        self.0.watch(kind)
    }
}

#[tokio::test]
async fn the_first_password_that_counts_is_the_one_that_is_left() {
    for left in [
        Value::Null,
        json!({"password": "of-an-earlier-start"}),
        json!({"password": ""}),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let home = gantry_store::SqliteHome::open(&folder.path().join("gantry.db"), "argocd");
        let home: Arc<dyn Home> = Arc::new(home.expect("a home"));
        if left.is_null() {
            let broken = Access::new(Arc::new(Breaking(Arc::clone(&home))));
            assert!(broken.prepare(true).await.is_err());
        } else {
            home.create(&secret(INITIAL, left.clone()))
                .await
                .expect("left");
        }
        let replicas = [
            Access::new(Arc::clone(&home)),
            Access::new(Arc::clone(&home)),
        ];
        let made =
            futures::future::join_all(replicas.iter().map(|access| access.prepare(true))).await;
        let made: Vec<String> = made
            .into_iter()
            .filter_map(|made| made.expect("prepared"))
            .collect();
        assert_eq!(made.len(), 1, "one of them made it");
        let found = home
            .get(Kind::Secret, "argocd", INITIAL)
            .await
            .expect("read");
        let fields = gantry_model::secrets::texts(&found.expect("there"));
        assert_eq!(fields.get("password"), made.first());
        if let Some(earlier) = left["password"].as_str().filter(|text| !text.is_empty()) {
            assert_eq!(made, [earlier]);
        }
        for access in &replicas {
            assert!(
                access.login("admin", &made[0], HERE).await.is_ok(),
                "{left}"
            );
        }
    }
}
