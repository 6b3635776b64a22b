//! Objects that Helm, Argo CD or kubectl have made become ours without being made anew.

use crate::world::World;

/// What Git says of each object.
const GIT: &str = "{a: '1'}";
/// What is in the cluster before.
const BEFORE: &str = "{a: '0', b: '2'}";

fn config(name: &str, metadata: &str, data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, {metadata}}}\ndata: {data}\n---\n"
    )
}

/// The same in Git and in the cluster: taking it over is no reason to roll it out.
const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  \
    selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    \
    spec: {containers: [{name: c, image: 'c:1'}]}\n";

fn tracked(name: &str, application: &str) -> String {
    format!(
        "annotations: {{argocd.argoproj.io/tracking-id: '{application}:/ConfigMap:taken/{name}'}}"
    )
}

/// Makes the objects as each tool does.
fn make(world: &World) {
    world.kubectl("spoke-1", &["create", "namespace", "taken"]);
    let helms =
        "labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: r}";
    let by_server = |manager| vec!["apply", "--server-side", "--field-manager", manager];
    let of_argo = [
        config("argo", &tracked("argo", "taken"), BEFORE),
        config("argo-other", &tracked("argo-other", "elsewhere"), BEFORE),
    ];
    let of_kubectl = [config("kubectl", "", BEFORE), WEB.to_owned()];
    let made = [
        (by_server("helm"), config("helm", helms, BEFORE)),
        (
            vec!["create", "--field-manager", "helm"],
            config("helm-3", helms, BEFORE),
        ),
        (by_server("argocd-controller"), of_argo.concat()),
        (vec!["apply"], of_kubectl.concat()),
    ];
    for (command, text) in made {
        let file = world.file("made.yaml", &text);
        let args = [&command[..], &["-n", "taken", "-f", &file]].concat();
        world.kubectl("spoke-1", &args);
    }
}

pub(crate) fn objects_of_other_tools_stay_the_same_objects(world: &World) {
    make(world);
    let names = ["argo", "argo-other", "helm", "helm-3", "kubectl"];
    let git: String = names.iter().map(|name| config(name, "", GIT)).collect();
    let file = world.app_with("taken", &[("a.yaml", &(git + WEB))]);
    let get = |path: &str| {
        let path = format!("jsonpath={{range .items[*]}}{path} {{end}}");
        let kinds = [
            "get",
            "configmaps,deployments",
            "-n",
            "taken",
            "--field-selector",
            "metadata.name!=kube-root-ca.crt",
            "-o",
        ];
        world.kubectl("spoke-1", &[&kinds[..], &[&path]].concat())
    };
    let uids = get("{.metadata.uid}");
    let sets = || {
        let get = ["get", "replicasets", "-n", "taken", "-o"];
        world.kubectl(
            "spoke-1",
            &[&get[..], &["jsonpath={.items[*].metadata.uid}"]].concat(),
        )
    };
    world.until("the Deployment has rolled out", || !sets().is_empty());
    let rolled_out = sets();

    // Without a word, nothing is taken: whose the fields are is told, and what to do.
    let refused = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    for (name, manager) in [
        ("argo", "argocd-controller"),
        ("helm", "helm"),
        ("helm-3", "helm"),
        ("kubectl", "kubectl-client-side-apply"),
    ] {
        let expected = format!(
            "conflict: field manager \"{manager}\" owns .data.a; --force-conflicts (or ServerSideApply=true) takes the \
             fields over, --take-over {manager} all that it has applied"
        );
        assert_eq!(refused.message(name), expected);
    }
    let before = get("{.data}");
    assert!(!before.contains("\"a\":\"1\""), "{before}");

    // By force only the fields that Git has become ours: what else the tool has set stays.
    let forced = [
        "--force-conflicts",
        "--resource",
        ":ConfigMap:helm",
        "-o",
        "json",
    ];
    let forced = world.gantry(&[&["sync", "-f", &file], &forced[..]].concat());
    assert_eq!(forced.expect(0).actions(), ["ConfigMap/helm configured"]);
    assert!(get("{.data}").contains("{\"a\":\"1\",\"b\":\"2\"}"));

    let take = ["sync", "-f", &file, "--take-over", "all"];
    let taken = world.gantry(&take).expect(0);
    let shared = "ConfigMap/argo-other is part of applications taken and elsewhere";
    assert!(taken.stderr.contains(shared), "{}", taken.stderr);
    let alike = names.map(|_| "{\"a\":\"1\"}").join(" ");
    assert_eq!(get("{.data}").trim(), alike, "what is not in Git goes");
    assert_eq!(get("{.metadata.uid}"), uids, "the same objects");
    assert_eq!(sets(), rolled_out, "no other roll-out");
    let managers = get("{.metadata.managedFields[?(@.operation=='Apply')].manager}");
    assert_eq!(managers, ["gantry"; 6].join(" "));
    assert!(!get("{.metadata.labels}").contains("Helm"));
    let again = world
        .gantry(&[&take[..], &["-o", "json"]].concat())
        .expect(0);
    let unchanged = |action: &String| action.ends_with(" unchanged");
    assert!(again.actions().iter().all(unchanged), "{}", again.stdout);
    world.gantry(&["diff", "-f", &file]).expect(0);
}

pub(crate) fn what_a_client_side_apply_has_left_is_migrated(world: &World) {
    world.kubectl("spoke-1", &["create", "namespace", "migrated"]);
    let own = "annotations: {argocd.argoproj.io/sync-options: ServerSideApply=true}";
    let theirs = [config("plain", "", BEFORE), config("own", own, BEFORE)].concat();
    let theirs = world.file("theirs.yaml", &theirs);
    world.kubectl("spoke-1", &["apply", "-n", "migrated", "-f", &theirs]);
    let tools = world.file("tools.yaml", &config("tool", "", BEFORE));
    let create = [
        "create",
        "--field-manager",
        "my-tool",
        "-n",
        "migrated",
        "-f",
    ];
    world.kubectl("spoke-1", &[&create[..], &[&tools]].concat());
    let objects = [
        config("own", own, GIT),
        config("plain", "", GIT),
        config("tool", "", GIT),
    ];
    let file = world.app_with("migrated", &[("a.yaml", &objects.concat())]);
    let text = std::fs::read_to_string(&file).expect("the application");
    let get = || {
        let get = ["get", "cm", "own", "plain", "tool", "-n", "migrated", "-o"];
        let data = "jsonpath={range .items[*]}{.data}{end}";
        world.kubectl("spoke-1", &[&get[..], &[data]].concat())
    };
    let with = |options: &str, annotations: &str| {
        let options = format!("CreateNamespace=true, {options}");
        let metadata = format!("name: migrated, annotations: {{{annotations}}}");
        let text = text.replace("CreateNamespace=true", &options);
        let text = text.replacen("name: migrated", &metadata, 1);
        world.file("migrating.yaml", &text)
    };
    let (old, new) = ("{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"1\"}");
    let tool = "argocd.argoproj.io/client-side-apply-migration-manager: my-tool";
    let all = "ServerSideApply=true";
    let kept = "ServerSideApply=true, ClientSideApplyMigration=false";
    let only_own = ["--resource", ":ConfigMap:own"];
    for (options, annotations, selected, expected) in [
        (kept, "", &[][..], [old, old, old]),
        ("Validate=true", "", &only_own[..], [new, old, old]),
        (all, "", &[], [new, new, old]),
        (all, tool, &[], [new, new, new]),
    ] {
        let file = with(options, annotations);
        let args = [&["sync", "-f", &file], selected].concat();
        world.gantry(&args).expect(0);
        assert_eq!(get(), expected.concat(), "{options} {annotations}");
    }
}
