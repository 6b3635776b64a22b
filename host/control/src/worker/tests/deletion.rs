//! Deletions that cannot end, and those that are called off.

use std::time::Duration;

use gantry_model::Object;
use serde_json::{Value, json};

use super::world::{World, id, until};
use crate::inbox::Post;
use crate::worker::Worker;

const CASCADE: &str = "resources-finalizer.argocd.argoproj.io";
const PATIENCE: Duration = Duration::from_secs(20);

/// Its worker, after it was asked to delete it.
async fn deleting(world: &World, more: &Value) -> Worker {
    let mut with = json!({"metadata": {"finalizers": [CASCADE, "example.com/other"]}});
    gantry_model::merge_patch::apply(&mut with, more);
    world.create("shop", &with).await;
    world.delete("shop").await;
    world.worker(world.get("shop").await.expect("an application"))
}

fn told(application: &Object) -> String {
    let conditions = application.value()["status"]["conditions"].as_array();
    let all = conditions.into_iter().flatten();
    let all = all.filter(|condition| condition["type"] == "DeletionError");
    all.map(|condition| condition["message"].to_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_deletion_is_told_after_a_restart_too() {
    let broken = json!({"spec": {"source": "nonsense"}});
    let confirm = json!({"argocd.argoproj.io/sync-options": "Delete=confirm"});
    let cases = [
        (&broken, "its manifest cannot be read: "),
        (&json!({}), "wants a confirmation"),
    ];
    for (more, expected) in cases {
        let world = World::new();
        world.spoke("one").put("a", &confirm);
        let mut worker = deleting(&world, more).await;
        worker.turn().await;
        let application = world.get("shop").await.expect("it stays");
        assert!(application.finalizers().any(|f| f == CASCADE));
        assert!(told(&application).contains(expected), "{application:?}");
        assert!(!world.spoke("one").has_logged("delete a"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_without_a_cascade_goes_unread() {
    let world = World::new();
    let hooks = "pre-delete-finalizer.argocd.argoproj.io";
    let broken = json!({"metadata": {"finalizers": [hooks]}, "spec": {"source": "nonsense"}});
    let mut worker = deleting(&world, &broken).await;
    worker.turn().await;
    assert!(world.get("shop").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_ends_as_soon_as_it_is_called_off() {
    let touched = |post: &mut Post| post.reasons.touched = true;
    for case in ["gone", "handed over", "left"] {
        let world = World::new();
        world.spoke("one").put("a", &json!({}));
        let mut worker = deleting(&world, &json!({})).await;
        let call_off = async {
            let spoke = world.spoke("one");
            until("it is deleted", || async { spoke.has_logged("delete a") }).await;
            // Whatever else is told does not end it.
            world.shared.tell(&id("shop"), touched);
            match case {
                "gone" => world.shared.tell(&id("shop"), Post::gone),
                "handed over" => {
                    world.own(&["two"]);
                    world.own(&["one", "two"]);
                    assert!(!world.owns("one"), "it is still worked on");
                    world.shared.tell(&id("shop"), touched);
                }
                _ => {
                    let others = json!({"metadata": {"finalizers": ["example.com/other"]}});
                    world.patch("shop", &others).await;
                    let latest = world.get("shop").await.expect("an application");
                    assert!(world.shared.present(&id("shop"), latest).is_none());
                }
            }
        };
        let both = async { futures::join!(worker.turn(), call_off) };
        let ended = tokio::time::timeout(PATIENCE, both).await;
        assert!(ended.is_ok(), "{case}: it goes on");
        assert!(world.owns("one"), "{case}");
        let application = world.get("shop").await.expect("it stays");
        assert_eq!(told(&application), "", "{case}");
        // What called it off is still to be read.
        let post = worker.inbox.wait(None, Duration::ZERO);
        let post = tokio::time::timeout(PATIENCE, post).await.expect("a ring");
        assert!(post.reasons.touched);
    }
}
