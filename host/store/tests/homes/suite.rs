//! What both homes do.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use gantry_model::{Cluster, Object};
use gantry_store::{Change, Event, Home, Kind, Reason, StoreError};
use serde_json::json;

use crate::definitions::{apply, object};

const WRITERS: usize = 8;
const EACH: usize = 10;

fn application(name: &str) -> Object {
    application_in("argocd", name)
}

fn application_in(namespace: &str, name: &str) -> Object {
    object(json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc"},
            "source": {"repoURL": "https://git.example/r.git", "path": "x"},
        },
    }))
}

/// Two handles of one home: two processes, as it were.
pub(crate) async fn run(open: impl Fn() -> Arc<dyn Home>) {
    let (one, other) = (open(), open());
    objects(&*one).await;
    deletions(&*one).await;
    credentials(&*one, &*other).await;
    changes(&*one, &*other).await;
    writers(&open).await;
}

async fn objects(home: &dyn Home) {
    let made = home.create(&application("a")).await.expect("made");
    let meta = &made.value()["metadata"];
    assert!(meta["uid"].is_string() && meta["creationTimestamp"].is_string());
    assert_eq!(meta["generation"], 1);
    let again = home.create(&application("a")).await.expect_err("there");
    assert_eq!(again.to_string(), "Application argocd/a exists already");
    let status = json!({"status": {"sync": {"status": "Synced"}}});
    let patch = |patch| async move { home.patch(Kind::Application, "argocd", "a", &patch).await };
    let judged = patch(status).await.expect("patched");
    assert_eq!(judged.value()["spec"], made.value()["spec"]);
    assert_eq!(judged.value()["status"]["sync"]["status"], "Synced");
    assert_ne!(judged.resource_version(), made.resource_version());
    let stale =
        json!({"metadata": {"resourceVersion": made.resource_version()}, "spec": {"project": "b"}});
    let error = patch(stale).await.expect_err("an old version");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    let error = home.replace(&made).await.expect_err("an old version");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    let asked = patch(json!({"operation": {"sync": {"prune": true}}}));
    let asked = asked.await.expect("patched");
    let taken = patch(json!({"operation": null})).await.expect("patched");
    assert!(asked.value().get("operation").is_some() && taken.value().get("operation").is_none());
    let mut value = taken.clone().into_value();
    value["spec"]["project"] = json!("other");
    let replaced = home.replace(&object(value)).await.expect("replaced");
    assert_eq!(replaced.uid(), made.uid());
    let found = home.get(Kind::Application, "argocd", "a").await;
    assert_eq!(found.expect("an answer"), Some(replaced));
    let gone = home.replace(&application("none")).await.expect_err("none");
    assert!(
        matches!(gone, StoreError::Gone { .. } | StoreError::Hub { .. }),
        "{gone}"
    );
    let nothing = json!({"status": {}});
    let gone = home.patch(Kind::Application, "argocd", "none", &nothing);
    assert!(matches!(gone.await, Err(StoreError::Gone { .. })));
    let odd = home.create(&application("Odd_Name")).await;
    assert!(odd.expect_err("no name").to_string().contains("RFC 1123"));
}

async fn deletions(home: &dyn Home) {
    let held = json!({"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}});
    let of = Kind::Application;
    home.patch(of, "argocd", "a", &held).await.expect("patched");
    assert!(home.delete(of, "argocd", "a").await.expect("deleted"));
    let going = home.get(of, "argocd", "a").await.expect("an answer");
    assert!(going.expect("its finalizer holds it").is_being_deleted());
    let free = json!({"metadata": {"finalizers": null}});
    home.patch(of, "argocd", "a", &free).await.expect("let go");
    assert_eq!(home.get(of, "argocd", "a").await.expect("an answer"), None);
    assert!(!home.delete(of, "argocd", "a").await.expect("an answer"));
}

async fn credentials(home: &dyn Home, other: &dyn Home) {
    let secret = |name: &str, labels| {
        object(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "argocd", "labels": labels},
            "stringData": {"server": "x"},
        }))
    };
    let cluster = json!({"argocd.argoproj.io/secret-type": "cluster"});
    home.create(&secret("spoke", cluster)).await.expect("made");
    home.create(&secret("argocd-secret", json!({})))
        .await
        .expect("made");
    let refused = home.create(&secret("other", json!({}))).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })));
    let listed = other.list(Kind::Secret).await.expect("a list");
    let names: Vec<&str> = listed.iter().map(Object::name).collect();
    assert_eq!(names, ["argocd-secret", "spoke"]);
    assert_eq!(listed[1].value()["data"]["server"], "eA==");
}

/// What a watch says next, in short.
async fn line(changes: &mut BoxStream<'static, Result<Change, StoreError>>) -> String {
    let next = tokio::time::timeout(Duration::from_secs(20), changes.next()).await;
    match next.expect("in time").expect("no end").expect("a change") {
        Change::Present(object) => {
            format!("{} {}", object.name(), object.value()["spec"]["project"])
        }
        Change::Gone { name, .. } => format!("{name} gone"),
        Change::Listed => "listed".to_owned(),
    }
}

async fn changes(one: &dyn Home, other: &dyn Home) {
    one.create(&application("first")).await.expect("made");
    let mut changes = one.watch(Kind::Application);
    assert_eq!(line(&mut changes).await, "first \"default\"");
    assert_eq!(line(&mut changes).await, "listed");
    other.create(&application("second")).await.expect("made");
    assert_eq!(line(&mut changes).await, "second \"default\"");
    let patch = json!({"spec": {"project": "p"}});
    let patched = other.patch(Kind::Application, "argocd", "second", &patch);
    patched.await.expect("patched");
    assert_eq!(line(&mut changes).await, "second \"p\"");
    one.patch(Kind::Application, "argocd", "first", &patch)
        .await
        .expect("patched");
    assert_eq!(line(&mut changes).await, "first \"p\"");
    for name in ["first", "second"] {
        other
            .delete(Kind::Application, "argocd", name)
            .await
            .expect("deleted");
        assert_eq!(line(&mut changes).await, format!("{name} gone"));
    }
}

/// None of the changes that eight make at once is lost, and who watches sees the last state.
async fn writers(open: &impl Fn() -> Arc<dyn Home>) {
    let home = open();
    home.create(&application("busy")).await.expect("made");
    let mut changes = open().watch(Kind::Application);
    let writers = (0..WRITERS).map(|writer| {
        let home = open();
        tokio::spawn(async move {
            for turn in 0..EACH {
                let noted =
                    json!({"metadata": {"annotations": {format!("w{writer}-{turn}"): "x"}}});
                home.patch(Kind::Application, "argocd", "busy", &noted)
                    .await
                    .expect("patched");
            }
        })
    });
    for done in futures::future::join_all(writers).await {
        done.expect("a writer");
    }
    let noted = |object: &Object| {
        let annotations = object.value()["metadata"]["annotations"].as_object();
        annotations.map_or(0, serde_json::Map::len)
    };
    let mut before = 0;
    while before < WRITERS * EACH {
        let next = tokio::time::timeout(Duration::from_secs(20), changes.next()).await;
        if let Change::Present(object) = next.expect("in time").expect("no end").expect("a change")
        {
            assert!(noted(&object) >= before, "an older state came later");
            before = noted(&object);
        }
    }
    home.delete(Kind::Application, "argocd", "busy")
        .await
        .expect("deleted");
}

/// A hub without CRDs says what it lacks.
pub(crate) async fn without_definitions(home: &dyn Home) {
    let error = home
        .list(Kind::Application)
        .await
        .expect_err("no such kind");
    assert!(
        error.to_string().contains("CustomResourceDefinition"),
        "{error}"
    );
}

/// Applications in further namespaces, and those in namespaces that are not served.
pub(crate) async fn cve_2023_22736_applications_elsewhere_are_none(
    cluster: &dyn Cluster,
    open: &dyn Fn(&[&str]) -> Arc<dyn Home>,
) {
    for name in ["team-a", "team-b", "elsewhere"] {
        apply(
            cluster,
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
        )
        .await;
    }
    let (all, own) = (open(&["*"]), open(&[]));
    let teams = open(&["team-*"]);
    for namespace in ["team-a", "team-b", "elsewhere"] {
        let made = all.create(&application_in(namespace, "web")).await;
        made.expect("made");
    }
    let names = |objects: Vec<Object>| {
        let of = |o: &Object| o.namespace().to_owned();
        objects.iter().map(of).collect::<Vec<_>>()
    };
    let listed = teams.list(Kind::Application).await.expect("a list");
    assert_eq!(names(listed), ["team-a", "team-b"]);
    assert_eq!(own.list(Kind::Application).await.expect("a list"), []);
    let refused = own.create(&application_in("team-a", "other")).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })));
    let found = teams.get(Kind::Application, "elsewhere", "web").await;
    assert_eq!(found.expect("an answer"), None);
    let mut changes = teams.watch(Kind::Application);
    let mut seen = Vec::new();
    loop {
        match changes.next().await.expect("a change").expect("no fault") {
            Change::Present(object) => seen.push(*object),
            Change::Gone { .. } => {}
            Change::Listed => break,
        }
    }
    assert_eq!(names(seen), ["team-a", "team-b"]);
    // What changes elsewhere is not heard of either.
    for namespace in ["elsewhere", "team-b"] {
        let patch = json!({"metadata": {"annotations": {"touched": "yes"}}});
        let patched = all.patch(Kind::Application, namespace, "web", &patch).await;
        patched.expect("patched");
    }
    let next = changes.next().await.expect("a change").expect("no fault");
    let is_ours =
        |change: &Change| matches!(change, Change::Present(o) if o.namespace() == "team-b");
    assert!(is_ours(&next), "{next:?}");
    told(&*teams, &*own).await;
}

/// What happened to an application is found again, and nothing of another one.
async fn told(home: &dyn Home, other: &dyn Home) {
    let list = home.list(Kind::Application).await.expect("a list");
    for (at, application) in list.iter().enumerate() {
        for message in ["first", "second"] {
            let event = Event::new(Reason::ResourceUpdated, format!("{message} of {at}"));
            home.note(application, event);
        }
    }
    for (at, application) in list.iter().enumerate() {
        let expected = [format!("first of {at}"), format!("second of {at}")];
        let mut found = Vec::new();
        for _ in 0..100 {
            found = home.events(application).await.expect("events");
            if found.len() == expected.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let text = |event: &serde_json::Value| event["message"].as_str().map(str::to_owned);
        let messages: Vec<String> = found.iter().filter_map(text).collect();
        assert_eq!(messages, expected);
        assert_eq!(found[0]["involvedObject"]["uid"], application.uid());
        assert_eq!(found[0]["reason"], "ResourceUpdated");
        // Whoever reads them from elsewhere finds the same.
        assert_eq!(other.events(application).await.expect("events"), found);
    }
}
