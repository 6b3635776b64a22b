//! What a new user of the control plane does, from two clusters to a rollback; with both homes of its store.

use serde_json::json;

use crate::pod;
use crate::server::{Home, Server};
use crate::world::World;

const CONFIG: &str = "guestbook/configmap.yaml";

pub(crate) fn with_the_embedded_store(world: &World) {
    let server = Server::start(
        world,
        Home::Embedded,
        "embedded",
        &["--refresh-interval", "2s"],
    );
    tutorial(world, &server, "embedded");
}

pub(crate) fn with_a_hub(world: &World) {
    let hub = ["--context", "hub", "--kubeconfig"];
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let install = [
        &["install", "--apply", "--namespace", "argocd"],
        hub.as_slice(),
        &[&kubeconfig],
    ]
    .concat();
    crate::world::gantry(&world.testbed.folder().join("hub-data"), &install).expect(0);
    let server = Server::start(
        world,
        Home::Hub("argocd"),
        "hub-data",
        &["--refresh-interval", "2s"],
    );
    tutorial(world, &server, "hub");
}

fn greeting(world: &World, context: &str, namespace: &str) -> String {
    let path = "jsonpath={.data.greeting}";
    world.kubectl(
        context,
        &["get", "configmap", "guestbook", "-n", namespace, "-o", path],
    )
}

/// In a pod, where the hub is no destination and needs no rights as one.
pub(crate) fn within_a_pod(world: &World) {
    let Some(spokes) = pod::install(world) else {
        return;
    };
    let flags = ["--refresh-interval", "2s"];
    let home = Home::Pod(pod::NAMESPACE);
    let server = Server::start_with(world, home, "pod-data", &flags, spokes);
    tutorial(world, &server, "pod");
}

/// Writes another greeting to Git.
fn commit(world: &World, greeting: &str) {
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: guestbook}}\ndata: {{greeting: {greeting}}}\n"
    );
    world
        .repository
        .commit(&[(CONFIG, &text)])
        .expect("a commit");
}

fn tutorial(world: &World, server: &Server<'_>, tag: &str) {
    commit(world, "first");
    let names = [format!("{tag}-1"), format!("{tag}-2")];
    let spokes = ["spoke-1", "spoke-2"];
    for (name, spoke) in names.iter().zip(spokes) {
        server.gantry(&["cluster", "add", spoke, "-y"]).expect(0);
        let url = world.repository.file_url();
        let create = [
            "app",
            "create",
            name,
            "--repo",
            &url,
            "--path",
            "guestbook",
            "--dest-name",
            spoke,
            "--dest-namespace",
            name,
            "--sync-option",
            "CreateNamespace=true",
        ];
        server.gantry(&create).expect(0);
    }
    let listed = server.gantry(&["cluster", "list"]).expect(0).stdout;
    assert!(
        spokes.iter().all(|spoke| listed.contains(spoke)),
        "{listed}"
    );
    let synced = server
        .gantry(&["app", "sync", &names[0], &names[1]])
        .expect(0)
        .stdout;
    // It ends when what was done has been looked at.
    let seen = synced.matches("Sync Status:        Synced").count();
    assert_eq!(seen, names.len(), "{synced}");
    server
        .gantry(&[
            "app",
            "wait",
            &names[0],
            &names[1],
            "--health",
            "--timeout",
            "180",
        ])
        .expect(0);
    for (name, spoke) in names.iter().zip(spokes) {
        server.until_state(name, "Synced Healthy");
        assert_eq!(greeting(world, spoke, name), "first");
    }
    edits_in_git_arrive(world, server, &names[0]);
    a_live_edit_is_seen_and_undone(world, server, &names[0]);
    clusters_are_counted(world, server);
    rolled_back_and_deleted(world, server, &names);
}

fn edits_in_git_arrive(world: &World, server: &Server<'_>, name: &str) {
    commit(world, "by-poll");
    server.until_state(name, "OutOfSync Healthy");
    server.gantry(&["app", "sync", name]).expect(0);
    assert_eq!(greeting(world, "spoke-1", name), "by-poll");
    commit(world, "by-webhook");
    server.pushed(&world.repository.file_url(), json!({}));
    server.until_state(name, "OutOfSync Healthy");
    server.gantry(&["app", "sync", name]).expect(0);
    assert_eq!(greeting(world, "spoke-1", name), "by-webhook");
}

/// The server writes down how much it watches.
fn clusters_are_counted(world: &World, server: &Server<'_>) {
    world.until("both spokes have their numbers", || {
        let listed = server.gantry(&["cluster", "list", "-o", "json"]).expect(0);
        let rows = listed.json();
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        let spokes = rows.iter().filter(|row| row["name"] != "in-cluster");
        let counted = spokes.filter(|row| {
            row["applications"] == 1 && row["objects"].as_u64().is_some_and(|objects| objects > 0)
        });
        counted.count() == 2
    });
}

fn a_live_edit_is_seen_and_undone(world: &World, server: &Server<'_>, name: &str) {
    let edit = r#"{"data":{"greeting":"by-hand"}}"#;
    world.kubectl(
        "spoke-1",
        &[
            "patch",
            "configmap",
            "guestbook",
            "-n",
            name,
            "--type",
            "merge",
            "-p",
            edit,
        ],
    );
    server.until_state(name, "OutOfSync Healthy");
    let shown = server.gantry(&["app", "diff", name]).expect(1).stdout;
    assert!(
        shown.contains("-  greeting: by-hand") && shown.contains("+  greeting: by-webhook"),
        "{shown}"
    );
    server.gantry(&["app", "sync", name]).expect(0);
    server.until_state(name, "Synced Healthy");
    assert_eq!(greeting(world, "spoke-1", name), "by-webhook");
}

fn rolled_back_and_deleted(world: &World, server: &Server<'_>, names: &[String; 2]) {
    let name = &names[0];
    let history = server.application(name)["status"]["history"].clone();
    let first = history[0]["id"].to_string();
    server.gantry(&["app", "rollback", name, &first]).expect(0);
    assert_eq!(greeting(world, "spoke-1", name), "first");
    server.until_state(name, "OutOfSync Healthy");
    for (name, spoke) in names.iter().zip(["spoke-1", "spoke-2"]) {
        server
            .gantry(&["app", "delete", name, "--cascade", "-y", "--wait"])
            .expect(0);
        let left = world.kubectl(
            spoke,
            &[
                "get",
                "configmap,deployment,service",
                "-n",
                name,
                "-o",
                "name",
            ],
        );
        assert!(!left.contains("guestbook"), "{left}");
        server.gantry(&["app", "get", name]).expect(2);
    }
}
