//! What people do with single applications, objects and clusters of a control plane, by argocd's words.

use serde_json::Value;

use crate::server::{Home, Server};
use crate::world::World;

const APP: &str = "verbs";
const MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {from: git}\n";
const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  \
    selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    \
    spec: {containers: [{name: web, image: nginx}]}\n";
const CRON: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  \
    schedule: '0 3 * * *'\n  jobTemplate:\n    metadata: {labels: {made: by-hand}}\n    spec:\n      template:\n        \
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n";

pub(crate) fn what_argocd_users_do_works(world: &World) {
    let files = [("map", MAP), ("web", WEB), ("cron", CRON)];
    let files: Vec<(String, &str)> = files
        .iter()
        .map(|(name, text)| (format!("{APP}/{name}.yaml"), *text))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    world.repository.commit(&files).expect("a commit");
    let server = Server::start(
        world,
        Home::Embedded,
        "verbs",
        &["--refresh-interval", "2s"],
    );
    let url = world.repository.file_url();
    let place = ["--dest-name", "spoke-1", "--dest-namespace", APP];
    let create = [
        "app",
        "create",
        APP,
        "--repo",
        &url,
        "--path",
        APP,
        "--sync-option",
        "CreateNamespace=true",
    ];
    server.gantry(&[&create[..], &place].concat()).expect(0);
    server.gantry(&["app", "sync", APP]).expect(0);
    server.until_state(APP, "Synced Healthy");
    a_local_directory_is_synced(world, &server);
    single_objects_are_shown(&server);
    single_objects_are_changed_and_deleted(world, &server);
    actions_run(world, &server);
    sources_come_and_go(&server, &url);
    a_cluster_is_renamed(&server);
    server
        .gantry(&["app", "delete", APP, "-y", "--wait"])
        .expect(0);
}

fn get(world: &World, object: &[&str], path: &str) -> String {
    let path = format!("jsonpath={{{path}}}");
    world.kubectl(
        "spoke-1",
        &[&["get", "-n", APP, "-o", &path], object].concat(),
    )
}

fn a_local_directory_is_synced(world: &World, server: &Server<'_>) {
    let folder = world.testbed.folder().join("local");
    std::fs::create_dir_all(&folder).expect("a folder");
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: pass}\nstringData: {word: s3cret-local}\n";
    let map = MAP.replace("from: git", "from: here");
    for (name, text) in [
        ("map.yaml", map.as_str()),
        ("web.yaml", WEB),
        ("cron.yaml", CRON),
        ("pass.yaml", secret),
    ] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    let folder = folder.display().to_string();
    let local = ["app", "sync", APP, "--local", &folder];
    let entries = |app: &Value| app["status"]["history"].as_array().map(Vec::len);
    let before = entries(&server.application(APP));
    server
        .gantry(&[&local[..], &["--dry-run"]].concat())
        .expect(0);
    assert_eq!(get(world, &["cm", "settings"], ".data.from"), "git");
    let told = server
        .gantry(&[&local[..], &["-o", "json"]].concat())
        .expect(0);
    assert_eq!(get(world, &["cm", "settings"], ".data.from"), "here");
    assert_eq!(
        get(world, &["secret", "pass"], ".data.word"),
        "czNjcmV0LWxvY2Fs"
    );
    // Git is what counts: it says now what differs from it.
    server.until_state(APP, "OutOfSync Healthy");
    let app = server.application(APP);
    assert!(!format!("{app}{}{}", told.stdout, told.stderr).contains("s3cret-local"));
    let operation = &app["status"]["operationState"];
    assert_eq!(operation["phase"], "Succeeded");
    assert_eq!(
        operation["operation"]["sync"].get("manifests"),
        None,
        "they may be secret"
    );
    assert_eq!(entries(&app), before, "there is no revision to go back to");
    server
        .gantry(&["app", "set", APP, "--sync-policy", "automated"])
        .expect(0);
    let refused = server.gantry(&local).expect(2).stderr;
    assert!(
        refused.contains("--local") && refused.contains("--dry-run"),
        "{refused}"
    );
    server
        .gantry(&["app", "set", APP, "--sync-policy", "none"])
        .expect(0);
    server.gantry(&["app", "sync", APP, "--prune"]).expect(0);
    server.until_state(APP, "Synced Healthy");
    assert_eq!(get(world, &["cm", "settings"], ".data.from"), "git");
}

fn single_objects_are_shown(server: &Server<'_>) {
    let of = |verb: &str, more: &[&str]| server.gantry(&[&["app", verb, APP], more].concat());
    let shown = of(
        "get-resource",
        &["--kind", "ConfigMap", "--resource-name", "settings"],
    )
    .expect(0)
    .stdout;
    assert!(
        shown.contains("data.from") && shown.contains("git"),
        "{shown}"
    );
    let fields = [
        "--kind",
        "Pod",
        "--filter-fields",
        "spec.containers.image,status.phase",
        "-o",
        "json",
    ];
    let pod = of("get-resource", &fields).expect(0).json();
    assert_eq!(pod["spec"]["containers"][0]["image"], "nginx", "{pod}");
    assert_eq!(pod["status"]["phase"], "Running", "{pod}");
    let none = of("get-resource", &["--kind", "Secret"]).expect(2).stderr;
    assert!(none.contains("no Secret that fits"), "{none}");
}

fn single_objects_are_changed_and_deleted(world: &World, server: &Server<'_>) {
    let of = |verb: &str, more: &[&str]| server.gantry(&[&["app", verb, APP], more].concat());
    let patch = [
        "--kind",
        "ConfigMap",
        "--patch",
        r#"{"data": {"from": "hand"}}"#,
    ];
    of("patch-resource", &patch).expect(0);
    assert_eq!(get(world, &["cm", "settings"], ".data.from"), "hand");
    server.until_state(APP, "OutOfSync Healthy");
    let patch = [
        "--kind",
        "Deployment",
        "--patch-type",
        "application/strategic-merge-patch+json",
        "--patch",
        r#"{"spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "A", "value": "1"}]}]}}}}"#,
    ];
    of("patch-resource", &patch).expect(0);
    assert_eq!(
        get(
            world,
            &["deploy", "web"],
            ".spec.template.spec.containers[0].image"
        ),
        "nginx"
    );
    let patch = [
        "--kind",
        "ConfigMap",
        "--patch-type",
        "json",
        "--patch",
        r#"[{"op": "remove", "path": "/data/none"}]"#,
    ];
    of("patch-resource", &patch).expect(2);

    of(
        "delete-resource",
        &["--kind", "ConfigMap", "--resource-name", "settings"],
    )
    .expect(0);
    let left = world.kubectl(
        "spoke-1",
        &[
            "get",
            "cm",
            "settings",
            "-n",
            APP,
            "--ignore-not-found",
            "-o",
            "name",
        ],
    );
    assert_eq!(left, "");
    let gone = of("delete-resource", &["--kind", "ConfigMap"])
        .expect(2)
        .stderr;
    assert!(gone.contains("app resources"), "{gone}");
    server.gantry(&["app", "sync", APP]).expect(0);
    server.until_state(APP, "Synced Healthy");
}

fn actions_run(world: &World, server: &Server<'_>) {
    let listed = server
        .gantry(&["app", "actions", "list", APP, "-o", "json"])
        .expect(0)
        .json();
    let names = listed.as_array().into_iter().flatten();
    let names = names.map(|row| format!("{}/{} ", row["Kind"], row["Action"]).replace('"', ""));
    assert_eq!(
        names.collect::<String>(),
        "Deployment/pause Deployment/restart Deployment/resume Deployment/scale CronJob/create-job CronJob/suspend "
    );
    let run = |kind: &str, action: &str, more: &[&str]| {
        server.gantry(
            &[
                &["app", "actions", "run", APP, action, "--kind", kind],
                more,
            ]
            .concat(),
        )
    };
    let restarted = ".spec.template.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt";
    assert_eq!(get(world, &["deploy", "web"], restarted), "");
    run("Deployment", "restart", &[]).expect(0);
    assert!(get(world, &["deploy", "web"], restarted).ends_with('Z'));
    run("Deployment", "scale", &["--param", "replicas=2"]).expect(0);
    assert_eq!(get(world, &["deploy", "web"], ".spec.replicas"), "2");
    let refused = run("Deployment", "resume", &[]).expect(2).stderr;
    assert!(refused.contains("resume is disabled"), "{refused}");
    run("Deployment", "pause", &[]).expect(0);
    assert_eq!(get(world, &["deploy", "web"], ".spec.paused"), "true");
    run("Deployment", "resume", &[]).expect(0);
    run("CronJob", "suspend", &[]).expect(0);
    assert_eq!(get(world, &["cronjob", "nightly"], ".spec.suspend"), "true");
    run("CronJob", "resume", &[]).expect(0);
    let made = run("CronJob", "create-job", &[]).expect(0).stdout;
    assert!(made.contains("created (create-job)"), "{made}");
    let owner = ".items[0].metadata.ownerReferences[0].name";
    assert_eq!(
        get(world, &["jobs", "-l", "made=by-hand"], owner),
        "nightly"
    );
    server.gantry(&["app", "sync", APP]).expect(0);
    server.until_state(APP, "Synced Healthy");
}

fn sources_come_and_go(server: &Server<'_>, url: &str) {
    let extra = [
        "--repo",
        url,
        "--path",
        "guestbook",
        "--source-name",
        "more",
    ];
    let add = [&["app", "add-source", APP], &extra[..]].concat();
    let refused = server.gantry(&add).expect(2).stderr;
    assert!(refused.contains("spec.sources"), "{refused}");
    let list = format!(
        r#"{{"spec": {{"source": null, "sources": [{{"repoURL": "{url}", "path": "{APP}"}}]}}}}"#
    );
    server
        .gantry(&["app", "patch", APP, "--type", "merge", "--patch", &list])
        .expect(0);
    server.gantry(&add).expect(0);
    let sources = |count: usize| {
        let app = server.application(APP);
        assert_eq!(
            app["spec"]["sources"].as_array().map(Vec::len),
            Some(count),
            "{app}"
        );
    };
    sources(2);
    server.gantry(&["app", "sync", APP]).expect(0);
    server.until_state(APP, "Synced Healthy");
    server
        .gantry(&["app", "remove-source", APP, "--source-name", "more"])
        .expect(0);
    sources(1);
    let only = server
        .gantry(&["app", "remove-source", APP, "--source-position", "1"])
        .expect(2);
    assert!(only.stderr.contains("only source"), "{}", only.stderr);
    server.gantry(&["app", "sync", APP, "--prune"]).expect(0);
    server.until_state(APP, "Synced Healthy");
}

fn a_cluster_is_renamed(server: &Server<'_>) {
    server
        .gantry(&["cluster", "add", "spoke-2", "-y", "--label", "tier=one"])
        .expect(0);
    let set = [
        "cluster",
        "set",
        "spoke-2",
        "--name",
        "second",
        "--namespace",
        "a",
        "--namespace",
        "b",
    ];
    server
        .gantry(&[&set[..], &["--label", "tier=two"]].concat())
        .expect(0);
    let shown = server
        .gantry(&["cluster", "get", "second", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(
        shown["namespaces"],
        serde_json::json!(["a", "b"]),
        "{shown}"
    );
    server
        .gantry(&["cluster", "set", "second", "--namespace", "*"])
        .expect(0);
    server.gantry(&["cluster", "get", "spoke-2"]).expect(2);
    server.gantry(&["cluster", "rm", "second", "-y"]).expect(0);
}
