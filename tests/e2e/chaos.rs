//! A server that is killed again and again while Git and the clusters change: in the end all is in step, and
//! the history is true.

use std::time::Duration;

use crate::server::{Home, Server};
use crate::world::World;

/// How often it is killed; `GANTRY_CHAOS_KILLS` asks for more.
const KILLS: u64 = 30;
const NAMES: [&str; 4] = ["chaos-0", "chaos-1", "chaos-2", "chaos-3"];
const SPOKES: [&str; 2] = ["spoke-1", "spoke-2"];

/// Numbers that look random and are the same each time (a linear congruential generator, as Knuth has it).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn spoke(index: usize) -> &'static str {
    SPOKES[index % SPOKES.len()]
}

fn commit(world: &World, index: usize, turn: u64) {
    let name = NAMES[index];
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: state}}\ndata: {{turn: '{turn}'}}\n"
    );
    let hook = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: before\n  annotations: \
                {argocd.argoproj.io/hook: PreSync}\n";
    let files = [
        (format!("{name}/map.yaml"), map),
        (format!("{name}/hook.yaml"), hook.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    world.repository.commit(&files).expect("a commit");
}

/// The last turn that reached a cluster.
fn reached(world: &World, index: usize) -> String {
    let path = "jsonpath={.data.turn}";
    let get = [
        "get",
        "configmap",
        "state",
        "-n",
        NAMES[index],
        "--ignore-not-found",
        "-o",
        path,
    ];
    world.kubectl(spoke(index), &get)
}

pub(crate) fn kills_lose_nothing_and_do_nothing_twice(world: &World) {
    let kills = std::env::var("GANTRY_CHAOS_KILLS")
        .ok()
        .and_then(|text| text.parse().ok());
    let flags = ["--refresh-interval", "1s"];
    let mut server = Server::start(world, Home::Embedded, "chaos", &flags);
    let mut last = [0; NAMES.len()];
    for (index, name) in NAMES.iter().enumerate() {
        commit(world, index, 0);
        let url = world.repository.file_url();
        let create = [
            "app",
            "create",
            name,
            "--repo",
            &url,
            "--path",
            name,
            "--dest-name",
            spoke(index),
            "--dest-namespace",
            name,
            "--sync-option",
            "CreateNamespace=true",
            "--sync-policy",
            "automated",
            "--self-heal",
            "--auto-prune",
            "--validate=false",
        ];
        server.gantry(&create).expect(0);
    }
    let mut numbers = Numbers(7);
    for turn in 1..=kills.unwrap_or(KILLS) {
        let index = usize::try_from(numbers.below(4)).expect("a small number");
        if numbers.below(3) == 0 && !reached(world, index).is_empty() {
            let edit = r#"{"data":{"turn":"by hand"}}"#;
            let patch = [
                "patch",
                "configmap",
                "state",
                "-n",
                NAMES[index],
                "--type",
                "merge",
                "-p",
                edit,
            ];
            world.kubectl(spoke(index), &patch);
        } else {
            commit(world, index, turn);
            last[index] = turn;
        }
        std::thread::sleep(Duration::from_millis(numbers.below(700)));
        server.kill();
        server.run(&flags);
    }
    for (index, name) in NAMES.iter().enumerate() {
        let expected = last[index].to_string();
        world.until(&format!("{name} has turn {expected}"), || {
            reached(world, index) == expected
        });
        server.until_state(name, "Synced Healthy");
        the_history_is_true(world, &server, name);
    }
}

/// Its numbers grow by one, and what it names was committed; no operation is left open.
fn the_history_is_true(world: &World, server: &Server<'_>, name: &str) {
    let status = &server.application(name)["status"];
    let entries = status["history"].as_array().cloned().unwrap_or_default();
    assert!(!entries.is_empty(), "{status:#}");
    let ids: Vec<u64> = entries
        .iter()
        .filter_map(|entry| entry["id"].as_u64())
        .collect();
    assert!(ids.is_sorted_by(|a, b| a + 1 == *b), "{ids:?}");
    let commits = world
        .repository
        .git(&["rev-list", "HEAD"])
        .expect("the commits");
    for entry in &entries {
        let revision = entry["revision"].as_str().unwrap_or_default();
        assert!(
            revision.len() == 40 && commits.contains(revision),
            "{entry:#}"
        );
    }
    assert_eq!(status["operationState"]["phase"], "Succeeded", "{status:#}");
}
