//! What it costs to follow, and when it ends.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures::StreamExt;
use gantry_live::LiveCluster;
use gantry_model::cluster::WatchEvent;
use gantry_model::{Cluster, Object, ObjectRef, limits};

use crate::fake::{World, object, own, reference, resource, settle};

const APPLICATIONS: u64 = 2_500;
const OBJECTS_EACH: u64 = 4;

#[tokio::test]
async fn following_costs_the_same_whoever_else_follows() {
    let one = |i: u64| {
        let application = format!("app-{}", i / OBJECTS_EACH);
        object(Some(&application), &format!("o{i}"), "u", i + 1)
    };
    let objects: Vec<Object> = (0..APPLICATIONS * OBJECTS_EACH).map(one).collect();
    let world = World::start(&objects).await;
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for taken in [&mut first, &mut again] {
        for app in 0..APPLICATIONS {
            let own = app * OBJECTS_EACH..(app + 1) * OBJECTS_EACH;
            let wants: Vec<ObjectRef> = own.map(|i| reference(&format!("o{i}"))).collect();
            let began = Instant::now();
            world.live.follow(&format!("app-{app}"), &wants).await;
            taken.push(began.elapsed());
        }
    }
    let median = |taken: &[Duration]| {
        let mut taken = taken.to_vec();
        taken.sort_unstable();
        taken[taken.len() / 2]
    };
    let (early, late) = (median(&first[..100]), median(&first[first.len() - 100..]));
    let unchanged = median(&again);
    println!("early {early:?}, late {late:?}, unchanged {unchanged:?}");
    assert!(late < early * 10, "early {early:?}, late {late:?}");
    assert!(unchanged < early * 10, "{early:?}, unchanged {unchanged:?}");
}

#[tokio::test(start_paused = true)]
async fn a_kind_is_watched_until_nobody_has_had_any_of_it_for_a_while() {
    let world = World::start(&[own("u1", 1)]).await;
    let long = Duration::from_secs(limits::LIVE_UNUSED_KIND_KEPT_SECS * 2);
    // It is no longer in Git, but it is still there.
    world.live.follow("shop", &[]).await;
    tokio::time::sleep(long).await;
    assert_eq!(world.live.stats().kinds, 1);
    world.live.unfollow("shop");
    assert_eq!(world.live.stats().kinds, 1);
    tokio::time::sleep(long).await;
    assert_eq!(world.live.stats().kinds, 0);
    assert!(world.events.is_closed());
}

#[tokio::test]
async fn watches_and_what_reads_along_end_with_the_cluster_that_has_them() {
    let world = World::start(&[own("u1", 1)]).await;
    let mut feed = world.live.watch(&resource(), Some("n"));
    assert!(matches!(
        feed.next().await,
        Some(Ok(WatchEvent::Present(_)))
    ));
    assert!(matches!(feed.next().await, Some(Ok(WatchEvent::Listed))));
    // Another connection has taken its place.
    let live: Weak<LiveCluster> = Arc::downgrade(&world.live);
    let (events, heard) = (world.events, world.heard);
    drop(world.live);
    assert_eq!(live.strong_count(), 0);
    let end = tokio::time::timeout(Duration::from_secs(5), feed.next()).await;
    assert!(matches!(end, Ok(None)), "the feed did not end");
    settle().await;
    assert!(events.is_closed());
    assert_eq!(Arc::strong_count(&heard), 1, "somebody still tells");
}
