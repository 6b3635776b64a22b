//! Clusters that go to another replica, and what is written of operations by then.

use serde_json::{Value, json};

use super::world::{World, until};
use crate::worker::Worker;

fn operation() -> Value {
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let sync = json!({"manifests": [map.to_string()]});
    json!({"operation": {"sync": sync, "retry": {"limit": 0}}})
}

/// A worker whose operation is written down as running, and waits for its cluster's answer.
async fn running(world: &World) -> Worker {
    world.spoke("one").answer(false);
    let mut worker = world.worker(world.create("shop", &operation()).await);
    worker.turn().await;
    assert_eq!(phase(world).await, "Running");
    let spoke = world.spoke("one");
    until("the operation runs", || async {
        spoke.has_logged("looked for")
    })
    .await;
    worker
}

async fn phase(world: &World) -> Value {
    let found = world.get("shop").await.expect("an application");
    found.value()["status"]["operationState"]["phase"].clone()
}

/// The operation goes on, and ends.
async fn end(world: &World, worker: &Worker) -> Value {
    world.spoke("one").answer(true);
    let state = || worker.operation.as_ref().map(|o| o.progress.state());
    let is_over = || async { state().is_some_and(|state| state.phase.is_completed()) };
    until("the operation has ended", is_over).await;
    json!(state().map(|state| state.phase))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_want_of_the_cluster_is_left_to_its_next_owner() {
    let world = World::new();
    let mut worker = running(&world).await;
    world.own(&["two"]);
    assert_eq!(end(&world, &worker).await, "Failed");
    assert!(!world.spoke("one").has_logged("apply a"));
    // The turn is past the question whose cluster it is.
    worker.publish().await;
    assert_eq!(phase(&world).await, "Running");
    assert!(worker.operation.is_none(), "the cluster is free");
    // Here it is taken up by the same replica, once it has the cluster again.
    world.own(&["one", "two"]);
    // What was stopped may still let go of it.
    until("it is its own again", || async { world.owns("one") }).await;
    // It shall not be over before the turn is.
    world.spoke("one").answer(false);
    worker.turn().await;
    assert_eq!(end(&world, &worker).await, "Succeeded");
    worker.publish().await;
    assert_eq!(phase(&world).await, "Succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_wrote_of_an_operation_is_read_first() {
    let world = World::new();
    let mut worker = running(&world).await;
    let terminating = json!({
        "status": {"operationState": {"phase": "Terminating"}},
        "metadata": {"annotations": {"gantry.dev/depends-on": "database"}},
    });
    world.patch("shop", &terminating).await;
    assert_eq!(end(&world, &worker).await, "Succeeded");
    worker.publish().await;
    assert_eq!(phase(&world).await, "Terminating", "not overwritten unread");
    assert_eq!(worker.depends_on.as_ref().map(Vec::len), Ok(1));
    worker.publish().await;
    assert_eq!(phase(&world).await, "Succeeded", "it was over by then");
}
