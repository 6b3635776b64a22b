//! Syncs and diffs, in the order in which `main` runs them: each leaves the clusters to the next.

use crate::world::World;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {k: v}\n";

fn guestbook(world: &World) -> String {
    let both = ["spoke-1", "spoke-2"]
        .map(|spoke| world.application("guestbook", "guestbook", &format!("name: {spoke}")));
    world.file("guestbook.yaml", &both.concat())
}

pub(crate) fn guestbook_becomes_healthy_on_two_spokes(world: &World) {
    let file = guestbook(world);
    let ended = world
        .gantry(&["sync", "-f", &file, "-o", "json", "-vv"])
        .expect(0);
    // The log names each request: the next check reads there that none wrote.
    assert!(ended.stderr.contains("PATCH"), "{}", ended.stderr);
    let json = ended.json();
    for (index, spoke) in ["spoke-1", "spoke-2"].iter().enumerate() {
        let application = &json[index];
        assert_eq!(application["cluster"], *spoke);
        assert_eq!(application["sync"], "Synced");
        assert_eq!(application["health"]["status"], "Healthy");
        assert_eq!(application["renderer"], "plain-yaml");
        let ready = world.kubectl(
            spoke,
            &[
                "get",
                "deployment",
                "guestbook",
                "-n",
                "guestbook",
                "-o",
                "jsonpath={.status.readyReplicas}",
            ],
        );
        assert_eq!(ready, "2", "{spoke}");
    }
    assert_eq!(
        ended.actions(),
        [
            "Namespace/guestbook created",
            "ConfigMap/guestbook created",
            "Service/guestbook created",
            "Deployment/guestbook created",
        ]
    );
    let id = "jsonpath={.metadata.annotations.argocd\\.argoproj\\.io/tracking-id}";
    let id = world.kubectl(
        "spoke-1",
        &["get", "cm", "guestbook", "-n", "guestbook", "-o", id],
    );
    assert_eq!(id, "guestbook:/ConfigMap:guestbook/guestbook");
}

pub(crate) fn a_second_run_writes_nothing(world: &World) {
    let file = guestbook(world);
    let before = world.versions("spoke-1", "guestbook");
    let ended = world
        .gantry(&["sync", "-f", &file, "-o", "json", "-vv"])
        .expect(0);
    assert!(
        ended
            .actions()
            .iter()
            .all(|action| action.ends_with(" unchanged")),
        "{}",
        ended.stdout
    );
    assert_eq!(world.versions("spoke-1", "guestbook"), before);
    // Not even a request that the server would have found to change nothing.
    assert!(!ended.stderr.contains("PATCH"), "{}", ended.stderr);
    let diff = world.gantry(&["diff", "-f", &file]).expect(0);
    assert_eq!(diff.stdout, "");
    let table = world.gantry(&["sync", "-f", &file]).expect(0).stdout;
    assert!(table.contains("3 unchanged"), "{table}");
}

pub(crate) fn a_change_in_git_is_shown_then_applied(world: &World) {
    let file = guestbook(world);
    let config = world.repository.folder().join("guestbook/configmap.yaml");
    let text = std::fs::read_to_string(config)
        .expect("the file")
        .replace("Welcome", "Hello");
    let commit = world
        .repository
        .commit(&[("guestbook/configmap.yaml", &text)])
        .expect("a commit");

    let before = world.versions("spoke-1", "guestbook");
    let diff = world.gantry(&["diff", "-f", &file]).expect(1).stdout;
    for line in [
        "===== /ConfigMap guestbook/guestbook ======",
        "-  greeting: Welcome",
        "+  greeting: Hello",
    ] {
        assert!(diff.contains(line), "{line}: {diff}");
    }
    assert!(
        !diff.contains("managedFields") && !diff.contains("Deployment"),
        "{diff}"
    );
    let dry = world
        .gantry(&["sync", "-f", &file, "--dry-run", "-o", "json"])
        .expect(0);
    assert_eq!(
        dry.actions(),
        [
            "ConfigMap/guestbook configured",
            "Service/guestbook unchanged",
            "Deployment/guestbook unchanged"
        ]
    );
    assert_eq!(
        world.versions("spoke-1", "guestbook"),
        before,
        "a dry run changes nothing"
    );

    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(ended.actions(), dry.actions());
    assert_eq!(ended.json()[0]["revision"], commit);
    world.gantry(&["diff", "-f", &file]).expect(0);
}

pub(crate) fn what_is_gone_from_git_is_pruned_on_request(world: &World) {
    let file = world.app_with("prune", &[
        ("a.yaml", CONFIG),
        ("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\n"),
        ("c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n  annotations: {argocd.argoproj.io/sync-options: Prune=false}\n"),
    ]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    // Others' objects, one with an annotation that was copied from ours.
    world.kubectl("spoke-1", &["create", "cm", "foreign", "-n", "prune"]);
    let copied = "argocd.argoproj.io/tracking-id=prune:/ConfigMap:prune/old";
    world.kubectl(
        "spoke-1",
        &["annotate", "cm", "foreign", "-n", "prune", copied],
    );
    world
        .repository
        .commit(&[("prune/b.yaml", ""), ("prune/c.yaml", "")])
        .expect("a commit");

    let left = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(left.json()[0]["sync"], "OutOfSync");
    assert!(left.message("old").contains("--prune"), "{}", left.stdout);
    let diff = world
        .gantry(&["diff", "-f", &file, "--prune"])
        .expect(1)
        .stdout;
    assert!(
        diff.contains("===== /ConfigMap prune/old ======") && !diff.contains("foreign"),
        "{diff}"
    );
    world
        .gantry(&["sync", "-f", &file, "--prune", "--dry-run"])
        .expect(0);
    world.kubectl("spoke-1", &["get", "cm", "old", "-n", "prune"]);

    let pruned = world
        .gantry(&["sync", "-f", &file, "--prune", "-o", "json"])
        .expect(0);
    let mut actions = pruned.actions();
    actions.sort();
    assert_eq!(
        actions,
        [
            "ConfigMap/config unchanged",
            "ConfigMap/kept not-pruned",
            "ConfigMap/old pruned"
        ]
    );
    let names = [
        "get",
        "cm",
        "-n",
        "prune",
        "-o",
        "jsonpath={.items[*].metadata.name}",
    ];
    // The last one is the controller manager's, which comes when it comes.
    world.until("what is to stay is there alone", || {
        world.kubectl("spoke-1", &names) == "config foreign kept kube-root-ca.crt"
    });
}

pub(crate) fn a_conflict_names_the_other_manager(world: &World) {
    let file = world.app_with("conflict", &[("a.yaml", CONFIG)]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let patch = [
        "patch",
        "cm",
        "config",
        "-n",
        "conflict",
        "--field-manager",
        "alice",
        "-p",
    ];
    world.kubectl(
        "spoke-1",
        &[&patch[..], &["{\"data\":{\"k\":\"alice's\"}}"]].concat(),
    );
    for args in [
        &["sync", "-o", "json"][..],
        &["sync", "-o", "json", "--dry-run"],
    ] {
        let ended = world.gantry(&[args, &["-f", &file]].concat()).expect(1);
        let message = ended.message("config");
        assert!(message.contains("\"alice\" owns .data.k"), "{message}");
        assert!(message.contains("--force-conflicts"), "{message}");
    }
    let diff = world.gantry(&["diff", "-f", &file]).expect(1);
    assert!(
        diff.stdout.contains("+  k: v") && diff.stderr.contains("alice"),
        "{}",
        diff.stdout
    );
    let forced = world
        .gantry(&["sync", "-f", &file, "--force-conflicts", "-o", "json"])
        .expect(0);
    assert_eq!(forced.actions(), ["ConfigMap/config configured"]);
}

pub(crate) fn secret_values_are_not_shown(world: &World) {
    let secret = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: login}}\nstringData: {{password: {value}}}\n"
        )
    };
    let file = world.app_with("secrets", &[("a.yaml", &secret("hunter2-old"))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    world.app_with("secrets", &[("a.yaml", &secret("hunter2-new"))]);
    // In base64, as the server keeps it, and in the clear.
    let values = ["hunter2", "aHVudGVyMi"];
    for args in [
        &["diff"][..],
        &["diff", "-o", "json"],
        &["sync", "-o", "json", "-vvv"],
    ] {
        let ended = world.gantry(&[args, &["-f", &file]].concat());
        for value in values {
            assert!(!ended.stdout.contains(value), "{args:?}: {}", ended.stdout);
            assert!(!ended.stderr.contains(value), "{args:?}: {}", ended.stderr);
        }
        if args == ["diff"] {
            assert!(ended.stdout.contains("*** (before)"), "{}", ended.stdout);
        }
    }
    let broken = "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata: {password: hunter2-no-base64}\n";
    world.app_with("secrets", &[("a.yaml", broken)]);
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    assert!(!ended.message("login").is_empty());
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
}

pub(crate) fn a_custom_resource_comes_with_its_definition(world: &World) {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
        metadata: {name: gears.example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n  \
        names: {kind: Gear, plural: gears, singular: gear}\n  versions:\n  - name: v1\n    served: true\n    \
        storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n";
    let gear = "apiVersion: example.com/v1\nkind: Gear\nmetadata: {name: big}\nspec: {teeth: 12}\n";
    let file = world.app_with(
        "custom",
        &[("a-gear.yaml", gear), ("b-crd.yaml", definition)],
    );
    let dry = world
        .gantry(&["sync", "-f", &file, "--dry-run", "-o", "json"])
        .expect(0);
    assert!(
        dry.message("big").contains("comes with this sync"),
        "{}",
        dry.stdout
    );
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    let expected = [
        "Namespace/custom created",
        "CustomResourceDefinition/gears.example.com created",
        "Gear/big created",
    ];
    assert_eq!(ended.actions(), expected);
    world.gantry(&["diff", "-f", &file]).expect(0);
}

pub(crate) fn waves_wait_for_health_and_time_out(world: &World) {
    // No node has this label, so its pod stays pending.
    let stuck = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: stuck}\nspec:\n  \
        selector: {matchLabels: {app: stuck}}\n  template:\n    metadata: {labels: {app: stuck}}\n    \
        spec:\n      nodeSelector: {no: where}\n      containers: [{name: c, image: 'c:1'}]\n";
    let later = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: later, annotations: {argocd.argoproj.io/sync-wave: '1'}}\n";
    let file = world.app_with("waves", &[("a.yaml", stuck), ("b.yaml", later)]);
    let ended = world
        .gantry(&["sync", "-f", &file, "--timeout", "2s", "-o", "json"])
        .expect(1);
    assert!(
        ended.message("stuck").starts_with("not healthy in time"),
        "{}",
        ended.stdout
    );
    let json = ended.json();
    assert_eq!(json[0]["health"]["status"], "Progressing", "{json}");
    assert!(
        ended
            .actions()
            .contains(&"ConfigMap/later not-reached".to_owned()),
        "{:?}",
        ended.actions()
    );
}

pub(crate) fn a_cluster_that_is_gone_is_named(world: &mut World) {
    let file = guestbook(world);
    for cluster in world
        .testbed
        .clusters()
        .iter_mut()
        .filter(|c| c.name == "spoke-2")
    {
        cluster.stop_apiserver();
    }
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    let json = ended.json();
    assert_eq!(
        json[0]["sync"], "Synced",
        "the other cluster is synced: {json}"
    );
    let reason = json[1]["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(reason.contains("cannot reach cluster spoke-2"), "{json}");
}
