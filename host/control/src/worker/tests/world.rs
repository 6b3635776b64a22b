//! What a worker shares with others, without them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gantry_charts::Charts;
use gantry_diff::SystemRules;
use gantry_engine::{CheckError, Engine, Fetcher, HistoryHome, Pins, Projects, Workshop};
use gantry_live::Stats;
use gantry_model::metrics::Metrics;
use gantry_model::secrets::{ClusterSecret, Repositories as Secrets};
use gantry_model::{Object, merge_patch};
use gantry_plugins::{Host, HostConfig};
use gantry_source::Repositories;
use gantry_store::{Kind, SqliteHome};
use serde_json::{Value, json};

use super::spoke::Spoke;
use crate::clusters::{Registry, Wrap, Wrapped};
use crate::poll::{Listener, Pace, Poller};
use crate::shards::{Fenced, Shards};
use crate::shared::{Id, Shared};
use crate::worker::Worker;

const NAMESPACE: &str = "argocd";
const PATIENCE: Duration = Duration::from_secs(30);

struct Deaf;

impl Listener for Deaf {
    fn moved(&self, _: &[String]) {}
    fn failing(&self, _: &[String], _: &CheckError) {}
    fn recovered(&self, _: &[String]) {}
}

pub(super) struct World {
    pub(super) shared: Arc<Shared>,
    spokes: Arc<Mutex<HashMap<String, Arc<Spoke>>>>,
    _folder: tempfile::TempDir,
}

impl World {
    /// With the clusters `one` and `two`, both its own.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = SqliteHome::open(&folder.path().join("home"), NAMESPACE).expect("a home");
        let shards = Arc::new(Shards::alone());
        let spokes = Arc::new(Mutex::new(HashMap::new()));
        let clusters = Arc::new(Registry::new(wrap(&spokes, &shards)));
        let secret = |name: &str| ClusterSecret {
            name: name.to_owned(),
            server: server(name),
            ..ClusterSecret::default()
        };
        clusters.set(vec![secret("one"), secret("two")]);
        let plugins = Host::new(&HostConfig::default()).expect("a host");
        let fetcher = Fetcher::new(
            Repositories::new(folder.path().join("repositories")),
            Charts::new(folder.path().join("charts")),
            Secrets::default(),
        );
        let workshop = Workshop::new(plugins, fetcher, Projects::default(), Pins::default());
        let poller = Poller::new(
            Arc::clone(workshop.fetcher()),
            Deaf,
            Pace::every(Duration::from_secs(3600)),
        );
        let destinations = Arc::clone(&clusters);
        let rules = SystemRules::default();
        let engine = Engine::new(workshop, destinations, rules, HistoryHome::Nowhere);
        let world = Self {
            shared: Arc::new(Shared::new(
                Arc::new(home),
                Arc::new(engine),
                clusters,
                shards,
                poller,
                Arc::new(Metrics::default()),
            )),
            spokes,
            _folder: folder,
        };
        world.own(&["one", "two"]);
        world
    }

    /// These clusters are its own from now on, and no others.
    pub(super) fn own(&self, names: &[&str]) {
        let servers = names.iter().map(|name| server(name));
        self.shared.shards.set_clusters(servers);
    }

    pub(super) fn owns(&self, name: &str) -> bool {
        self.shared.shards.hold(&server(name)).is_some()
    }

    pub(super) fn spoke(&self, name: &str) -> Arc<Spoke> {
        let spokes = self.spokes.lock().expect("a lock");
        Arc::clone(spokes.get(name).expect("a cluster"))
    }

    /// An application on the cluster `one`, of a repository that is not there, with what else it is to have.
    pub(super) async fn create(&self, name: &str, more: &Value) -> Object {
        let mut value = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "project": "default",
                "source": {"repoURL": "file:///nowhere/at/all", "path": "app"},
                "destination": {"name": "one", "namespace": "apps"},
            },
        });
        merge_patch::apply(&mut value, more);
        let object = Object::new(value, None).expect("an object");
        self.shared.home.create(&object).await.expect("created")
    }

    pub(super) async fn get(&self, name: &str) -> Option<Object> {
        let found = self.shared.home.get(Kind::Application, NAMESPACE, name);
        found.await.expect("an answer")
    }

    pub(super) async fn patch(&self, name: &str, patch: &Value) {
        let home = &self.shared.home;
        let patched = home.patch(Kind::Application, NAMESPACE, name, patch).await;
        patched.expect("patched");
    }

    pub(super) async fn delete(&self, name: &str) {
        let deleted = self.shared.home.delete(Kind::Application, NAMESPACE, name);
        assert!(deleted.await.expect("an answer"));
    }

    /// Its worker, which nobody runs yet.
    pub(super) fn worker(&self, raw: Object) -> Worker {
        let id = id(raw.name());
        let (inbox, raw) = self.shared.present(&id, raw).expect("the first one");
        let mut worker = Worker::new(Arc::clone(&self.shared), id, inbox, raw);
        worker.heed_manifest();
        worker
    }
}

pub(super) fn id(name: &str) -> Id {
    Id {
        namespace: NAMESPACE.to_owned(),
        name: name.to_owned(),
    }
}

fn server(name: &str) -> String {
    format!("https://{name}.example")
}

/// A cluster in memory in the place of each connection, written to only while it is the replica's.
fn wrap(spokes: &Arc<Mutex<HashMap<String, Arc<Spoke>>>>, shards: &Arc<Shards>) -> Wrap {
    let (spokes, shards) = (Arc::clone(spokes), Arc::clone(shards));
    Arc::new(move |_, info| {
        let mut spokes = spokes.lock().expect("a lock");
        let new = || Arc::new(Spoke::new(&info.name));
        let spoke = Arc::clone(spokes.entry(info.name.clone()).or_insert_with(new));
        let probed = Arc::clone(&spoke);
        let fenced = Fenced::new(spoke, Arc::clone(&shards), info.server.clone());
        Wrapped {
            cluster: Arc::new(fenced),
            probed,
            kept: Arc::new(Stats::default),
        }
    })
}

/// Waits until something is so.
pub(super) async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    assert!(waited.is_ok(), "not in time: {what}");
}
