//! Hooks on a real cluster: Jobs that run, fail, are made anew, and are removed.

use crate::world::World;

/// A Job that the cluster's nodes complete at once.
fn job(name: &str, annotations: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n\
         spec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
         containers: [{{name: c, image: 'c:1'}}]\n"
    )
}

/// A Job that finds no node, and fails when its time is over.
fn failing_job(name: &str, annotations: &str) -> String {
    let job = job(name, annotations);
    job.replace(
        "spec:\n  template:",
        "spec:\n  activeDeadlineSeconds: 1\n  template:",
    )
    .replace(
        "restartPolicy: Never",
        "restartPolicy: Never\n      nodeSelector: {no: where}",
    )
}

fn config(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: config}}\ndata: {{k: {value}}}\n")
}

pub(crate) fn hooks_run_around_the_sync_each_time(world: &World) {
    let argo = |phase: &str| format!("argocd.argoproj.io/hook: {phase}");
    let succeeded = "helm.sh/hook: post-install, helm.sh/hook-delete-policy: hook-succeeded";
    let file = world.app_with(
        "hooks",
        &[
            ("a.yaml", &job("migrate", &argo("PreSync"))),
            ("b.yaml", &config("v1")),
            ("c.yaml", &job("report", succeeded)),
            ("d.yaml", &job("test", "helm.sh/hook: test")),
        ],
    );
    let first = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(
        first.actions(),
        [
            "Namespace/hooks created",
            "Job/migrate ran",
            "ConfigMap/config created",
            "Job/report ran"
        ]
    );
    let jobs = [
        "get",
        "jobs",
        "-n",
        "hooks",
        "-o",
        "jsonpath={range .items[*]}{.metadata.name}:{.metadata.uid}:{.metadata.finalizers}{end}",
    ];
    let after_first = world.kubectl("spoke-1", &jobs);
    assert!(
        after_first.starts_with("migrate:") && !after_first.contains("hook-finalizer"),
        "{after_first}"
    );
    // Hooks are no state that differs, and run again all the same.
    world.gantry(&["diff", "-f", &file]).expect(0);
    let second = world.gantry(&["sync", "-f", &file]).expect(0).stdout;
    assert!(
        second.contains("PreSync") && second.contains("2 ran, 1 unchanged"),
        "{second}"
    );
    assert_ne!(world.kubectl("spoke-1", &jobs), after_first, "made anew");
    let part = world
        .gantry(&[
            "sync",
            "-f",
            &file,
            "--resource",
            ":ConfigMap:*",
            "-o",
            "json",
        ])
        .expect(0);
    assert_eq!(part.actions(), ["ConfigMap/config unchanged"]);
}

pub(crate) fn a_failed_hook_stops_the_sync(world: &World) {
    let file = world.app_with(
        "failing",
        &[
            (
                "a.yaml",
                &failing_job("migrate", "argocd.argoproj.io/hook: PreSync"),
            ),
            ("b.yaml", &config("v1")),
            ("c.yaml", &job("clean", "argocd.argoproj.io/hook: SyncFail")),
        ],
    );
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    assert_eq!(
        ended.actions(),
        [
            "Namespace/failing created",
            "Job/migrate failed",
            "ConfigMap/config not-reached",
            "Job/clean ran"
        ]
    );
    let message = ended.message("migrate");
    assert!(
        message.contains("longer than specified deadline"),
        "{message}"
    );
}

pub(crate) fn a_pod_may_be_a_hook(world: &World) {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, annotations: \
             {{argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: HookSucceeded}}}}\n\
             spec: {{restartPolicy: Never, containers: [{{name: c, image: 'c:1'}}]}}\n"
        )
    };
    for (name, phase, code, action) in [
        ("well", "Succeeded", 0, "Pod/well ran"),
        ("ill", "Failed", 1, "Pod/ill failed"),
    ] {
        let file = world.app_with("pods", &[("a.yaml", &pod(name)), ("b.yaml", &config("v1"))]);
        let running = world.start(&["sync", "-f", &file, "-o", "json"]);
        let of_pod = |output: &str| {
            let get = [
                "get",
                "pod",
                name,
                "-n",
                "pods",
                "--ignore-not-found",
                "-o",
                output,
            ];
            let namespaces = world.kubectl("spoke-1", &["get", "ns", "-o", "name"]);
            if namespaces.contains("namespace/pods") {
                world.kubectl("spoke-1", &get)
            } else {
                String::new()
            }
        };
        let now = "jsonpath={.status.phase}";
        world.until("the pod runs", || of_pod(now) == "Running");
        let status = format!("{{\"status\":{{\"phase\":\"{phase}\"}}}}");
        let patch = [
            "patch",
            "pod",
            name,
            "-n",
            "pods",
            "--subresource=status",
            "-p",
        ];
        world.kubectl("spoke-1", &[&patch[..], &[&status]].concat());
        let ended = running.end().expect(code);
        assert!(
            ended.actions().contains(&action.to_owned()),
            "{}",
            ended.stdout
        );
        assert_eq!(of_pod("name").is_empty(), code == 0, "its delete policy");
    }
}

pub(crate) fn nothing_is_applied_by_halves(world: &World) {
    let wrong = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: \
        {argocd.argoproj.io/sync-wave: '3'}}\nspec: {selector: {matchLabels: {a: b}}, template: {}}\n";
    let file = world.app_with("halves", &[("a.yaml", &config("v1")), ("b.yaml", wrong)]);
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    assert_eq!(
        ended.actions(),
        [
            "Namespace/halves created",
            "ConfigMap/config not-reached",
            "Deployment/web failed"
        ]
    );
    let found = world.kubectl(
        "spoke-1",
        &["get", "cm", "config", "-n", "halves", "--ignore-not-found"],
    );
    assert_eq!(found, "");
}

pub(crate) fn an_interrupted_sync_says_how_far_it_came(world: &World) {
    let slow = failing_job("slow", "argocd.argoproj.io/hook: PreSync")
        .replace("activeDeadlineSeconds: 1", "activeDeadlineSeconds: 60");
    let file = world.app_with(
        "interrupted",
        &[("a.yaml", &slow), ("b.yaml", &config("v1"))],
    );
    let running = world.start(&["sync", "-f", &file, "-o", "json"]);
    let job = [
        "get",
        "job",
        "slow",
        "-n",
        "interrupted",
        "--ignore-not-found",
        "-o",
        "name",
    ];
    world.until("the hook runs", || {
        let namespaces = world.kubectl("spoke-1", &["get", "ns", "-o", "name"]);
        namespaces.contains("interrupted") && !world.kubectl("spoke-1", &job).is_empty()
    });
    running.interrupt();
    let ended = running.end().expect(130);
    assert_eq!(
        ended.actions(),
        [
            "Namespace/interrupted created",
            "Job/slow failed",
            "ConfigMap/config not-reached"
        ]
    );
    assert_eq!(ended.message("slow"), "cancelled");
    assert_eq!(ended.json()[0]["cancelled"], true);
    world.until("the hook is gone", || {
        world.kubectl("spoke-1", &job).is_empty()
    });
}
