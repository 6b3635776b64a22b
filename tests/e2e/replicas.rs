//! Two replicas of the control plane on one hub: they share the clusters, one goes on for both when the other
//! is killed or stopped, and nothing is done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_testbed::{Dial, GitRepository};
use serde_json::{Value, json};

use crate::server::{Home, Server};
use crate::world::{PATIENCE, World};

const NAMESPACE: &str = "replicas";
/// More clusters than one of two replicas may have: some are each one's.
const CLUSTERS: usize = 6;
const SPOKES: [&str; 2] = ["spoke-1", "spoke-2"];
/// Others wait for six seconds before they take what was a dead one's; the rest is for a busy machine.
const MOVED_AFTER_KILL: Duration = Duration::from_secs(60);
/// Less than that wait: nobody had to.
const MOVED_AFTER_STOP: Duration = Duration::from_millis(5_500);
/// What a replica says that was kept from its lease for too long, as a machine that stands still for seconds does it:
/// what it had begun may then begin again elsewhere.
const LEASE_LOST: &str = "the lease is lost";

struct Scene<'a> {
    world: &'a World,
    repository: GitRepository,
    commits: Vec<String>,
    /// The clusters' addresses lead through these, as each cluster has an address of its own.
    dials: Vec<Dial>,
}

pub(crate) fn two_replicas_share_clusters_and_stand_in_for_each_other(world: &World) {
    let mut scene = Scene::set_up(world);
    let mut first = scene.replica("one");
    let second = scene.replica("two");
    scene.until("both have some", |holders| {
        distinct(holders) == names(&["one", "two"])
    });
    scene.commit();
    let apps = scene.applications();
    let file = world.file("replicas-apps.yaml", &apps);
    let create = ["app", "create", "-f", &file, "--validate=false"];
    first.gantry(&create).expect(0);
    scene.until_in_step(&first);
    let shared = scene.holders();
    each_works_on_its_own_clusters(&shared, [&first, &second]);

    first.kill();
    let killed = Instant::now();
    scene.commit();
    scene.until("the other one has all", |holders| {
        distinct(holders) == names(&["two"])
    });
    assert!(
        killed.elapsed() < MOVED_AFTER_KILL,
        "{:?}",
        killed.elapsed()
    );
    scene.until_in_step(&second);

    run(&mut first, "one");
    scene.until("they share as before", |holders| *holders == shared);
    scene.commit();
    scene.until_in_step(&first);

    assert!(first.stop(), "{}", first.log());
    let stopped = Instant::now();
    scene.until("the other one has all", |holders| {
        distinct(holders) == names(&["two"])
    });
    assert!(
        stopped.elapsed() < MOVED_AFTER_STOP,
        "{:?}",
        stopped.elapsed()
    );
    scene.commit();
    scene.until_in_step(&second);
    scene.nothing_was_done_twice([&first, &second]);
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

fn distinct(holders: &BTreeMap<String, String>) -> BTreeSet<String> {
    holders.values().cloned().collect()
}

fn flags(replica: &str) -> [&str; 5] {
    ["-v", "--refresh-interval", "1s", "--replica", replica]
}

fn run(server: &mut Server<'_>, replica: &str) {
    server.run(&flags(replica));
}

fn application(index: usize) -> String {
    format!("shared-{index}")
}

/// How often a replica says that it began to sync an application.
fn operations(server: &Server<'_>, index: usize) -> usize {
    let name = application(index);
    let log = server.log();
    let lines = log
        .lines()
        .filter(|line| line.contains("an operation starts"));
    lines.filter(|line| line.contains(&name)).count()
}

fn lost_a_lease(servers: [&Server<'_>; 2]) -> bool {
    let mut logs = servers.iter().map(|server| server.log());
    logs.any(|log| log.contains(LEASE_LOST))
}

/// Each application was synced once, by the replica that has its cluster.
fn each_works_on_its_own_clusters(holders: &BTreeMap<String, String>, servers: [&Server<'_>; 2]) {
    if lost_a_lease(servers) {
        return;
    }
    for index in 0..CLUSTERS {
        let owner = holders.get(&application(index)).expect("an owner");
        let expected = if owner == "one" { [1, 0] } else { [0, 1] };
        let counted = servers.map(|server| operations(server, index));
        assert_eq!(counted, expected, "{index}: {holders:?}");
    }
}

impl<'a> Scene<'a> {
    fn set_up(world: &'a World) -> Self {
        let kubeconfig = world.testbed.kubeconfig();
        let install = ["install", "--apply", "--namespace", NAMESPACE];
        let hub = ["--context", "hub", "--kubeconfig"];
        let data = world.testbed.folder().join("replica-one");
        let path = kubeconfig.display().to_string();
        let all = [&install[..], &hub[..], &[path.as_str()]].concat();
        crate::world::gantry(&data, &all).expect(0);
        let folder = world.testbed.folder().join("replicas-repo");
        let repository = GitRepository::init(&folder).expect("a repository");
        let text = std::fs::read_to_string(kubeconfig).expect("a kubeconfig");
        let kubeconfig: Value = serde_json::from_str(&text).expect("JSON");
        let (mut dials, mut secrets) = (Vec::new(), Vec::new());
        for index in 0..CLUSTERS {
            let (dial, secret) = cluster(&kubeconfig, index);
            dials.push(dial);
            secrets.push(secret);
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": secrets});
        let file = world.file("replicas-clusters.json", &list.to_string());
        world.kubectl("hub", &["apply", "-f", &file]);
        Self {
            world,
            repository,
            commits: Vec::new(),
            dials,
        }
    }

    fn replica(&self, name: &str) -> Server<'a> {
        let data = format!("replica-{name}");
        Server::start(self.world, Home::Hub(NAMESPACE), &data, &flags(name))
    }

    fn applications(&self) -> String {
        let url = self.repository.file_url();
        let manifests = (0..CLUSTERS).map(|index| {
            let name = application(index);
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec:\n  \
                 project: default\n  source: {{repoURL: '{url}', path: app}}\n  \
                 destination: {{name: {name}, namespace: {name}}}\n  \
                 syncPolicy:\n    automated: {{prune: true, selfHeal: true}}\n    \
                 syncOptions: [CreateNamespace=true]\n---\n"
            )
        });
        manifests.collect()
    }

    /// Another turn of all applications.
    fn commit(&mut self) {
        let turn = self.commits.len();
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: state}}\ndata: {{turn: '{turn}'}}\n"
        );
        let commit = self.repository.commit(&[("app/map.yaml", &map)]);
        self.commits.push(commit.expect("a commit"));
    }

    /// Which replica has which application's cluster, by the claims in the hub.
    fn holders(&self) -> BTreeMap<String, String> {
        let get = [
            "get",
            "leases",
            "-n",
            NAMESPACE,
            "-l",
            "gantry.dev/cluster",
            "-o",
            "json",
        ];
        let claims: Value = serde_json::from_str(&self.world.kubectl("hub", &get)).expect("JSON");
        let claims = claims["items"].as_array().cloned().unwrap_or_default();
        let of = |index: usize| {
            let server = format!("https://{}", self.dials[index].address());
            let claim = claims.iter().find(|claim| {
                claim["metadata"]["annotations"]["gantry.dev/cluster"] == server.as_str()
            });
            let holder = claim.and_then(|claim| claim["spec"]["holderIdentity"].as_str());
            let (id, _) = holder
                .and_then(|holder| holder.rsplit_once('-'))
                .unwrap_or_default();
            (application(index), id.to_owned())
        };
        (0..CLUSTERS).map(of).collect()
    }

    fn until(&self, what: &str, is_so: impl Fn(&BTreeMap<String, String>) -> bool) {
        let began = Instant::now();
        loop {
            let holders = self.holders();
            if is_so(&holders) {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "not in time: {what}: {holders:?}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The last commit has reached all applications, and they say so.
    fn until_in_step(&self, server: &Server<'_>) {
        let (turn, began) = ((self.commits.len() - 1).to_string(), Instant::now());
        let head = self.commits.last().expect("a commit");
        for index in 0..CLUSTERS {
            let name = application(index);
            loop {
                let status = server.application(&name)["status"].clone();
                let is_so =
                    status["sync"]["status"] == "Synced" && status["sync"]["revision"] == *head;
                if is_so && self.turn(index) == turn {
                    break;
                }
                assert!(
                    began.elapsed() < PATIENCE,
                    "{name} has not turn {turn}, {head}: {status:#}\n{}",
                    server.log()
                );
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }

    fn turn(&self, index: usize) -> String {
        let name = application(index);
        let path = "jsonpath={.data.turn}";
        let get = ["get", "configmap", "state", "-n", &name, "-o", path];
        self.world.kubectl(SPOKES[index % SPOKES.len()], &get)
    }

    /// One operation and one entry of the history for each commit.
    fn nothing_was_done_twice(&self, servers: [&Server<'_>; 2]) {
        for index in 0..CLUSTERS {
            let status = servers[1].application(&application(index))["status"].clone();
            let entries = status["history"].as_array().cloned().unwrap_or_default();
            let revisions: Vec<&str> = entries
                .iter()
                .filter_map(|entry| entry["revision"].as_str())
                .collect();
            assert_eq!(revisions, self.commits, "{index}: {status:#}");
            let counted: usize = servers.iter().map(|server| operations(server, index)).sum();
            if lost_a_lease(servers) {
                assert!(counted >= self.commits.len(), "{index}");
            } else {
                assert_eq!(counted, self.commits.len(), "{index}");
            }
        }
    }
}

/// An address of its own for one of the clusters, and the Secret that names it as its application.
fn cluster(kubeconfig: &Value, index: usize) -> (Dial, Value) {
    let spoke = SPOKES[index % SPOKES.len()];
    let named = |list: &str| {
        let entries = kubeconfig[list].as_array().cloned().unwrap_or_default();
        let found = entries.into_iter().find(|entry| entry["name"] == spoke);
        found.expect("an entry of that name")
    };
    let cluster = named("clusters")["cluster"].clone();
    let url = cluster["server"].as_str().unwrap_or_default();
    let dial = Dial::start(url.trim_start_matches("https://")).expect("a dial");
    let authority = cluster["certificate-authority"]
        .as_str()
        .unwrap_or_default();
    let authority = BASE64_STANDARD.encode(std::fs::read(authority).expect("a certificate"));
    let config = json!({
        "bearerToken": named("users")["user"]["token"],
        "tlsClientConfig": {"caData": authority},
    });
    let name = application(index);
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": format!("cluster-{name}"),
            "namespace": NAMESPACE,
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {
            "name": name,
            "server": format!("https://{}", dial.address()),
            "config": config.to_string(),
        },
    });
    (dial, secret)
}
