//! What counts as a difference, whose a field is, and objects that other tools have made.

use crate::world::World;

fn deployment(replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec:\n      containers:\n      - name: c\n        image: c:1\n        \
         resources: {{limits: {{cpu: 1000m, memory: '0.5Gi'}}}}\n        env: [{{name: EMPTY, value: ''}}]\n        \
         ports: [{{containerPort: 53, protocol: UDP}}, {{containerPort: 53}}]\n"
    )
}

/// The application with more of a spec.
fn with(world: &World, name: &str, file: &str, spec: &str) -> String {
    let text = std::fs::read_to_string(file).expect("the application");
    let text = text.replace("spec:\n", &format!("spec:\n{spec}"));
    world.file(&format!("{name}.yaml"), &text)
}

pub(crate) fn what_the_server_writes_otherwise_is_no_difference(world: &World) {
    let file = world.app_with("normal", &[("a.yaml", &deployment(1))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    assert_eq!(world.gantry(&["diff", "-f", &file]).expect(0).stdout, "");
    let again = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(again.actions(), ["Deployment/web unchanged"]);
}

pub(crate) fn ignored_fields_do_not_count_and_are_respected(world: &World) {
    let file = world.app_with("ignored", &[("a.yaml", &deployment(1))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let scale = [
        "scale",
        "deployment",
        "web",
        "-n",
        "ignored",
        "--replicas=3",
    ];
    world.kubectl("spoke-1", &scale);
    let diff = world
        .gantry(&["diff", "-f", &file, "-o", "fields"])
        .expect(1)
        .stdout;
    assert!(
        diff.contains(".spec.replicas   3      1     kubectl"),
        "{diff}"
    );
    let rules = "  ignoreDifferences:\n  - {group: 'app*', kind: Deployment, jqPathExpressions: [.spec.replicas]}\n";
    let ignoring = with(world, "ignoring", &file, rules);
    assert_eq!(
        world.gantry(&["diff", "-f", &ignoring]).expect(0).stdout,
        ""
    );
    let replicas = [
        "get",
        "deployment",
        "web",
        "-n",
        "ignored",
        "-o",
        "jsonpath={.spec.replicas}",
    ];
    let only = [
        "sync",
        "-f",
        &ignoring,
        "--apply-out-of-sync-only",
        "-o",
        "json",
    ];
    assert_eq!(
        world.gantry(&only).expect(0).actions(),
        ["Deployment/web unchanged"]
    );
    // Another change is applied, and what is ignored stays as it is.
    let changed = deployment(1).replace("c:1", "c:2");
    world.app_with("ignored", &[("a.yaml", &changed)]);
    let text = std::fs::read_to_string(&ignoring).expect("the application");
    let respecting = text.replace("CreateNamespace=true", "RespectIgnoreDifferences=true");
    let respecting = world.file("respecting.yaml", &respecting);
    world.gantry(&["sync", "-f", &respecting]).expect(0);
    assert_eq!(world.kubectl("spoke-1", &replicas), "3");
    world.gantry(&["diff", "-f", &respecting]).expect(0);
    // Without that option a sync makes it what Git says, whatever a diff does not show.
    world
        .gantry(&["sync", "-f", &ignoring, "--force-conflicts"])
        .expect(0);
    assert_eq!(world.kubectl("spoke-1", &replicas), "1");
}

pub(crate) fn settings_for_all_applications_are_heeded(world: &World) {
    let file = world.app_with("ignored", &[("a.yaml", &deployment(1))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let scale = [
        "scale",
        "deployment",
        "web",
        "-n",
        "ignored",
        "--replicas=2",
    ];
    world.kubectl("spoke-1", &scale);
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm, namespace: argocd}\ndata:\n  \
        url: https://argocd.example.com\n  timeout.reconciliation: 60s\n  resource.customizations.ignoreDifferences.apps_Deployment: |\n    \
        managedFieldsManagers: [kubectl]\n";
    let settings = world.file("argocd-cm.yaml", settings);
    let diff = world.gantry(&["diff", "-f", &file, &settings]).expect(0);
    assert!(
        diff.stderr
            .contains("`timeout.reconciliation` has no effect yet")
            && !diff.stderr.contains("`url`"),
        "{}",
        diff.stderr
    );
}

pub(crate) fn objects_of_kubectl_are_adopted_without_making_them_anew(world: &World) {
    let object = |data: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: config}}\ndata: {data}\n")
    };
    world.kubectl("spoke-1", &["create", "namespace", "adopted"]);
    let theirs = world.file("theirs.yaml", &object("{a: '1', b: '2'}"));
    world.kubectl("spoke-1", &["apply", "-n", "adopted", "-f", &theirs]);
    let get = |path: &str| {
        world.kubectl(
            "spoke-1",
            &["get", "cm", "config", "-n", "adopted", "-o", path],
        )
    };
    let uid = get("jsonpath={.metadata.uid}");
    let file = world.app_with("adopted", &[("a.yaml", &object("{a: '1'}"))]);
    let take = ["sync", "-f", &file, "--take-over", "all", "-o", "json"];
    assert_eq!(
        world.gantry(&take).expect(0).actions(),
        ["ConfigMap/config configured"]
    );
    assert_eq!(
        get("jsonpath={.data}"),
        "{\"a\":\"1\"}",
        "what is not in Git goes"
    );
    assert_eq!(get("jsonpath={.metadata.uid}"), uid);
    assert!(!get("jsonpath={.metadata.managedFields[*].manager}").contains("kubectl"));
    assert_eq!(
        world.gantry(&take).expect(0).actions(),
        ["ConfigMap/config unchanged"]
    );
    world.gantry(&["diff", "-f", &file]).expect(0);
}

pub(crate) fn whoever_may_only_read_can_compare(world: &World) {
    let file = world.app_with("readers", &[("a.yaml", &deployment(1))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let reader = reader(world, "spoke-1");
    let text = std::fs::read_to_string(&file).expect("the application");
    let as_reader = format!("{}{reader}", text.replace("name: spoke-1", "name: reader"));
    let as_reader = world.file("as-reader.yaml", &as_reader);
    world.gantry(&["diff", "-f", &as_reader]).expect(0);
    world.app_with("readers", &[("a.yaml", &deployment(4))]);
    let diff = world.gantry(&["diff", "-f", &as_reader]).expect(1).stdout;
    assert!(diff.contains("-  replicas: 1\n+  replicas: 4"), "{diff}");
}

/// A cluster Secret `reader`: a user of that cluster who may read everything and write nothing.
fn reader(world: &World, context: &str) -> String {
    let role = ["--verb=get,list,watch", "--resource=*.*"];
    world.kubectl(
        context,
        &["create", "serviceaccount", "reader", "-n", "kube-system"],
    );
    world.kubectl(
        context,
        &[&["create", "clusterrole", "reader"], &role[..]].concat(),
    );
    let bound = [
        "--clusterrole=reader",
        "--serviceaccount=kube-system:reader",
    ];
    world.kubectl(
        context,
        &[&["create", "clusterrolebinding", "reader"], &bound[..]].concat(),
    );
    let token = world.kubectl(context, &["create", "token", "reader", "-n", "kube-system"]);
    let view = |path: &str| {
        let config = ["config", "view", "--minify", "--raw", "--flatten", "-o"];
        world.kubectl(context, &[&config[..], &[path]].concat())
    };
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: c\n  labels: {{argocd.argoproj.io/secret-type: cluster}}\n\
         stringData:\n  name: reader\n  server: '{}'\n  config: |\n    {{\"bearerToken\": \"{token}\", \
         \"tlsClientConfig\": {{\"caData\": \"{}\"}}}}\n",
        view("jsonpath={.clusters[0].cluster.server}"),
        view("jsonpath={.clusters[0].cluster.certificate-authority-data}"),
    )
}
