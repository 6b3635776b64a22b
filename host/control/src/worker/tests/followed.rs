//! What is kept for an application in its cluster, and left when it needs that no more.

use serde_json::{Value, json};

use super::world::{World, id};
use crate::inbox::Post;
use crate::worker::Worker;

/// Reads its manifest as it is by now, and takes a turn.
async fn turn(world: &World, worker: &mut Worker) {
    if let Some(latest) = world.get("shop").await {
        assert!(world.shared.present(&id("shop"), latest).is_none());
    }
    let post = worker.inbox.wait(None, std::time::Duration::ZERO).await;
    assert!(!worker.take(post).await, "it is there");
    worker.turn().await;
}

/// Which clusters were left since the last time.
fn left(world: &World) -> Vec<&'static str> {
    let is_left = |name: &&str| {
        let log = world.spoke(name).take_log();
        log.iter().any(|line| line == "unfollow shop")
    };
    ["one", "two"].into_iter().filter(is_left).collect()
}

fn to(cluster: &str) -> Value {
    json!({"spec": {"destination": {"name": cluster}}})
}

fn skip(how: Option<&str>) -> Value {
    json!({"metadata": {"annotations": {"argocd.argoproj.io/skip-reconcile": how}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_on_nothing_hears_whose_cluster_it_is_all_the_same() {
    let world = World::new();
    world.own(&["two"]);
    let mut worker = world.worker(world.create("shop", &json!({})).await);
    worker.turn().await;
    assert_eq!(world.shared.interests.going_to(|_| true), [id("shop")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_left_when_nobody_needs_it() {
    let world = World::new();
    let mut worker = world.worker(world.create("shop", &json!({})).await);
    let is_polled = || format!("{:?}", world.shared.poller).contains("nowhere");
    worker.turn().await;
    assert!(left(&world).is_empty() && is_polled());
    world.patch("shop", &to("two")).await;
    turn(&world, &mut worker).await;
    assert_eq!(left(&world), ["one"]);
    // Another namespace is another place, too.
    world
        .patch(
            "shop",
            &json!({"spec": {"destination": {"namespace": "b"}}}),
        )
        .await;
    turn(&world, &mut worker).await;
    assert_eq!(left(&world), ["two"]);
    world.patch("shop", &skip(Some("true"))).await;
    turn(&world, &mut worker).await;
    assert_eq!(left(&world), ["two"]);
    assert!(
        !is_polled(),
        "nobody wants to know whether its sources moved"
    );
    world.patch("shop", &skip(None)).await;
    turn(&world, &mut worker).await;
    assert!(left(&world).is_empty() && is_polled());
    world.own(&["one"]);
    turn(&world, &mut worker).await;
    assert!(left(&world) == ["two"] && !is_polled());
    // What is another replica's is not left a second time.
    turn(&world, &mut worker).await;
    assert!(left(&world).is_empty());
    world.own(&["one", "two"]);
    turn(&world, &mut worker).await;
    assert!(is_polled());
    // A manifest that cannot be read names no cluster.
    world
        .patch("shop", &json!({"spec": {"source": "nonsense"}}))
        .await;
    turn(&world, &mut worker).await;
    assert_eq!(left(&world), ["two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_left_at_the_end() {
    let world = World::new();
    let mut worker = world.worker(world.create("shop", &json!({})).await);
    worker.turn().await;
    world.shared.tell(&id("shop"), Post::gone);
    worker.run().await;
    assert_eq!(left(&world), ["one"]);
}
