//! Logs of pods, from a kubelet through a real API server.

use gantry_testbed::Kubelet;
use serde_json::json;

use crate::argocd::Desk;
use crate::world::{Ended, World};

/// The application, its namespace, its data folder.
const APP: &str = "chatty";
const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: web}, {name: side, image: side}]}
";

pub(crate) fn what_pods_print_is_shown(world: &World) {
    let kubelet = Kubelet::start().expect("a kubelet");
    listens(world, kubelet.port());
    let Some(desk) = Desk::open(world, APP) else {
        return;
    };
    world.app_with(APP, &[("web.yaml", DEPLOYMENT)]);
    desk.says("cluster add spoke-1 --yes");
    let repository = world.repository.file_url();
    desk.says(&format!(
        "app create {APP} --repo {repository} --path {APP} --dest-name spoke-1 --dest-namespace {APP} \
         --sync-option CreateNamespace=true"
    ));
    desk.says(&format!("app sync {APP}"));
    desk.says(&format!("app wait {APP} --health --timeout 180"));
    by_gantry(world, &kubelet);
    it_is_followed(world);
    by_argocd(&desk);
    whoever_may_not_read_them_does_not(&desk);
    // A port where nobody listens.
    listens(world, 1);
    a_kubelet_that_is_gone_is_told(world, &desk);
    desk.says(&format!("app delete {APP} --yes"));
    desk.says("cluster rm spoke-1 --yes");
}

/// Tells the API server that the node's kubelet is there.
fn listens(world: &World, port: u16) {
    let status = json!({"status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}});
    let patch = [
        "patch",
        "node",
        "node-1",
        "--subresource",
        "status",
        "--type",
        "merge",
        "-p",
    ];
    world.kubectl("spoke-1", &[&patch[..], &[&status.to_string()]].concat());
}

fn logs(world: &World, flags: &str) -> Ended {
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let words = ["app", "logs", APP, "--kubeconfig", &kubeconfig].into_iter();
    let words: Vec<&str> = words.chain(flags.split_whitespace()).collect();
    crate::world::gantry(&world.testbed.folder().join(APP), &words)
}

fn by_gantry(world: &World, kubelet: &Kubelet) {
    let count = |flags: &str| logs(world, flags).expect(0).stdout.lines().count();
    // Two pods with two containers each, and four lines of each of those.
    let all = logs(world, "").expect(0).stdout;
    assert_eq!(all.lines().count(), 16, "{all}");
    assert!(all.lines().all(|line| line.starts_with("web-")), "{all}");
    let cases = [
        ("--container main", 8),
        ("--container main --tail 1", 2),
        ("--kind Deployment --name web --container side", 8),
        ("--kind Deployment --group apps --tail 2", 8),
        ("--container main --filter LINE", 8),
        ("--container main --filter LINE --match-case", 0),
        ("--container main --filter !side", 8),
        ("--since-time 2030-01-01T00:04:00Z --container main", 4),
        ("--until-time 2030-01-01T00:03:59Z --container main", 4),
        ("--since-seconds 60", 16),
    ];
    for (flags, expected) in cases {
        assert_eq!(count(flags), expected, "{flags}");
    }
    let previous = logs(world, "--previous --container main").expect(0).stdout;
    assert!(previous.contains("earlier line 0 of main"), "{previous}");
    let asked = kubelet.asked().join("\n");
    for part in [
        "sinceSeconds=60",
        "sinceTime=2030-01-01T00",
        "tailLines=2",
        "previous=true",
    ] {
        assert!(asked.contains(part), "{part} is not in {asked}");
    }
    let none = logs(world, "--name no-such-pod").expect(2).stderr;
    assert!(none.contains("no pod that fits"), "{none}");
    let none = logs(world, "--container none").expect(2).stderr;
    assert!(
        none.contains("container none is not valid for pod web-"),
        "{none}"
    );
}

/// Lines that come later come at once, and Ctrl-C ends it.
fn it_is_followed(world: &World) {
    let mut running = world.start_in(APP, &["app", "logs", APP, "-f", "--tail", "1"]);
    let followed = running.until_said(&["line 3 of main", "line 5 of main", "line 5 of side"]);
    running.interrupt();
    running.end();
    assert!(!followed.contains("line 2 of"), "{followed}");
}

fn by_argocd(desk: &Desk<'_>) {
    let shown = |flags: &str| desk.says(&format!("app logs {APP} {flags}"));
    let main = shown("--container main");
    assert_eq!(main.lines().count(), 8, "{main}");
    // The pods take turns, as their lines were written.
    let numbers = main.lines().filter_map(|line| line.split(' ').nth(1));
    assert_eq!(numbers.collect::<Vec<_>>().join(""), "00112233", "{main}");
    for (flags, expected) in [
        ("--container main --tail 1", 2),
        ("--kind Deployment --name web --container main", 8),
        ("--container main --filter LINE", 8),
        ("--container main --filter LINE --match-case", 0),
        ("--container main --until-time 2030-01-01T00:03:59Z", 4),
    ] {
        let lines = shown(flags);
        let lines = lines.lines().filter(|line| !line.is_empty());
        assert_eq!(lines.count(), expected, "{flags}");
    }
    assert!(shown("--container main --previous").contains("earlier line 0"));
}

fn whoever_may_not_read_them_does_not(desk: &Desk<'_>) {
    desk.says("proj role create default reader");
    let allow = "proj role add-policy default reader --action get --permission allow --object *";
    desk.says(allow);
    let token = desk.says("proj role create-token default reader --token-only");
    let read = || {
        desk.argocd(&format!(
            "app logs {APP} --container main --auth-token {}",
            token.trim()
        ))
    };
    let refused = read().expect(1).stderr;
    assert!(
        refused.contains("PermissionDenied") && !refused.contains("line 0"),
        "{refused}"
    );
    desk.says(&format!("{allow} --resource logs"));
    assert_eq!(read().expect(0).stdout.lines().count(), 8);
    desk.says("proj role delete default reader");
}

fn a_kubelet_that_is_gone_is_told(world: &World, desk: &Desk<'_>) {
    let told = logs(world, "--container main").expect(2).stderr;
    assert!(
        told.contains("/main: ") && told.contains("connection refused"),
        "{told}"
    );
    let shown = desk.says(&format!("app logs {APP} --container main"));
    assert!(shown.contains("connection refused"), "{shown}");
}
