//! Whoever watches misses nothing.

use futures::StreamExt;
use gantry_model::limits;
use gantry_store::Kind;
use serde_json::{Value, json};

use super::world::{World, admin, application, caller};
use crate::{Answers, Code, Fault};

async fn watch(world: &World, who: &str, request: Value) -> Answers {
    let method = "application.ApplicationService/Watch";
    world
        .api
        .stream(&caller(who), method, request)
        .await
        .expect("a watch")
}

async fn next(answers: &mut Answers) -> (String, Value) {
    let answer = answers.next().await.expect("an event").expect("no error");
    (
        answer["type"].as_str().expect("a type").to_owned(),
        answer["application"].clone(),
    )
}

async fn touch(world: &World, name: &str, note: u64) {
    let patch = json!({"status": {"note": note}});
    world
        .home
        .patch(Kind::Application, "argocd", name, &patch)
        .await
        .expect("written");
}

#[tokio::test]
async fn a_watch_tells_what_is_and_what_changes() {
    let world = World::new();
    let web = world.put(application("web", &json!({}))).await;
    let mut all = watch(&world, "admin", json!({})).await;
    let (kind, app) = next(&mut all).await;
    assert_eq!(
        (kind.as_str(), &app["metadata"]["name"]),
        ("ADDED", &json!("web"))
    );
    touch(&world, "web", 1).await;
    assert_eq!(next(&mut all).await.0, "MODIFIED");
    world.put(application("api", &json!({}))).await;
    assert_eq!(next(&mut all).await.0, "ADDED");
    // By a version: one named is told in any case, since what waits for it must not miss its end.
    let since = json!({"name": "web", "resourceVersion": web.resource_version()});
    let mut one = watch(&world, "admin", since).await;
    assert_eq!(next(&mut one).await.1["status"]["note"], 1);
    world
        .home
        .delete(Kind::Application, "argocd", "web")
        .await
        .expect("deleted");
    assert_eq!(next(&mut one).await.0, "DELETED");
    assert_eq!(next(&mut all).await.0, "DELETED");
    let fault = world
        .api
        .stream(
            &admin(),
            "application.ApplicationService/Watch",
            json!({"resourceVersion": "x"}),
        )
        .await;
    assert_eq!(
        fault.err().map(|fault: Fault| fault.code),
        Some(Code::InvalidArgument)
    );
}

#[tokio::test]
async fn who_may_not_hears_nothing() {
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    let mut events = watch(&world, "alice", json!({})).await;
    touch(&world, "web", 1).await;
    let wait = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(wait, events.next()).await.is_err());
}

#[tokio::test]
async fn what_moves_out_of_sight_is_gone() {
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    let mut events = watch(&world, "admin", json!({"projects": ["default"]})).await;
    next(&mut events).await;
    let patch = json!({"spec": {"project": "secret"}});
    world
        .home
        .patch(Kind::Application, "argocd", "web", &patch)
        .await
        .expect("written");
    let (kind, app) = next(&mut events).await;
    assert_eq!(kind, "DELETED");
    assert!(app.get("spec").is_none(), "{app}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_viewers_miss_no_event() {
    const CHANGES: u64 = 50;
    let world = World::new();
    world.put(application("web", &json!({}))).await;
    let mut viewers = Vec::new();
    for _ in 0..200 {
        let mut events = watch(&world, "admin", json!({"name": "web"})).await;
        viewers.push(tokio::spawn(async move {
            let mut notes = Vec::new();
            while notes.last() != Some(&CHANGES) {
                let (_, app) = next(&mut events).await;
                notes.extend(app["status"]["note"].as_u64());
            }
            notes
        }));
    }
    for note in 1..=CHANGES {
        touch(&world, "web", note).await;
        // Changes faster than the home's own watch are one change there.
        world
            .api
            .call(&admin(), "application.ApplicationService/List", json!({}))
            .await
            .expect("a list");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let mut all = Vec::new();
    for viewer in viewers {
        all.push(viewer.await.expect("it saw all"));
    }
    let longest = all
        .iter()
        .max_by_key(|notes| notes.len())
        .expect("viewers")
        .clone();
    for notes in &all {
        let from = longest.len() - notes.len();
        assert_eq!(notes, &longest[from..], "one missed something");
    }
}

#[tokio::test]
async fn who_reads_too_slowly_is_cut_off() {
    let world = World::new();
    let mut slow = watch(&world, "admin", json!({})).await;
    for round in 0..=limits::API_EVENTS_KEPT_MAX as u64 {
        world.api.event_for_tests(application(
            "web",
            &json!({"metadata": {"resourceVersion": round.to_string()}}),
        ));
    }
    let first = slow.next().await.expect("a word");
    let fault = first.expect_err("not an event that hides others");
    assert_eq!(fault.code, Code::Aborted);
    assert!(fault.message.contains("resource version"), "{fault}");
    assert!(slow.next().await.is_none());
}
