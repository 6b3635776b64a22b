//! Sync options, of applications and of single objects, on a real cluster.

use crate::world::World;

fn config(name: &str, more: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, {more}}}\ndata: {{k: v}}\n")
}

fn deployment(label: &str, options: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations: \
         {{argocd.argoproj.io/sync-options: '{options}'}}\nspec:\n  selector: {{matchLabels: {{app: {label}}}}}\n  \
         template:\n    metadata: {{labels: {{app: {label}}}}}\n    spec: {{containers: [{{name: c, image: 'c:1'}}]}}\n"
    )
}

pub(crate) fn what_cannot_be_changed_is_made_anew_by_force(world: &World) {
    let uid = [
        "get",
        "deployment",
        "web",
        "-n",
        "force",
        "-o",
        "jsonpath={.metadata.uid}",
    ];
    let file = world.app_with("force", &[("a.yaml", &deployment("one", "Force=true"))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let before = world.kubectl("spoke-1", &uid);
    world.app_with("force", &[("a.yaml", &deployment("two", ""))]);
    let refused = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    assert!(
        refused.message("web").contains("immutable"),
        "{}",
        refused.stdout
    );
    assert_eq!(world.kubectl("spoke-1", &uid), before);
    world.app_with("force", &[("a.yaml", &deployment("two", "Force=true"))]);
    let diff = world.gantry(&["diff", "-f", &file]).expect(1);
    assert!(diff.stdout.contains("+      app: two"), "{}", diff.stdout);
    let forced = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(forced.actions(), ["Deployment/web configured"]);
    assert_ne!(world.kubectl("spoke-1", &uid), before);
    world.gantry(&["diff", "-f", &file]).expect(0);
}

pub(crate) fn a_replaced_object_is_what_git_has(world: &World) {
    let replace = "annotations: {argocd.argoproj.io/sync-options: 'Replace=true'}";
    let file = world.app_with("replace", &[("a.yaml", &config("config", replace))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let patch = [
        "patch",
        "cm",
        "config",
        "-n",
        "replace",
        "-p",
        "{\"data\":{\"more\":\"m\"}}",
    ];
    world.kubectl("spoke-1", &patch);
    // What others add makes no difference, until there is one.
    world.gantry(&["diff", "-f", &file]).expect(0);
    let changed = config("config", replace).replace("k: v", "k: w");
    world.app_with("replace", &[("a.yaml", &changed)]);
    let diff = world.gantry(&["diff", "-f", &file]).expect(1).stdout;
    assert!(
        diff.contains("-  more: m") && diff.contains("+  k: w"),
        "{diff}"
    );
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(ended.actions(), ["ConfigMap/config configured"]);
    let data = [
        "get",
        "cm",
        "config",
        "-n",
        "replace",
        "-o",
        "jsonpath={.data}",
    ];
    assert_eq!(world.kubectl("spoke-1", &data), "{\"k\":\"w\"}");
    let again = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(again.actions(), ["ConfigMap/config unchanged"]);
}

pub(crate) fn an_object_of_another_application_is_told_or_refused(world: &World) {
    let place = "namespace: shared";
    let first = world.app_with("shared", &[("a.yaml", &config("config", place))]);
    world.gantry(&["sync", "-f", &first]).expect(0);
    let second = world.app_with("shared-too", &[("a.yaml", &config("config", place))]);
    let text = std::fs::read_to_string(&second).expect("the application");
    let strict = text.replace(
        "CreateNamespace=true",
        "CreateNamespace=true, FailOnSharedResource=true",
    );
    let strict = world.file("strict.yaml", &strict);
    let refused = world
        .gantry(&["sync", "-f", &strict, "-o", "json"])
        .expect(1);
    let expected = "ConfigMap/config is part of applications shared-too and shared";
    assert_eq!(refused.message("config"), expected);
    let told = world.gantry(&["sync", "-f", &second]).expect(0);
    assert!(told.stderr.contains(expected), "{}", told.stderr);
}

pub(crate) fn pruning_may_want_a_confirmation(world: &World) {
    let confirm = "annotations: {argocd.argoproj.io/sync-options: 'Prune=confirm'}";
    let files = [
        ("a.yaml", config("config", "")),
        ("b.yaml", config("old", confirm)),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let file = world.app_with("confirm", &files);
    world.gantry(&["sync", "-f", &file]).expect(0);
    world
        .repository
        .commit(&[("confirm/b.yaml", "")])
        .expect("a commit");
    let asked = world
        .gantry(&["sync", "-f", &file, "--prune", "-o", "json"])
        .expect(0);
    assert!(
        asked.message("old").contains("--confirm-prune"),
        "{}",
        asked.stdout
    );
    let done = world
        .gantry(&[
            "sync",
            "-f",
            &file,
            "--prune",
            "--confirm-prune",
            "-o",
            "json",
        ])
        .expect(0);
    assert!(
        done.actions().contains(&"ConfigMap/old pruned".to_owned()),
        "{}",
        done.stdout
    );
}

pub(crate) fn the_namespace_gets_its_metadata(world: &World) {
    let file = world.app_with("described", &[("a.yaml", &config("config", ""))]);
    let text = std::fs::read_to_string(&file).expect("the application");
    let policy = "syncPolicy: {managedNamespaceMetadata: {labels: {team: shop}, annotations: {a: b}}, syncOptions";
    let described = world.file(
        "described.yaml",
        &text.replace("syncPolicy: {syncOptions", policy),
    );
    world.gantry(&["sync", "-f", &described]).expect(0);
    let team = [
        "get",
        "ns",
        "described",
        "-o",
        "jsonpath={.metadata.labels.team}{.metadata.annotations.a}",
    ];
    assert_eq!(world.kubectl("spoke-1", &team), "shopb");
    world.kubectl(
        "spoke-1",
        &["label", "ns", "described", "team=other", "--overwrite"],
    );
    let again = world
        .gantry(&["sync", "-f", &described, "-o", "json"])
        .expect(0);
    assert_eq!(
        again.actions(),
        [
            "Namespace/described configured",
            "ConfigMap/config unchanged"
        ]
    );
    assert_eq!(world.kubectl("spoke-1", &team), "shopb");
}

pub(crate) fn a_misspelt_field_may_be_let_through(world: &World) {
    let text = config("config", "").replace("\ndata:", "\ndta: {x: y}\ndata:");
    let file = world.app_with("loose", &[("a.yaml", &text)]);
    let refused = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    assert!(
        refused.message("config").contains("dta"),
        "{}",
        refused.stdout
    );
    let loose = std::fs::read_to_string(&file).expect("the application");
    let loose = loose.replace(
        "CreateNamespace=true",
        "CreateNamespace=true, Validate=false",
    );
    let loose = world.file("loose.yaml", &loose);
    world.gantry(&["sync", "-f", &loose]).expect(0);
    world.gantry(&["diff", "-f", &loose]).expect(0);
}

pub(crate) fn a_failed_sync_is_tried_again(world: &World) {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once, annotations: {argocd.argoproj.io/hook: PreSync}}\n\
        spec:\n  activeDeadlineSeconds: 1\n  template:\n    spec:\n      restartPolicy: Never\n      nodeSelector: {no: where}\n      \
        containers: [{name: c, image: 'c:1'}]\n";
    let file = world.app_with("retried", &[("a.yaml", job)]);
    let retry = ["--retry-limit", "1", "--retry-backoff-duration", "1s"];
    let ended = world
        .gantry(&[&["sync", "-f", &file], &retry[..]].concat())
        .expect(1);
    assert!(
        ended.stderr.contains("try 2 comes in 1 s"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("try 3"), "{}", ended.stderr);
}

pub(crate) fn a_retry_may_take_what_git_has_by_then(world: &World) {
    let wrong = config("config", "").replace("data: {k: v}", "dta: {k: v}");
    let file = world.app_with("refreshed", &[("a.yaml", &wrong)]);
    let sync = ["sync", "-f", &file, "-o", "json", "--retry-limit", "60"];
    let refresh = [
        "--retry-backoff-duration",
        "1s",
        "--retry-backoff-factor",
        "1",
        "--retry-refresh",
    ];
    let running = world.start(&[&sync[..], &refresh].concat());
    // The namespace is made by the first try, so that one has read what was there before.
    world.until("the first try", || {
        let namespaces = world.kubectl("spoke-1", &["get", "ns", "-o", "name"]);
        namespaces.contains("namespace/refreshed")
    });
    world.app_with("refreshed", &[("a.yaml", &config("config", ""))]);
    let ended = running.end().expect(0);
    assert!(ended.stderr.contains("try 2 comes"), "{}", ended.stderr);
    assert_eq!(ended.actions(), ["ConfigMap/config created"]);
}

pub(crate) fn flags_of_a_sync_go_before_its_application(world: &World) {
    let objects = |value: &str| {
        let text = config("one", "labels: {part: one}") + "---\n" + &config("two", "");
        text.replace("k: v", &format!("k: {value}"))
    };
    let file = world.app_with("flags", &[("a.yaml", &objects("v"))]);
    let sync = |flags: &[&str]| {
        let args = [&["sync", "-f", &file, "-o", "json"], flags].concat();
        world.gantry(&args).expect(0)
    };
    let data = || {
        let get = ["get", "cm", "one", "two", "-n", "flags", "-o"];
        let data = "jsonpath={range .items[*]}{.data}{end}";
        world.kubectl("spoke-1", &[&get[..], &[data]].concat())
    };
    let first = sync(&[]).json()[0]["revision"].clone();
    world.app_with("flags", &[("a.yaml", &objects("w"))]);
    let part = sync(&["--label", "part=one"]);
    assert_eq!(part.actions(), ["ConfigMap/one configured"]);
    let but = sync(&["--resource", "!:ConfigMap:one", "--dry-run"]);
    assert_eq!(but.actions(), ["ConfigMap/two configured"]);
    assert_eq!(data(), "{\"k\":\"w\"}{\"k\":\"v\"}");
    let patch = ["patch", "cm", "two", "-n", "flags", "-p"];
    let more = "{\"data\":{\"more\":\"m\"}}";
    world.kubectl("spoke-1", &[&patch[..], &[more]].concat());
    sync(&["--replace"]);
    assert_eq!(data(), "{\"k\":\"w\"}{\"k\":\"w\"}");
    sync(&["--revision", first.as_str().unwrap_or_default()]);
    assert_eq!(data(), "{\"k\":\"v\"}{\"k\":\"v\"}");

    // Its pods find no node; nobody waits for them.
    let stuck =
        deployment("web", "").replace("containers:", "nodeSelector: {no: where}, containers:");
    world.app_with("flags", &[("b.yaml", &stuck)]);
    let ended = sync(&["--async", "--timeout", "60s"]);
    let json = ended.json();
    assert_eq!(json[0]["health"]["status"], "Progressing", "{json}");
    // What cannot be changed is made anew, if that is asked for.
    world.app_with(
        "flags",
        &[("b.yaml", &stuck.replace("app: web", "app: other"))],
    );
    let forced = sync(&["--async", "--force", "--resource", "apps:Deployment:web"]);
    assert_eq!(forced.actions(), ["Deployment/web configured"]);
}
