//! What the projects among the files forbid, and the projects of a control plane.

use crate::world::{Ended, World, gantry};

/// An application of the project `fence`, of a ConfigMap and a Secret, with the project's spec.
fn fenced(world: &World, destination: &str, spec: &str) -> String {
    let object = |kind: &str, field: &str| {
        format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: plain}}\n{field}: {{a: b}}\n")
    };
    let files = [
        ("map.yaml", object("ConfigMap", "data")),
        ("secret.yaml", object("Secret", "stringData")),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    world.app_with("fenced", &files);
    let application = world.application("fenced", "fenced", destination);
    let application = application.replace("project: default", "project: fence");
    let project = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {{name: fence}}\n\
         spec:\n  sourceRepos: ['*']\n{spec}"
    );
    world.file("fenced.yaml", &[application, project].concat())
}

const EVERYWHERE: &str = "  destinations: [{name: spoke-1, namespace: '*'}]\n  \
                          clusterResourceWhitelist: [{group: '', kind: Namespace, name: fenced}]\n";

pub(crate) fn a_destination_that_a_project_forbids_is_refused(world: &World) {
    let spec = "  destinations: [{name: spoke-1, namespace: other}]\n";
    let file = fenced(world, "name: spoke-1", spec);
    let refused = world.gantry(&["sync", "-f", &file]).expect(2).stderr;
    let words = "application destination server 'spoke-1' and namespace 'fenced' do not match any of the \
                 allowed destinations in project 'fence': it has spoke-1/other";
    assert!(refused.contains(words), "{refused}");
    world.gantry(&["diff", "-f", &file]).expect(2);
    // The same cluster by its server; and no application may go where `!` stands.
    let spec = "  destinations:\n  - {name: '*', namespace: '*'}\n  - {server: '!https://*', namespace: '*'}\n";
    let file = fenced(world, "name: spoke-1", spec);
    let refused = world.gantry(&["sync", "-f", &file]).expect(2).stderr;
    assert!(
        refused.contains("its rule !https://*/* denies it"),
        "{refused}"
    );
}

pub(crate) fn a_kind_that_a_project_forbids_is_neither_written_nor_deleted(world: &World) {
    let no_secrets =
        format!("{EVERYWHERE}  namespaceResourceBlacklist: [{{group: '', kind: Secret}}]\n");
    let file = fenced(world, "name: spoke-1", &no_secrets);
    let refused = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    let mut actions = refused.actions();
    actions.sort();
    assert_eq!(
        actions,
        ["ConfigMap/plain not-reached", "Secret/plain failed"]
    );
    let words = "resource :Secret is not permitted in project fence";
    assert!(refused.stdout.contains(words), "{}", refused.stdout);
    let none = world.kubectl("spoke-1", &["get", "ns", "fenced", "--ignore-not-found"]);
    assert_eq!(none, "");
    // Not without the namespace, unless it is there.
    let no_namespace = "  destinations: [{name: spoke-1, namespace: '*'}]\n";
    let file = fenced(world, "name: spoke-1", no_namespace);
    let refused = world.gantry(&["sync", "-f", &file]).expect(1).stdout;
    assert!(
        refused.contains("resource :Namespace is not permitted in project fence"),
        "{refused}"
    );

    let file = fenced(world, "name: spoke-1", EVERYWHERE);
    world.gantry(&["sync", "-f", &file]).expect(0);
    let file = fenced(world, "name: spoke-1", &no_secrets);
    let deleted = world.gantry(&["delete", "-f", &file, "--yes", "-o", "json"]);
    let mut actions = deleted.expect(0).actions();
    actions.sort();
    assert_eq!(actions, ["ConfigMap/plain deleted", "Secret/plain skipped"]);
    let file = fenced(world, "name: spoke-1", EVERYWHERE);
    world.gantry(&["delete", "-f", &file, "--yes"]).expect(0);
}

pub(crate) fn a_sync_window_keeps_a_sync_back(world: &World) {
    let window = |more: &str| {
        format!(
            "{EVERYWHERE}  syncWindows:\n  - {{kind: deny, schedule: '* * * * *', duration: 1h, \
             applications: ['fen*']{more}}}\n"
        )
    };
    let file = fenced(world, "name: spoke-1", &window(""));
    let refused = world.gantry(&["sync", "-f", &file]).expect(2).stderr;
    let words = "cannot sync: blocked by sync window of project \"fence\": deny `* * * * *` for 1h";
    assert!(refused.contains(words), "{refused}");
    let file = fenced(
        world,
        "name: spoke-1",
        &window(", timeZone: Europe/Atlantis"),
    );
    let refused = world.gantry(&["sync", "-f", &file]).expect(2).stderr;
    assert!(
        refused.contains("spec.syncWindows[0].timeZone"),
        "{refused}"
    );
    let file = fenced(world, "name: spoke-1", &window(", manualSync: true"));
    world.gantry(&["sync", "-f", &file]).expect(0);
    world.gantry(&["delete", "-f", &file, "--yes"]).expect(0);
}

/// Needs no cluster.
#[test]
fn projects_of_a_control_plane_are_made_and_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let proj = |args: &[&str]| gantry(folder.path(), &[&["proj"], args].concat());
    let done = |args: &[&str]| proj(args).expect(0).stdout;
    done(&[
        "create",
        "shop",
        "-d",
        "https://a,web",
        "-s",
        "https://git.example/*",
    ]);
    let again = proj(&["create", "shop"]).expect(2).stderr;
    assert!(
        again.contains("exists already") && again.contains("--upsert"),
        "{again}"
    );
    done(&["add-source", "shop", "!https://git.example/secret"]);
    done(&["remove-source", "shop", "https://git.example/*"]);
    done(&["add-destination", "shop", "edge", "web", "--name"]);
    done(&["remove-destination", "shop", "https://a", "web"]);
    done(&["allow-cluster-resource", "shop", "", "Namespace"]);
    done(&["deny-namespace-resource", "shop", "", "Secret"]);
    let window = [
        "windows",
        "add",
        "shop",
        "-k",
        "deny",
        "--schedule",
        "@daily",
        "--duration",
        "1h",
    ];
    let untold = proj(&window).expect(2).stderr;
    assert!(untold.contains("--applications"), "{untold}");
    done(&[&window[..], &["--applications", "web-*,api"]].concat());
    done(&["windows", "enable-manual-sync", "shop", "0"]);
    let refused = proj(&["windows", "delete", "shop", "1"]).expect(2).stderr;
    assert!(
        refused.contains("window with id '1' not found"),
        "{refused}"
    );
    let bad = [
        &window[..6],
        &["daily", "--duration", "1h", "--clusters", "*"],
    ]
    .concat();
    let refused = proj(&bad).expect(2).stderr;
    assert!(
        refused.contains("spec.syncWindows[1].schedule"),
        "{refused}"
    );
    shown_as_they_are(&proj);
    fields_and_roles_are_changed(&proj);
    done(&["delete", "shop"]);
    assert!(!done(&["list", "-o", "name"]).contains("shop"));
    let refused = proj(&["delete", "default"]).expect(2).stderr;
    assert!(refused.contains("cannot be deleted"), "{refused}");
}

fn shown_as_they_are(proj: &dyn Fn(&[&str]) -> Ended) {
    let done = |args: &[&str]| proj(args).expect(0).stdout;
    let spec = &proj(&["get", "shop", "-o", "json"]).expect(0).json()["spec"];
    let expected = serde_json::json!({
        "sourceRepos": ["!https://git.example/secret"],
        "destinations": [{"name": "edge", "namespace": "web"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
        "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}],
        "syncWindows": [{
            "kind": "deny", "schedule": "@daily", "duration": "1h", "timeZone": "UTC",
            "applications": ["web-*", "api"], "manualSync": true,
        }],
    });
    assert_eq!(*spec, expected);
    let table = done(&["windows", "list", "shop"]);
    assert!(
        table.contains("web-*,api") && table.contains("Enabled"),
        "{table}"
    );
    let table = done(&["get", "shop"]);
    assert!(
        table.contains("edge,web") && table.contains("/Namespace"),
        "{table}"
    );
    assert!(done(&["list"]).contains("deny @daily"));
}

fn fields_and_roles_are_changed(proj: &dyn Fn(&[&str]) -> Ended) {
    let done = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        proj(&words).expect(0).stdout
    };
    done("set shop --description front --allow-namespaced-resource apps/Deployment");
    done("add-orphaned-ignore shop apps Deployment --name web-*");
    done("set shop --orphaned-resources-warn");
    done("windows update shop 0 --duration 2h --time-zone Europe/Berlin");
    done("role create shop ci --description builds");
    done("role add-policy shop ci -a sync -o *");
    done("role add-group shop ci builders");
    let none = proj(&["role", "add-group", "shop", "other", "builders"]).expect(2);
    assert!(none.stderr.contains("no role 'other'"), "{}", none.stderr);
    let spec = &proj(&["get", "shop", "-o", "json"]).expect(0).json()["spec"];
    assert_eq!(spec["description"], "front");
    let kinds = serde_json::json!([{"group": "apps", "kind": "Deployment"}]);
    assert_eq!(spec["namespaceResourceWhitelist"], kinds);
    let ignored = serde_json::json!([{"group": "apps", "kind": "Deployment", "name": "web-*"}]);
    let orphans = serde_json::json!({"warn": true, "ignore": ignored});
    assert_eq!(spec["orphanedResources"], orphans);
    let window = &spec["syncWindows"][0];
    assert_eq!(
        (
            &window["duration"],
            &window["timeZone"],
            &window["schedule"]
        ),
        (&"2h".into(), &"Europe/Berlin".into(), &"@daily".into())
    );
    let role = done("role get shop ci");
    assert!(
        role.contains("p, proj:shop:ci, applications, sync, shop/*, allow")
            && role.contains("  - builders"),
        "{role}"
    );
    let early = proj(&["role", "create-token", "shop", "ci"]).expect(2);
    assert!(early.stderr.contains("gantry serve"), "{}", early.stderr);
    done("role delete shop ci");
    assert_eq!(done("role list shop -o name"), "");
}
