//! `kill -9` at random moments, and run again: the end is that of an undisturbed run, nothing is
//! orphaned, and no hook that had succeeded in a sync runs twice in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::world::World;

/// Kills of the whole test.
const KILLS: usize = 200;
/// Applications that are synced, and killed, at the same time.
const LANES: usize = 8;
/// Kills before a sync may come to its end.
const KILLS_OF_ONE_SYNC: usize = 5;
/// The latest moment of a kill: a whole sync takes about as long.
const LATEST_MS: u64 = 2_500;

/// Looks whether what was deleted is gone.
const PATIENCE: usize = 600;

/// What was seen of Jobs: by operation and name, the uids of those that succeeded.
type Seen = Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>;

/// Watches Jobs for as long as it lives.
struct Watch(Child, Seen);

impl Watch {
    fn start(world: &World) -> Self {
        let told = "jsonpath={.metadata.annotations.gantry\\.dev/operation} {.metadata.namespace}/{.metadata.name} \
                    {.metadata.uid} {.status.succeeded}{\"\\n\"}";
        let mut kubectl = world.testbed.kubectl("spoke-2");
        kubectl.args(["get", "jobs", "--all-namespaces", "--watch", "-o", told]);
        let mut child = kubectl
            .stdout(Stdio::piped())
            .spawn()
            .expect("kubectl starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let seen: Seen = Arc::default();
        let noted = Arc::clone(&seen);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let words: Vec<&str> = line.split(' ').collect();
                if let [operation, name, uid, "1"] = words.as_slice() {
                    let mut seen = noted.lock().expect("the list");
                    let uids = seen.entry(format!("{operation} {name}")).or_default();
                    uids.insert((*uid).to_owned());
                }
            }
        });
        Self(child, seen)
    }

    fn end(mut self) -> BTreeMap<String, BTreeSet<String>> {
        // What happened last is told a moment later.
        std::thread::sleep(Duration::from_secs(1));
        let _ = self.0.kill();
        let _ = self.0.wait();
        self.1.lock().expect("the list").clone()
    }
}

fn job(name: &str, phase: &str, round: usize) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations:\n    \
         argocd.argoproj.io/hook: {phase}\n    argocd.argoproj.io/hook-delete-policy: BeforeHookCreation,HookSucceeded\n    \
         round: '{round}'\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{{name: c, image: 'c:1'}}]\n---\n"
    )
}

/// What one application is in a round: objects of two waves, of which each round has another one.
fn objects(round: usize) -> String {
    let config = |name: &str, wave: usize| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{argocd.argoproj.io/sync-wave: '{wave}'}}}}\n\
             data: {{round: '{round}'}}\n---\n"
        )
    };
    let of_round = format!("of-round-{round}");
    [
        job("migrate", "PreSync", round),
        config("first", 0),
        config(&of_round, 0),
        config("second", 1),
        job("report", "PostSync", round),
    ]
    .concat()
}

pub(crate) fn a_killed_sync_is_taken_up_where_it_was(world: &World) {
    let watch = Watch::start(world);
    let rounds = KILLS / LANES / KILLS_OF_ONE_SYNC;
    for round in 0..rounds {
        let text = objects(round);
        world
            .repository
            .commit(&[("killed/a.yaml", &text)])
            .expect("a commit");
        std::thread::scope(|scope| {
            for lane in 0..LANES {
                scope.spawn(move || one_round(world, lane, round));
            }
        });
    }
    for (hook, uids) in watch.end() {
        assert!(
            uids.len() <= 1,
            "{hook} succeeded {} times in one sync",
            uids.len()
        );
    }
}

fn one_round(world: &World, lane: usize, round: usize) {
    let name = format!("killed-{lane}");
    let application = world.application(&name, "killed", "name: spoke-2");
    let file = world.file(&format!("{name}.yaml"), &application);
    let sync = ["sync", "-f", &file, "--prune", "-o", "json"];
    for kill in 0..KILLS_OF_ONE_SYNC {
        let running = world.start_in(&name, &sync);
        std::thread::sleep(moment(lane, round, kill));
        running.kill();
    }
    let ended = world.start_in(&name, &sync).end().expect(0);
    assert_eq!(ended.json()[0]["sync"], "Synced", "{}", ended.stdout);
    let get = ["get", "cm,jobs", "-n", &name, "-l", "!nothing", "-o"];
    let told = "jsonpath={range .items[*]}{.kind}/{.metadata.name}={.data.round} {end}";
    let there = || world.kubectl("spoke-2", &[&get[..], &[told]].concat());
    let expected = format!(
        "ConfigMap/first={round} ConfigMap/kube-root-ca.crt= ConfigMap/of-round-{round}={round} \
         ConfigMap/second={round}"
    );
    // Hooks go a moment later: their Pods go first.
    let mut last = String::new();
    for _ in 0..PATIENCE {
        last = there();
        if last.trim() == expected {
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(last.trim(), expected, "{name}, round {round}");
}

/// Spread over a sync's time, and the same whenever the test runs.
fn moment(lane: usize, round: usize, kill: usize) -> Duration {
    let number = (lane * 31 + round * 17 + kill * 7 + 3) as u64;
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    Duration::from_millis(mixed % LATEST_MS)
}
