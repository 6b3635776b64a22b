//! All replicas and their hub, watched at every moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::hub::{Hub, Link};
use super::random::Random;
use super::replica::Replica;

pub(super) struct World {
    pub(super) hub: Arc<Mutex<Hub>>,
    pub(super) replicas: Vec<Replica>,
    pub(super) clusters: BTreeSet<String>,
    pub(super) random: Random,
    /// How long a replica takes to stop the work on a cluster at most.
    pub(super) slowness: Duration,
}

impl World {
    pub(super) fn new(clusters: usize, seed: u64) -> Self {
        let clusters = (0..clusters).map(|n| format!("https://cluster-{n}.example"));
        Self {
            hub: Arc::default(),
            replicas: Vec::new(),
            clusters: clusters.collect(),
            random: Random(seed),
            slowness: Duration::from_millis(100),
        }
    }

    /// Starts replicas of these ids.
    pub(super) fn start(&mut self, ids: &[&str]) {
        for id in ids {
            let link = Link::new(Arc::clone(&self.hub), self.random.number());
            let seed = self.random.number();
            let replica = Replica::start(link, id, seed, self.slowness);
            replica.shards.set_clusters(self.clusters.clone());
            self.replicas.push(replica);
        }
    }

    pub(super) fn replica(&self, id: &str) -> &Replica {
        let found = self.replicas.iter().find(|replica| replica.id == id);
        found.expect("the replica")
    }

    /// Kills one; its place is empty.
    pub(super) fn kill(&mut self, id: &str) {
        self.replica(id).kill();
        self.replicas.retain(|replica| replica.id != id);
    }

    /// Lets time pass, and looks all the while.
    pub(super) async fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            sleep(Duration::from_millis(20)).await;
            self.check();
            self.replicas.retain(|replica| {
                if replica.is_closed() {
                    replica.kill();
                }
                !replica.is_closed()
            });
        }
    }

    fn check(&self) {
        for cluster in &self.clusters {
            let able = self.able(cluster);
            assert!(able.len() <= 1, "{able:?} may all write to {cluster}");
        }
    }

    /// Who could write to a cluster now.
    pub(super) fn able(&self, cluster: &str) -> Vec<&str> {
        let able = self.replicas.iter().filter(|r| r.is_able(cluster));
        able.map(|replica| replica.id.as_str()).collect()
    }

    /// How many clusters each replica works on.
    pub(super) fn loads(&self) -> BTreeMap<&str, usize> {
        let load = |replica: &Replica| replica.shards.owned().borrow().len();
        let loads = self.replicas.iter().map(|r| (r.id.as_str(), load(r)));
        loads.collect()
    }

    pub(super) fn is_settled(&self) -> bool {
        self.clusters.iter().all(|cluster| {
            let owns = |r: &&Replica| r.shards.owned().borrow().contains(cluster);
            self.replicas.iter().filter(owns).count() == 1
        })
    }

    /// Waits until each cluster has an owner; how long that took.
    pub(super) async fn settle(&mut self, limit: Duration) -> Duration {
        let begun = Instant::now();
        while !self.is_settled() {
            self.pass(Duration::from_millis(10)).await;
            let waited = begun.elapsed();
            assert!(
                waited <= limit,
                "not settled in {waited:?}: {:?}",
                self.loads()
            );
        }
        begun.elapsed()
    }

    pub(super) fn writes(&self) -> u64 {
        self.hub
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .writes
    }
}
