//! One fault at a time, and then many.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gantry_model::cluster::{ApplyOptions, Resource};
use gantry_model::{Cluster, Gvk, Object};
use serde_json::json;
use tokio::time::Instant;

use super::world::World;
use crate::shards::Fenced;

const IDS: [&str; 3] = ["a", "b", "c"];

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Three replicas that have shared thirty clusters.
async fn three() -> World {
    let mut world = World::new(30, 1);
    world.start(&IDS);
    world.pass(seconds(5.0)).await;
    world.settle(seconds(1.0)).await;
    world
}

#[tokio::test(start_paused = true)]
async fn clusters_are_shared_evenly_and_cost_nothing_at_rest() {
    let mut world = three().await;
    for (id, load) in world.loads() {
        assert!((5..=13).contains(&load), "{id}: {load}");
        assert_eq!(world.replica(id).shards.members().len(), 3);
        assert!(world.replica(id).count.load(Ordering::Relaxed) > 0);
    }
    let before = world.writes();
    world.pass(seconds(60.0)).await;
    let writes = world.writes() - before;
    assert!(
        (80..=100).contains(&writes),
        "{writes}: three renewals every two seconds"
    );
}

#[tokio::test(start_paused = true)]
async fn a_killed_replica_is_replaced_within_eight_seconds() {
    let mut world = three().await;
    world.kill("a");
    assert!(!world.is_settled());
    let time = world.settle(seconds(8.0)).await;
    assert!(time >= seconds(4.0), "{time:?}");
    world.pass(seconds(70.0)).await;
    let replicas = world.hub.lock().expect("the hub").replicas();
    assert_eq!(replicas, 2, "its lease is deleted in the end");
}

#[tokio::test(start_paused = true)]
async fn a_closed_replica_is_replaced_within_a_second() {
    let mut world = three().await;
    world.replica("a").close();
    world.pass(seconds(0.05)).await;
    world.settle(seconds(1.0)).await;
    world.pass(seconds(1.0)).await;
    assert_eq!(world.replicas.len(), 2);
    assert_eq!(world.hub.lock().expect("the hub").replicas(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_moves_only_when_its_work_has_stopped() {
    let mut world = World::new(30, 1);
    world.slowness = seconds(3.0);
    world.start(&["a"]);
    world.pass(seconds(2.0)).await;
    world.start(&["b"]);
    world.pass(seconds(0.8)).await;
    let loads = world.loads();
    assert!(loads["a"] < 20 && loads["b"] < 8, "{loads:?}");
    world.pass(seconds(5.0)).await;
    let loads = world.loads();
    assert!(
        loads["a"] + loads["b"] == 30 && loads["b"] > 10,
        "{loads:?}"
    );
}

/// The time between the moment at which the replica `a` may no longer write to one of its clusters, and that
/// at which another one may.
async fn gap(world: &mut World) -> Duration {
    let owned = world.replica("a").shards.owned();
    let cluster = owned.borrow().first().cloned().expect("a cluster");
    let begun = Instant::now();
    let mut ended = None;
    loop {
        world.pass(seconds(0.01)).await;
        match world.able(&cluster)[..] {
            ["a"] => assert!(ended.is_none()),
            [] => _ = ended.get_or_insert_with(Instant::now),
            _ => break,
        }
        assert!(begun.elapsed() < seconds(9.0));
    }
    ended.expect("nobody's for a while").elapsed()
}

#[tokio::test(start_paused = true)]
async fn who_is_cut_off_stops_two_seconds_before_others_begin() {
    let mut world = three().await;
    world.replica("a").link.cut(seconds(30.0));
    let gap = gap(&mut world).await;
    assert!(gap >= seconds(1.9), "{gap:?}");
    world.pass(seconds(4.0)).await;
    let loads = world.loads();
    assert_eq!((loads["a"], loads["b"] + loads["c"]), (0, 30));
    world.pass(seconds(30.0)).await;
    assert!(world.loads()["a"] > 4, "it comes back: {:?}", world.loads());
}

#[tokio::test(start_paused = true)]
async fn who_is_stopped_and_wakes_up_has_lost_its_clusters() {
    let mut world = three().await;
    world.replica("a").freezer.freeze();
    let gap = gap(&mut world).await;
    assert!(gap >= seconds(1.9), "{gap:?}");
    world.pass(seconds(12.0)).await;
    let before = world.replica("a").count.load(Ordering::Relaxed);
    world.replica("a").freezer.thaw();
    world.pass(seconds(0.05)).await;
    let acts = world.replica("a").count.load(Ordering::Relaxed) - before;
    assert_eq!(acts, 0, "it knows at once");
    world.pass(seconds(10.0)).await;
    assert!(world.loads()["a"] > 4);
    world.settle(seconds(1.0)).await;
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_is_away_stops_all_and_goes_on() {
    let mut world = three().await;
    for replica in &world.replicas {
        replica.link.cut(seconds(20.0));
    }
    world.pass(seconds(5.0)).await;
    assert_eq!(world.loads().values().sum::<usize>(), 0);
    world.pass(seconds(15.0)).await;
    world.settle(seconds(14.0)).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_hub_is_no_fault() {
    let mut world = three().await;
    for replica in &world.replicas {
        replica.link.slow(seconds(0.7));
    }
    for _ in 0..60 {
        world.pass(seconds(1.0)).await;
        assert!(world.is_settled());
    }
}

#[tokio::test(start_paused = true)]
async fn clusters_come_and_go() {
    let mut world = three().await;
    let gone = world.clusters.pop_first().expect("a cluster");
    world.clusters.insert("https://new.example".to_owned());
    for replica in &world.replicas {
        replica.shards.set_clusters(world.clusters.clone());
    }
    world.pass(seconds(0.5)).await;
    world.settle(seconds(1.0)).await;
    assert!(world.able(&gone).is_empty());
}

#[tokio::test(start_paused = true)]
async fn claims_deleted_by_hand_are_noticed() {
    let mut world = three().await;
    world.hub.lock().expect("the hub").delete_claims();
    world.pass(seconds(12.0)).await;
    world.settle(seconds(3.0)).await;
}

#[tokio::test(start_paused = true)]
async fn writes_end_with_the_hold() {
    let mut world = World::new(1, 7);
    world.start(&["a"]);
    world.settle(seconds(2.0)).await;
    let cluster = world.clusters.first().cloned().expect("a cluster");
    let replica = world.replica("a");
    let target = super::hub::Link::new(Arc::default(), 1);
    let shards = Arc::clone(&replica.shards);
    let fenced = Fenced::new(Arc::new(target.clone()), shards, cluster);
    let resource = Resource {
        gvk: Gvk::parse("v1", "A"),
        plural: "as".to_owned(),
        namespaced: false,
        listable: true,
    };
    let value = json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}});
    let object = Object::new(value, None).expect("an object");
    let options = ApplyOptions {
        field_manager: "gantry",
        force_conflicts: false,
        dry_run: false,
        validate: true,
    };
    let apply = || fenced.apply(&resource, &object, options);
    assert!(apply().await.is_ok());
    replica.link.cut(seconds(60.0));
    target.cut(seconds(60.0));
    let begun = Instant::now();
    let error = apply().await.expect_err("the hold ends").to_string();
    assert!(
        error.contains("no longer owns cluster https://cluster-0"),
        "{error}"
    );
    let time = begun.elapsed();
    assert!(time >= seconds(1.9) && time <= seconds(4.0), "{time:?}");
    assert!(apply().await.is_err());
    assert_eq!(begun.elapsed(), time, "refused at once");
}

/// Kills, stops, cuts, slowness, orderly ends, and clusters that come and go, in any order.
async fn disorder(seed: u64) {
    let mut world = World::new(12, seed);
    world.slowness = seconds(1.5);
    let ids = ["a", "b", "c", "d"];
    world.start(&ids);
    for _ in 0..30 {
        let id = ids[usize::try_from(world.random.below(4)).expect("small")];
        let length = world.random.millis(500, 20_000);
        let kind = world.random.below(8);
        if !world.replicas.iter().any(|replica| replica.id == id) {
            world.start(&[id]);
        }
        match kind {
            0 | 1 => world.kill(id),
            2 => world.replica(id).freezer.freeze(),
            3 => world.replica(id).freezer.thaw(),
            4 => world.replica(id).link.cut(length),
            5 => world.replica(id).link.slow(length / 4),
            6 => world.replica(id).close(),
            _ => {
                for replica in &world.replicas {
                    replica.link.cut(length / 3);
                }
            }
        }
        let pause = world.random.millis(0, 6_000);
        world.pass(pause).await;
    }
    for id in ids {
        if !world.replicas.iter().any(|replica| replica.id == id) {
            world.start(&[id]);
        }
    }
    for replica in &world.replicas {
        replica.freezer.thaw();
        replica.link.cut(Duration::ZERO);
        replica.link.slow(seconds(0.05));
    }
    world.pass(seconds(12.0)).await;
    world.settle(seconds(6.0)).await;
}

#[tokio::test(start_paused = true)]
async fn in_any_disorder_no_two_may_write_to_one_cluster() {
    for seed in 0..6 {
        disorder(seed).await;
    }
}
