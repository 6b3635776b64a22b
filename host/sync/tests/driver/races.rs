//! What is written between a read and the question by dry-run, and what waits for its time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gantry_sync::{Observer, Sync};
use serde_json::json;
use tokio::time::Instant;

use super::fake::Fake;
use super::{object, run, sync, told};

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_is_no_difference() {
    let cluster = Fake::new();
    let wanted = [object("ConfigMap", "a", &[])];
    run(&cluster, "1", &wanted).await;
    let mut before = cluster.get_value("ConfigMap", "a").expect("it was made");
    before["metadata"]["resourceVersion"] = json!("0");
    before["data"] = json!({"of": "an earlier state"});
    cluster.read_once(before.clone());
    let found = sync(&cluster, "2").diff(wanted.to_vec()).await;
    assert_eq!(found.expect("a cluster").objects, []);
    // A difference that stays is told of what is there now.
    let mut now = before.clone();
    now["data"] = json!({"of": "somebody else"});
    cluster.put(now);
    cluster.read_once(before);
    let found = sync(&cluster, "3").diff(wanted.to_vec()).await;
    let found = found.expect("a cluster").objects;
    let text = found.first().map(|difference| difference.diff.as_str());
    let text = text.expect("a difference");
    assert!(
        text.contains("somebody else") && !text.contains("earlier"),
        "{text}"
    );
}

/// Lets nothing begin the first times that it is asked.
struct Closed(Mutex<u32>);

impl Observer for Closed {
    fn may_go_on(&self) -> bool {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *times = times.saturating_sub(1);
        *times == 0
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_waits_until_it_may_begin() {
    let cluster = Fake::new();
    let objects = [
        object("ConfigMap", "a", &[]),
        object("ConfigMap", "b", &["sync-wave=1"]),
    ];
    let closed = Closed(Mutex::new(4));
    let sync = Sync {
        observer: &closed,
        ..sync(&cluster, "1")
    };
    let began = Instant::now();
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    let report = sync.tidy(ended).await;
    assert_eq!(told(&report), ["a created", "b created"]);
    assert!(began.elapsed() >= Duration::from_secs(3));
    // Whoever ends it does not wait.
    *closed.0.lock().expect("a lock") = 1_000_000;
    sync.cancel.cancel();
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    assert!(ended.report.cancelled);
}
