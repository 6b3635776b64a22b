//! Objects that somebody has changed so that the manifest does not fit beside it.

use crate::world::World;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  \
    selector: {app: web}\n  ports: [{port: 80, targetPort: 8080}, ]\n";

fn deployment(more: &str, probe: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 0\n{more}  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec:\n      containers:\n      - {{name: c, image: 'c:1', livenessProbe: {{{probe}: {{port: 1}}}}}}\n"
    )
}

pub(crate) fn an_edited_port_is_out_of_sync_and_mended(world: &World) {
    let file = world.app_with("ports", &[("a.yaml", SERVICE)]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let service = ["service", "web", "-n", "ports"];
    let edit = r#"[{"op": "replace", "path": "/spec/ports/0/port", "value": 81}]"#;
    let edit = ["--type=json", "-p", edit];
    world.kubectl("spoke-1", &[&["patch"], &service[..], &edit[..]].concat());
    let get =
        |path: &str| world.kubectl("spoke-1", &[&["get"], &service[..], &["-o", path]].concat());
    let address = get("jsonpath={.spec.clusterIP}");
    let state = world.gantry(&["get", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(state.json()[0]["sync"], "OutOfSync", "{}", state.stdout);
    let diff = world.gantry(&["diff", "-f", &file]).expect(1).stdout;
    assert!(
        diff.contains("-    port: 81\n+  - port: 80") || diff.contains("port: 80"),
        "{diff}"
    );
    // Somebody else's port goes only by force, as any field of theirs.
    let refused = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    let why = refused.message("web");
    assert!(
        why.contains("field manager \"kubectl-patch\" owns .spec.ports[port=81,protocol=\"TCP\"]"),
        "{why}"
    );
    world
        .gantry(&["sync", "-f", &file, "--force-conflicts"])
        .expect(0);
    assert_eq!(get("jsonpath={.spec.ports[*].port}"), "80");
    assert_eq!(get("jsonpath={.spec.clusterIP}"), address);
    assert_eq!(world.gantry(&["diff", "-f", &file]).expect(0).stdout, "");
    // The port is ours alone again: one that Git renames goes.
    world.app_with(
        "ports",
        &[("a.yaml", &SERVICE.replace("port: 80,", "port: 82,"))],
    );
    world.gantry(&["sync", "-f", &file]).expect(0);
    assert_eq!(get("jsonpath={.spec.ports[*].port}"), "82");
}

pub(crate) fn what_excludes_a_field_of_git_makes_way(world: &World) {
    let file = world.app_with("beside", &[("a.yaml", &deployment("", "tcpSocket"))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    // The server has filled in `rollingUpdate`, which this type must not have.
    let recreate = deployment("  strategy: {type: Recreate}\n", "tcpSocket");
    world.app_with("beside", &[("a.yaml", &recreate)]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let edit = r#"[{"op": "replace", "path": "/spec/template/spec/containers/0/livenessProbe",
        "value": {"httpGet": {"port": 1}}}]"#;
    let edit = [
        "patch",
        "deployment",
        "web",
        "-n",
        "beside",
        "--type=json",
        "-p",
        edit,
    ];
    world.kubectl("spoke-1", &edit);
    world.gantry(&["diff", "-f", &file]).expect(1);
    world
        .gantry(&["sync", "-f", &file, "--force-conflicts"])
        .expect(0);
    assert_eq!(world.gantry(&["diff", "-f", &file]).expect(0).stdout, "");
}

pub(crate) fn what_cannot_be_changed_differs_all_the_same(world: &World) {
    let file = world.app_with("fixed", &[("a.yaml", &deployment("", "tcpSocket"))]);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let other = deployment("", "tcpSocket").replace("app: web", "app: other");
    world.app_with("fixed", &[("a.yaml", &other)]);
    let diff = world.gantry(&["diff", "-f", &file, "-o", "json"]).expect(1);
    let why = diff.message("web");
    assert!(why.contains("field is immutable"), "{}", diff.stdout);
    let state = world.gantry(&["get", "-f", &file, "-o", "json"]).expect(0);
    assert_eq!(state.json()[0]["sync"], "OutOfSync", "{}", state.stdout);
    let refused = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    assert!(refused.message("web").contains("field is immutable"));
}
