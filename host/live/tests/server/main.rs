//! The watch cache over a real API server.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
#![allow(clippy::print_stdout, reason = "the measures are of interest")]

mod counting;
mod versions;
mod views;

use std::sync::Arc;
use std::time::{Duration, Instant};

use counting::{Counting, Counts, Heard};
use gantry_cluster::Clusters;
use gantry_diff::Ignore;
use gantry_live::{LiveCluster, Scope};
use gantry_model::cluster::{DeleteOptions, PatchKind, Propagation, Resource, WriteOptions};
use gantry_model::{Cluster, Gvk, Object, ObjectRef};
use gantry_sync::{
    CancellationToken, Judge, Limiter, Memory, Operation, Options, Sync, SyncStatus, Target,
    Verdict,
};
use gantry_testbed::{Parts, Testbed};
use serde_json::{Value, json};

const APPLICATIONS: usize = 20;
const OBJECTS_EACH: usize = 10;
const EDITS: usize = 100;
/// Of edits and deletions by others while the API server restarts, in an application each.
const CHANGES_MEANWHILE: usize = 20;

/// A cluster, who watches it, and somebody else.
struct World {
    live: Arc<LiveCluster>,
    heard: Arc<Heard>,
    counts: Arc<Counts>,
    other: Arc<dyn Cluster>,
    memories: Vec<Memory>,
}

struct Healthy;

impl Judge for Healthy {
    fn assess(&self, objects: &[&Value]) -> Vec<Verdict> {
        vec![None; objects.len()]
    }
}

#[test]
fn a_real_cluster_is_followed() {
    let mut testbed = Testbed::start(&["one"], Parts::Api).expect("a cluster");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = World::new(&testbed);
        world.sync_all().await;
        world.looks_cost_nothing().await;
        world.edits_are_heard_soon().await;
        world.a_view_is_written_by_somebody_else().await;
        world.a_kind_goes_on_in_another_version().await;
        world.a_kind_that_comes_is_told().await;
        world.changes_during_a_restart_are_heard(&mut testbed).await;
    });
}

fn application(number: usize) -> String {
    format!("app-{number:03}")
}

fn reference(app: usize, number: usize) -> ObjectRef {
    ObjectRef {
        gvk: Gvk::parse("v1", "ConfigMap"),
        namespace: "default".to_owned(),
        name: format!("{}-{number}", application(app)),
    }
}

fn manifests(app: usize) -> Vec<Object> {
    let manifest = |number| {
        let name = reference(app, number).name;
        let value = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "default"},
            "data": {"key": "value", "text": "some text of a usual length\n".repeat(10)}});
        Object::new(value, None).expect("an object")
    };
    (0..OBJECTS_EACH).map(manifest).collect()
}

impl World {
    fn new(testbed: &Testbed) -> Self {
        let connect = || -> Arc<dyn Cluster> {
            let clusters = Clusters::load(Some(&testbed.kubeconfig()), None);
            let clusters = clusters.expect("a kubeconfig");
            clusters.by_name("one").expect("its context")
        };
        let (heard, counts) = (Arc::new(Heard::default()), Arc::new(Counts::default()));
        let counting = Counting {
            inner: connect(),
            counts: Arc::clone(&counts),
        };
        Self {
            live: LiveCluster::new(Arc::new(counting), heard.clone(), Scope::default()),
            heard,
            counts,
            other: connect(),
            memories: (0..APPLICATIONS).map(|_| Memory::default()).collect(),
        }
    }

    async fn sync_all(&self) {
        let began = Instant::now();
        for app in 0..APPLICATIONS {
            let name = application(app);
            let ignore = Ignore::default();
            let sync = self.sync(&name, &ignore);
            let ended = sync.run(manifests(app)).await.expect("a report");
            let (failed, rows) = (ended.report.failed(), ended.report.objects.len());
            assert!(!failed && rows == OBJECTS_EACH, "{:?}", ended.report);
            sync.tidy(ended).await;
        }
        let stats = self.live.stats();
        println!(
            "synced in {:?}, asked {:?}",
            began.elapsed(),
            self.counts.take()
        );
        println!(
            "{stats:?}: {} bytes of text an object",
            stats.bytes / stats.objects.max(1)
        );
        assert_eq!(stats.objects, APPLICATIONS * OBJECTS_EACH);
    }

    fn sync<'a>(&'a self, name: &'a str, ignore: &'a Ignore) -> Sync<'a> {
        Sync {
            cluster: &*self.live,
            limiter: Arc::new(Limiter::default()),
            judge: &Healthy,
            observer: &(),
            target: Target {
                application: name,
                namespace: "default",
                kinds_may_come: false,
            },
            permit: &(),
            ignore,
            known: &[],
            operation: Operation::default(),
            cancel: CancellationToken::new(),
            options: Options::default(),
        }
    }

    /// Looks at all applications: how many of their objects are not as wanted.
    async fn look_at_all(&self) -> usize {
        let mut others = 0;
        for (app, memory) in self.memories.iter().enumerate() {
            let (name, ignore) = (application(app), Ignore::default());
            let sync = self.sync(&name, &ignore);
            let found = sync.assess(manifests(app), memory).await;
            let found = found.expect("an assessment");
            assert_eq!(found.objects.len(), OBJECTS_EACH);
            let objects = found.objects.iter();
            others += objects.filter(|o| o.sync != SyncStatus::Synced).count();
        }
        others
    }

    async fn looks_cost_nothing(&self) {
        assert_eq!(self.look_at_all().await, 0);
        self.counts.take();
        let began = Instant::now();
        assert_eq!(self.look_at_all().await, 0);
        println!("looked at all in {:?}", began.elapsed());
        let [gets, lists, writes, watches] = self.counts.take();
        assert_eq!([gets, lists, writes, watches], [0; 4]);
    }

    async fn edit(&self, object: &ObjectRef, value: &str) {
        let options = WriteOptions {
            field_manager: "somebody",
            dry_run: false,
            validate: true,
        };
        let body = json!({"data": {"key": value}});
        let resource = self.resource().await;
        let merge = PatchKind::Merge;
        let edited = self.other.patch(&resource, object, merge, &body, options);
        edited.await.expect("an object");
    }

    async fn resource(&self) -> Resource {
        let found = self.other.resource(&Gvk::parse("v1", "ConfigMap")).await;
        found.expect("an answer").expect("a kind")
    }

    async fn edits_are_heard_soon(&self) {
        let mut taken = Vec::new();
        for edit in 0..EDITS {
            let app = edit * 7 % APPLICATIONS;
            self.heard.forget();
            let began = Instant::now();
            let object = reference(app, edit / APPLICATIONS);
            self.edit(&object, &format!("edit-{edit}")).await;
            let name = application(app);
            let told = self.heard.told(&name);
            let at = tokio::time::timeout(Duration::from_secs(10), told).await;
            taken.push(at.expect("word in time").duration_since(began));
        }
        taken.sort_unstable();
        let (median, late) = (taken[EDITS / 2], taken[EDITS * 99 / 100]);
        println!("an edit is heard of in {median:?} (median), {late:?} (p99), from its sending");
        // The aim is 100 ms; a machine that builds meanwhile takes longer.
        assert!(late < Duration::from_secs(10), "{late:?}");
        assert_eq!(self.counts.take()[..3], [0; 3]);
    }

    async fn changes_during_a_restart_are_heard(&self, testbed: &mut Testbed) {
        self.heard.forget();
        let cluster = testbed.clusters().first_mut().expect("a cluster");
        let restart = || cluster.restart_apiserver(Duration::from_secs(2));
        let changes = async {
            for app in 0..CHANGES_MEANWHILE {
                // The server ends soon after the first ones, and comes back before the last ones.
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.change(app).await;
            }
        };
        let restarted = std::thread::scope(|scope| {
            let restarted = scope.spawn(restart);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(changes));
            restarted.join()
        });
        restarted.expect("a thread").expect("an API server");
        let began = Instant::now();
        for app in 0..CHANGES_MEANWHILE {
            let name = application(app);
            let told = tokio::time::timeout(Duration::from_secs(30), self.heard.told(&name)).await;
            assert!(told.is_ok(), "{name} was not told");
        }
        println!("all heard of {:?} after the last change", began.elapsed());
        let resource = self.resource().await;
        self.counts.take();
        for app in 0..CHANGES_MEANWHILE {
            let object = reference(app, OBJECTS_EACH - 1);
            let got = self.live.get(&resource, &object.namespace, &object.name);
            let got = got.await.expect("an answer");
            let key = got.map(|object| object.value()["data"]["key"].clone());
            let expected = (app.is_multiple_of(2)).then(|| json!("meanwhile"));
            assert_eq!(key, expected, "{object}");
        }
        assert_eq!(self.counts.take()[..3], [0; 3]);
    }

    /// Edits an object of an application, or deletes it.
    async fn change(&self, app: usize) {
        let object = reference(app, OBJECTS_EACH - 1);
        if app.is_multiple_of(2) {
            self.edit(&object, "meanwhile").await;
            return;
        }
        // Nobody collects garbage here.
        let options = DeleteOptions {
            propagation: Propagation::Background,
            ..DeleteOptions::default()
        };
        let resource = self.resource().await;
        let deleted = self.other.delete(&resource, &object, options).await;
        deleted.expect("an answer");
    }
}
