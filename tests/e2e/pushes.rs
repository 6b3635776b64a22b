//! Pushes that a webhook tells: who is looked at, and what that costs.

use std::time::Duration;

use gantry_testbed::GitHttpServer;
use serde_json::{Value, json};

use crate::server::{Home, Server};
use crate::world::World;

const MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {from: git}\n";
const PATHS: &str = "argocd.argoproj.io/manifest-generate-paths";

/// A push is one render for whom it touches, and a look for nobody else who says what his paths are; the others
/// hear of it when they would be polled.
pub(crate) fn one_is_told_to_whom_it_concerns(world: &World) {
    let git = GitHttpServer::start(world.testbed.folder(), None).expect("a server");
    let url = git.url("repo");
    let slow = ["--refresh-interval", "1h"];
    let server = Server::start(world, Home::Embedded, "pushes", &slow);
    let files = [("near/map.yaml", MAP), ("far/map.yaml", MAP)];
    let before = world.repository.commit(&files).expect("a commit");
    let apps = ["near", "far"].map(|name| application(&url, name).to_string());
    let file = world.file("pushes.json", &apps.join("\n---\n"));
    server.gantry(&["import", "-f", &file]).expect(0);
    server.until_state("near", "Synced Healthy");
    server.until_state("far", "Synced Healthy");
    let rendered = renders(&server);
    let text = MAP.replace("from: git", "from: push");
    let after = world.repository.commit(&[("near/map.yaml", &text)]);
    let after = after.expect("a commit");
    tell(&server, &url, (&before, &after), "near/map.yaml");
    world.until("whose paths are touched is synced", || {
        revision(&server, "near") == after
    });
    server.until_state("near", "Synced Healthy");
    let get = ["get", "cm", "settings", "-n", "near", "-o"];
    let get = [&get[..], &["jsonpath={.data.from}"]].concat();
    assert_eq!(world.kubectl("spoke-1", &get), "push");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(revision(&server, "far"), before, "it was not looked at");
    assert_eq!(renders(&server), rendered + 1.0);
    server.gantry(&["app", "get", "far", "--refresh"]).expect(0);
    assert_eq!(revision(&server, "far"), after);
    server.until_state("far", "Synced Healthy");
    assert_eq!(
        renders(&server),
        rendered + 1.0,
        "what it reads is the same"
    );
}

fn application(url: &str, name: &str) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "annotations": {PATHS: "."}},
        "spec": {"project": "default", "source": {"repoURL": url, "path": name},
            "destination": {"name": "spoke-1", "namespace": name},
            "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"]}}})
}

fn revision(server: &Server<'_>, name: &str) -> Value {
    server.application(name)["status"]["sync"]["revision"].clone()
}

/// How often a renderer was called so far.
fn renders(server: &Server<'_>) -> f64 {
    let metrics = server.metrics();
    let is_it =
        |line: &&str| line.starts_with("gantry_plugin_calls_total{") && line.contains("plain-yaml");
    let values = metrics.lines().filter(is_it);
    let values = values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    values.sum()
}

/// As GitHub tells it.
fn tell(server: &Server<'_>, url: &str, (before, after): (&str, &str), file: &str) {
    let commits = json!([{"added": [], "removed": [], "modified": [file]}]);
    let more = json!({"before": before, "after": after, "forced": false, "commits": commits});
    server.pushed(url, more);
}
