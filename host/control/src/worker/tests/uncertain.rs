//! Looks that could not find out all.

use std::time::Duration;

use gantry_model::limits;
use serde_json::json;
use tokio::time::Instant;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_found_out_is_looked_for_again_by_itself() {
    let world = World::new();
    // Its repository is not there.
    let mut worker = world.worker(world.create("web", &json!({})).await);
    let mut pauses = Vec::new();
    for look in 1..=8 {
        let began = Instant::now();
        worker.turn().await;
        assert_eq!(worker.uncertain_looks, look);
        let by = worker.look_by.expect("it is looked at again");
        assert!(worker.wake.is_some_and(|wake| wake <= by));
        pauses.push(by.duration_since(began));
        // Nothing has come, and it is not time yet.
        worker.turn().await;
        assert_eq!(worker.uncertain_looks, look);
        worker.look_by = Some(Instant::now());
        worker.look_from = Instant::now();
    }
    let least = Duration::from_secs(limits::LOOK_RETRY_SECS);
    let most = Duration::from_secs(limits::LOOK_RETRY_MAX_SECS);
    assert!(pauses[0] >= least && pauses[0] < 2 * least, "{pauses:?}");
    assert!(pauses[1] >= 2 * least, "{pauses:?}");
    assert!(pauses[7] >= most && pauses[7] < 2 * most, "{pauses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_obstacle_is_told_when_it_goes() {
    let world = World::new();
    let nowhere = json!({"spec": {"destination": {"name": "three"}}});
    let mut worker = world.worker(world.create("web", &nowhere).await);
    worker.turn().await;
    assert_eq!((worker.uncertain_looks, worker.look_by), (0, None));
}
