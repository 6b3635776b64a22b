//! Applications that are deleted and made again at once.

use gantry_model::Object;
use serde_json::json;

use super::world::{World, id, until};
use crate::inbox::Post;

/// What the control plane's watch makes of a deletion and of what comes after it.
fn tell_gone(world: &World) {
    world.shared.tell(&id("shop"), Post::gone);
}

async fn remake(world: &World) -> Object {
    world.delete("shop").await;
    world
        .create("shop", &json!({"metadata": {"labels": {"turn": "2"}}}))
        .await
}

async fn is_looked_at(world: &World, uid: &str) -> bool {
    let found = world.get("shop").await.expect("an application");
    found.uid() == uid && found.value()["status"]["sync"]["status"] == "Unknown"
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_again_is_worked_on() {
    // Whether it is told that the first one went, and whether the worker ends between the two.
    for (is_told, ends_between) in [(true, false), (false, false), (true, true)] {
        let world = World::new();
        let worker = world.worker(world.create("shop", &json!({})).await);
        let again = remake(&world).await;
        let uid = again.uid().to_owned();
        if is_told {
            tell_gone(&world);
        }
        let running = if ends_between {
            let running = tokio::spawn(worker.run());
            until("the worker has ended", || async { running.is_finished() }).await;
            assert!(!world.shared.has(&id("shop")));
            let worker = world.worker(again);
            tokio::spawn(worker.run())
        } else {
            assert!(world.shared.present(&id("shop"), again).is_none());
            tokio::spawn(worker.run())
        };
        until("the second one is looked at", || is_looked_at(&world, &uid)).await;
        assert!(!running.is_finished() && world.shared.has(&id("shop")));
        // And it goes as any other.
        tell_gone(&world);
        until("the worker has ended", || async { running.is_finished() }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_looks_into_its_inbox_once_more() {
    let world = World::new();
    let mut worker = world.worker(world.create("shop", &json!({})).await);
    tell_gone(&world);
    let post = worker.inbox.wait(None, std::time::Duration::ZERO).await;
    assert!(worker.take(post).await, "it is gone");
    let again = remake(&world).await;
    let uid = again.uid().to_owned();
    assert!(world.shared.present(&id("shop"), again).is_none());
    let again = world.shared.forget(&id("shop")).expect("it was made again");
    assert_eq!(again.uid(), uid);
    assert!(world.shared.has(&id("shop")));
    assert!(world.shared.forget(&id("shop")).is_none());
    assert!(!world.shared.has(&id("shop")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_of_the_one_that_is_gone_ends_with_it() {
    let world = World::new();
    let operation = json!({"sync": {"manifests": [json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"},
    }).to_string()]}});
    let mut worker = world.worker(world.create("shop", &json!({"operation": operation})).await);
    world.spoke("one").answer(false);
    worker.turn().await;
    assert!(worker.operation.is_some());
    let again = remake(&world).await;
    assert!(world.shared.present(&id("shop"), again).is_none());
    let post = worker.inbox.wait(None, std::time::Duration::ZERO).await;
    let spoke = world.spoke("one");
    let (is_gone, ()) = futures::join!(worker.take(post), async { spoke.answer(true) });
    assert!(!is_gone && worker.operation.is_none());
    worker.turn().await;
    let found = world.get("shop").await.expect("an application");
    assert_eq!(found.value()["status"]["sync"]["status"], "Unknown");
    assert!(found.value()["status"]["operationState"].is_null());
}
