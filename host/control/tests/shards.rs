//! Three replicas that share thirty clusters by leases of a real API server.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use gantry_cluster::Clusters;
use gantry_control::shards::{Hold, Shards};
use gantry_model::cluster::WriteOptions;
use gantry_model::{Cluster, Gvk, Object};
use gantry_testbed::{Parts, Testbed};
use serde_json::json;
use tokio::task::AbortHandle;
use tokio::time::sleep;

const NAMESPACE: &str = "argocd";

type Holds = Arc<Mutex<BTreeMap<String, Hold>>>;

/// One replica, whose work is to keep a hold on each of its clusters.
struct Replica {
    shards: Arc<Shards>,
    holds: Holds,
    work: AbortHandle,
}

impl Replica {
    fn start(kubeconfig: &Path, id: &str, clusters: &BTreeSet<String>) -> Self {
        let known = Clusters::load(Some(kubeconfig), None).expect("a kubeconfig");
        let hub = known.by_name("hub").expect("its context");
        let shards = Arc::new(Shards::start(hub, NAMESPACE, id).expect("an id"));
        shards.set_clusters(clusters.clone());
        let holds = Holds::default();
        let work = follow(Arc::downgrade(&shards), Arc::clone(&holds));
        let work = tokio::spawn(work).abort_handle();
        Self {
            shards,
            holds,
            work,
        }
    }

    /// The clusters that it may write to now.
    fn able(&self) -> BTreeSet<String> {
        let holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let able = holds.values().filter(|hold| hold.check().is_ok());
        able.map(|hold| hold.cluster().to_owned()).collect()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.work.abort();
    }
}

async fn follow(shards: Weak<Shards>, holds: Holds) {
    let Some(mut owned) = shards.upgrade().map(|shards| shards.owned()) else {
        return;
    };
    loop {
        let clusters = owned.borrow_and_update().clone();
        let Some(shards) = shards.upgrade() else {
            return;
        };
        {
            let mut holds = holds.lock().unwrap_or_else(PoisonError::into_inner);
            holds.retain(|cluster, _| clusters.contains(cluster));
            for cluster in clusters {
                if let Some(hold) = shards.hold(&cluster) {
                    holds.insert(cluster, hold);
                }
            }
        }
        drop(shards);
        if owned.changed().await.is_err() {
            return;
        }
    }
}

/// Waits until every cluster has one owner among these, in fair shares, and they know each other; none may be the `leaving` one's too.
async fn settle(
    replicas: &[&Replica],
    leaving: Option<&Replica>,
    clusters: &BTreeSet<String>,
    limit: Duration,
) -> Duration {
    let begun = Instant::now();
    loop {
        let left = leaving.map(Replica::able).unwrap_or_default();
        let able: Vec<BTreeSet<String>> = replicas.iter().map(|replica| replica.able()).collect();
        let all: BTreeSet<String> = able.iter().flatten().cloned().collect();
        let loads: Vec<usize> = able.iter().map(BTreeSet::len).collect();
        assert_eq!(loads.iter().sum::<usize>(), all.len(), "one has two owners");
        assert!(left.is_disjoint(&all), "one has two owners");
        let room = (clusters.len() * 5).div_ceil(replicas.len() * 4);
        let agree = |replica: &&Replica| replica.shards.members().len() == replicas.len();
        let is_known = replicas.iter().all(agree);
        if all == *clusters && is_known && loads.iter().all(|load| *load <= room) {
            return begun.elapsed();
        }
        let waited = begun.elapsed();
        assert!(waited <= limit, "after {waited:?} they have {loads:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn make_namespace(kubeconfig: &Path) {
    let known = Clusters::load(Some(kubeconfig), None).expect("a kubeconfig");
    let hub = known.by_name("hub").expect("its context");
    let resource = hub.resource(&Gvk::parse("v1", "Namespace")).await;
    let resource = resource.expect("an answer").expect("namespaces");
    let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    let object = Object::new(value, None).expect("an object");
    let options = WriteOptions {
        field_manager: "test",
        dry_run: false,
        validate: true,
    };
    let made = hub.create(&resource, &object, options).await;
    made.expect("a namespace");
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn share(testbed: &mut Testbed) {
    let kubeconfig = testbed.kubeconfig();
    make_namespace(&kubeconfig).await;
    let clusters: BTreeSet<String> = (0..30)
        .map(|n| format!("https://cluster-{n}.example"))
        .collect();
    let start = |id: &str| Replica::start(&kubeconfig, id, &clusters);
    let (a, b, c) = (start("gantry-0"), start("gantry-1"), start("gantry-2"));
    settle(&[&a, &b, &c], None, &clusters, seconds(60)).await;

    // Dead, without a word.
    drop(a);
    let killed = settle(&[&b, &c], None, &clusters, seconds(30)).await;
    assert!(
        killed >= seconds(3),
        "before its lease was over: {killed:?}"
    );

    // It comes back.
    let a = start("gantry-0");
    settle(&[&a, &b, &c], None, &clusters, seconds(30)).await;

    // In good order: nobody waits for the six seconds of a lease.
    let rest = [&a, &c];
    let (is_closed, _) = tokio::join!(
        b.shards.close(),
        settle(&rest, Some(&b), &clusters, seconds(5))
    );
    assert!(is_closed);

    // Nobody has anything while the API server is away, and all of it afterwards.
    let cluster = testbed.clusters().first_mut().expect("one cluster");
    cluster.stop_apiserver();
    sleep(seconds(5)).await;
    assert!(a.able().is_empty() && c.able().is_empty());
    cluster.start_apiserver().expect("it starts");
    settle(&[&a, &c], None, &clusters, seconds(60)).await;
    assert!(a.shards.close().await && c.shards.close().await);
}

#[test]
fn replicas_share_the_clusters_of_a_real_hub() {
    let mut testbed = Testbed::start(&["hub"], Parts::Api).expect("a cluster");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(share(&mut testbed));
}
