//! `gantry repo`: a repository is asked with its credentials before they are remembered, and used with them.

use gantry_testbed::GitHttpServer;

use crate::server::{Home, Server};
use crate::world::World;

pub(crate) fn a_private_repository_is_remembered_and_used(world: &World) {
    // "robot:s3cret" in base64.
    let login = "Basic cm9ib3Q6czNjcmV0";
    let git = GitHttpServer::start(world.testbed.folder(), Some(login)).expect("a server");
    let url = git.url("repo");
    let server = Server::start(world, Home::Embedded, "private", &[]);
    let add = |password: &str| {
        server.gantry(&[
            "repo",
            "add",
            &url,
            "--username",
            "robot",
            "--password",
            password,
        ])
    };
    let refused = add("wrong").expect(2).stderr;
    assert!(
        refused.contains("--skip-test") && !refused.contains("wrong"),
        "{refused}"
    );
    add("s3cret").expect(0);
    let again = add("s3cret").expect(2).stderr;
    assert!(
        again.contains("remembered already") && again.contains("--upsert"),
        "{again}"
    );
    let listed = server.gantry(&["repo", "list", "-o", "json"]).expect(0);
    assert_eq!(listed.json()[0]["repo"], url, "{}", listed.stdout);
    assert!(!listed.stdout.contains("s3cret"), "{}", listed.stdout);
    let create = [
        "app",
        "create",
        "private",
        "--repo",
        &url,
        "--path",
        "guestbook",
        "--dest-name",
        "spoke-1",
        "--dest-namespace",
        "private",
        "--sync-option",
        "CreateNamespace=true",
    ];
    server.gantry(&create).expect(0);
    server.gantry(&["app", "sync", "private"]).expect(0);
    server.until_state("private", "Synced Healthy");
    server
        .gantry(&["app", "delete", "private", "-y", "--wait"])
        .expect(0);
    server.gantry(&["repo", "rm", &url]).expect(0);
    let gone = server.gantry(&["repo", "get", &url]).expect(2).stderr;
    assert!(gone.contains("no repository"), "{gone}");
}

/// A cluster that does not answer is told, with its time; the applications of others go on.
pub(crate) fn a_cluster_that_is_cut_off_affects_its_own_applications(world: &mut World) {
    let url = world.repository.file_url();
    {
        let server = Server::start(world, Home::Embedded, "cut", &["--refresh-interval", "1s"]);
        for (name, spoke) in [("cut-1", "spoke-1"), ("cut-2", "spoke-2")] {
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
                "--sync-policy",
                "automated",
            ];
            server.gantry(&create).expect(0);
            server.until_state(name, "Synced Healthy");
        }
    }
    world.testbed.clusters()[2].stop_apiserver();
    let server = Server::start(world, Home::Embedded, "cut", &["--refresh-interval", "1s"]);
    server.until_state("cut-2", "Unknown Unknown");
    let conditions = server.application("cut-2")["status"]["conditions"].to_string();
    assert!(
        conditions.contains("ComparisonError") && conditions.contains("spoke-2"),
        "{conditions}"
    );
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: guestbook}\ndata: {greeting: while-cut}\n";
    world
        .repository
        .commit(&[("guestbook/configmap.yaml", map)])
        .expect("a commit");
    let path = "jsonpath={.data.greeting}";
    let get = ["get", "configmap", "guestbook", "-n", "cut-1", "-o", path];
    world.until("the other cluster goes on", || {
        world.kubectl("spoke-1", &get) == "while-cut"
    });
}
