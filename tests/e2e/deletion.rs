//! Deleting applications, and looking at them, on a real cluster.

use crate::world::World;

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: \
    {argocd.argoproj.io/sync-wave: '1'}}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    \
    metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: 'c:1'}]}\n";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: backup, annotations: \
    {argocd.argoproj.io/hook: PreDelete}}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
    containers: [{name: c, image: 'c:1'}]\n";
const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n";

/// The Secrets of a namespace: the history of its application.
fn history(world: &World, namespace: &str) -> String {
    world.kubectl(
        "spoke-1",
        &["get", "secrets", "-n", namespace, "-o", "name"],
    )
}

/// What is left of an application, of the kinds that it has and owns.
fn left(world: &World, namespace: &str) -> String {
    let kinds = "deployments,replicasets,jobs,configmaps";
    let names = "jsonpath={range .items[*]}{.kind}/{.metadata.name} {end}";
    let all = world.kubectl("spoke-1", &["get", kinds, "-n", namespace, "-o", names]);
    let ours = all
        .split(' ')
        .filter(|name| *name != "ConfigMap/kube-root-ca.crt");
    ours.collect::<Vec<_>>().join(" ")
}

pub(crate) fn an_application_is_shown_and_deleted_in_reverse_order(world: &World) {
    let kept = CONFIG.replace(
        "{name: config}",
        "{name: kept, annotations: {argocd.argoproj.io/sync-options: Delete=false}}",
    );
    let file = world.app_with(
        "deletion",
        &[
            ("a.yaml", WEB),
            ("b.yaml", JOB),
            ("c.yaml", CONFIG),
            ("d.yaml", &kept),
        ],
    );
    world.gantry(&["sync", "-f", &file]).expect(0);
    let shown = world
        .gantry(&["get", "-f", &file, "-o", "tree"])
        .expect(0)
        .stdout;
    let lines: Vec<&str> = shown.lines().collect();
    let web = lines
        .iter()
        .position(|line| line.starts_with("Deployment/web"));
    let below = |more: usize| {
        lines
            .get(web.unwrap_or_default() + more)
            .copied()
            .unwrap_or_default()
    };
    assert!(
        below(0).contains("Synced") && below(0).contains("Healthy"),
        "{shown}"
    );
    assert!(below(1).starts_with("└─ReplicaSet/web-"), "{shown}");
    assert!(below(2).starts_with("  └─Pod/web-"), "{shown}");
    let json = world
        .gantry(&["get", "-f", &file, "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(json[0]["sync"], "Synced");
    assert_eq!(json[0]["objects"].as_array().map(Vec::len), Some(3));

    let asked = world.gantry(&["delete", "-f", &file]).expect(2);
    assert!(asked.stderr.contains("--yes"), "{}", asked.stderr);
    let stays = world
        .gantry(&["delete", "-f", &file, "--cascade=false", "-o", "json"])
        .expect(0);
    assert!(
        stays.actions().iter().all(|row| row.ends_with(" skipped")),
        "{:?}",
        stays.actions()
    );
    world
        .gantry(&["delete", "-f", &file, "--dry-run"])
        .expect(0);
    assert!(left(world, "deletion").contains("Deployment/web"));

    let ended = world
        .gantry(&["delete", "-f", &file, "--yes", "-o", "json"])
        .expect(0);
    assert_eq!(
        ended.actions(),
        [
            "ConfigMap/kept skipped",
            "Job/backup ran",
            "Deployment/web deleted",
            "ConfigMap/config deleted"
        ]
    );
    world.until("only what is kept is left", || {
        left(world, "deletion").trim() == "ConfigMap/kept"
    });
    assert_eq!(history(world, "deletion"), "");
}

pub(crate) fn orphans_stay(world: &World) {
    let file = world.app_with("orphans", &[("a.yaml", WEB)]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    world
        .gantry(&["delete", "-f", &file, "--yes", "--cascade=orphan"])
        .expect(0);
    let left = left(world, "orphans");
    assert!(
        left.contains("ReplicaSet/web-") && !left.contains("Deployment"),
        "{left}"
    );
}

pub(crate) fn what_is_stuck_is_told(world: &World) {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: stuck}\n";
    let file = world.app_with("stuck", &[("a.yaml", CONFIG), ("n.yaml", namespace)]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let hold = r#"{"metadata": {"finalizers": ["example.com/slow"]}}"#;
    let free = r#"{"metadata": {"finalizers": null}}"#;
    let foreign = ["create", "cm", "foreign", "-n", "stuck"];
    world.kubectl("spoke-1", &foreign);
    let patch = |name: &str, body: &str| {
        let args = [
            "patch",
            "cm",
            name,
            "-n",
            "stuck",
            "--type=merge",
            "-p",
            body,
        ];
        world.kubectl("spoke-1", &args);
    };
    patch("config", hold);
    patch("foreign", hold);
    let delete = |timeout: &str| {
        let args = [
            "delete",
            "-f",
            &file,
            "-y",
            "-o",
            "json",
            "--timeout",
            timeout,
        ];
        world.gantry(&args)
    };
    let first = delete("2s").expect(1);
    assert_eq!(
        first.actions(),
        ["ConfigMap/config failed", "Namespace/stuck not-reached"]
    );
    assert!(
        first.message("config").contains("example.com/slow"),
        "{}",
        first.message("config")
    );
    patch("config", free);
    let second = delete("40s").expect(1);
    assert_eq!(second.actions(), ["Namespace/stuck failed"]);
    let message = second.message("stuck");
    assert!(
        message.contains("example.com/slow") && message.contains("configmaps"),
        "{message}"
    );
    patch("foreign", free);
    let third = delete("180s").expect(0);
    assert_eq!(third.json()[0]["deleted"], true);
}
