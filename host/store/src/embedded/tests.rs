use std::time::Duration;

use futures::StreamExt;
use gantry_model::Object;
use serde_json::{Value, json};

use super::{SqliteHome, rows};
use crate::error::StoreError;
use crate::home::{Change, Home, Kind};

fn application(name: &str, path: &str) -> Object {
    let metadata = json!({"name": name, "finalizers": ["f"]});
    let value = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": metadata, "spec": {"path": path}});
    Object::new(value, None).expect("an object")
}

fn home(folder: &tempfile::TempDir) -> SqliteHome {
    SqliteHome::open(&folder.path().join("gantry.db"), "argocd").expect("a home")
}

/// What a watch says, in short.
fn line(change: Result<Change, StoreError>) -> String {
    match change.expect("a change") {
        Change::Present(object) => format!("{} {}", object.name(), object.value()["spec"]["path"]),
        Change::Gone { name, .. } => format!("{name} gone"),
        Change::Listed => "listed".to_owned(),
    }
}

#[tokio::test]
async fn what_is_written_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = home(&folder);
    let made = home.create(&application("a", "x")).await.expect("made");
    assert_eq!(made.namespace(), "argocd");
    let again = home
        .create(&application("a", "x"))
        .await
        .expect_err("it is there");
    assert_eq!(again.to_string(), "Application argocd/a exists already");
    let other = json!({"spec": {"path": "y"}});
    let patched = home.patch(Kind::Application, "argocd", "a", &other);
    let patched = patched.await.expect("patched");
    assert_ne!(patched.resource_version(), made.resource_version());
    let stale = home.replace(&made).await.expect_err("an old version");
    assert!(matches!(stale, StoreError::Conflict { .. }), "{stale}");
    assert_eq!(
        home.get(Kind::Application, "argocd", "a")
            .await
            .expect("read"),
        Some(patched)
    );
    assert!(
        home.delete(Kind::Application, "argocd", "a")
            .await
            .expect("deleted")
    );
    let listed = home.list(Kind::Application).await.expect("a list");
    assert!(listed[0].is_being_deleted(), "its finalizer holds it");
    let last = json!({"metadata": {"finalizers": []}});
    home.patch(Kind::Application, "argocd", "a", &last)
        .await
        .expect("let go");
    assert_eq!(home.list(Kind::Application).await.expect("a list"), []);
    assert!(
        !home
            .delete(Kind::Application, "argocd", "a")
            .await
            .expect("nothing to delete")
    );
    let odd = home
        .create(&application("Odd_Name", "x"))
        .await
        .expect_err("no name");
    assert!(odd.to_string().contains("RFC 1123"), "{odd}");
}

#[tokio::test]
async fn a_watch_sees_what_other_processes_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let (own, other) = (home(&folder), home(&folder));
    own.create(&application("a", "1")).await.expect("made");
    let mut changes = own.watch(Kind::Application);
    assert_eq!(line(changes.next().await.expect("a change")), "a \"1\"");
    assert_eq!(line(changes.next().await.expect("a change")), "listed");
    other.create(&application("b", "1")).await.expect("made");
    let settings =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}});
    other
        .create(&Object::new(settings, None).expect("an object"))
        .await
        .expect("made");
    own.patch(
        Kind::Application,
        "argocd",
        "a",
        &json!({"metadata": {"finalizers": null}, "spec": {"path": "2"}}),
    )
    .await
    .expect("patched");
    other
        .delete(Kind::Application, "argocd", "a")
        .await
        .expect("deleted");
    let soon = tokio::time::timeout(Duration::from_secs(10), changes.take(2).collect::<Vec<_>>());
    let seen: Vec<String> = soon.await.expect("in time").into_iter().map(line).collect();
    // Of several changes to one object the last one is what counts.
    assert_eq!(seen.first().map(String::as_str), Some("b \"1\""));
    assert!(seen[1] == "a \"2\"" || seen[1] == "a gone", "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_between_writers() {
    const WRITERS: usize = 8;
    const EACH: usize = 25;
    let folder = tempfile::tempdir().expect("a folder");
    let first = home(&folder);
    first.create(&application("a", "x")).await.expect("made");
    let writers = (0..WRITERS).map(|writer| {
        let home = home(&folder);
        tokio::spawn(async move {
            for turn in 0..EACH {
                let patch: Value = json!({"status": {format!("{writer}-{turn}"): true}});
                home.patch(Kind::Application, "argocd", "a", &patch)
                    .await
                    .expect("patched");
            }
        })
    });
    for done in futures::future::join_all(writers).await {
        done.expect("a writer");
    }
    let found = first
        .get(Kind::Application, "argocd", "a")
        .await
        .expect("read")
        .expect("it is there");
    let noted = found.value()["status"]
        .as_object()
        .map_or(0, serde_json::Map::len);
    assert_eq!(noted, WRITERS * EACH);
    let version: usize = found.resource_version().parse().expect("a number");
    assert_eq!(version, WRITERS * EACH + 1);
}

#[tokio::test]
async fn a_change_is_found_without_a_look_at_every_object() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = home(&folder);
    for (sql, expected) in [
        (rows::SINCE, "(version>?)"),
        (rows::FORGET, "INDEX objects_gone (gone<?)"),
    ] {
        let plan = home.database.read(move |t| {
            let mut plan = t.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let steps = plan.query_map([1, 1], |row| row.get(3))?;
            steps.collect::<Result<Vec<String>, _>>()
        });
        let plan = plan.await.expect("a plan");
        assert!(plan.len() == 1 && plan[0].contains(expected), "{plan:?}");
    }
}
