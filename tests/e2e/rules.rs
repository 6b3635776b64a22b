//! What projects and clusters' Secrets say beside what they permit: objects of nobody, namespaces.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::server::{Home, Server};
use crate::world::{World, gantry};

const HUB: &str = "rules";
const MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {from: git}\n";

/// One control plane in a hub, for all checks here.
pub(crate) fn what_is_written_beside_applications_counts(world: &World) {
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let data = world.testbed.folder().join("rules-install");
    let install = ["install", "--apply", "--context", "hub", "--kubeconfig"];
    gantry(&data, &[&install[..], &[&kubeconfig]].concat()).expect(0);
    world.kubectl("hub", &["create", "namespace", HUB]);
    let poll = ["--refresh-interval", "2s"];
    let server = Server::start(world, Home::Hub(HUB), "rules", &poll);
    server
        .gantry(&["cluster", "add", "spoke-1", "--yes"])
        .expect(0);
    what_no_application_has_is_told(world, &server);
    a_cluster_is_used_in_some_namespaces_only(world, &server);
    a_commit_beside_its_paths_costs_no_render(world, &server);
    a_window_that_closes_holds_an_operation_back(world, &server);
}

fn import(world: &World, server: &Server<'_>, name: &str, objects: &[Value]) {
    let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
    let file = world.file(name, &texts.join("\n---\n"));
    server.gantry(&["import", "-f", &file]).expect(0);
}

fn project(name: &str, more: &Value) -> Value {
    let mut spec = json!({
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "name": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": name, "namespace": HUB}, "spec": spec})
}

fn application(world: &World, name: &str, project: &str, destination: &Value) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": HUB},
        "spec": {"project": project, "destination": destination,
            "source": {"repoURL": world.repository.file_url(), "path": name},
            "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"]}}})
}

fn condition(server: &Server<'_>, name: &str, kind: &str) -> Option<String> {
    let app = server.application(name);
    let conditions = app["status"]["conditions"].as_array()?.iter();
    let found = conditions.filter(|condition| condition["type"] == kind);
    let mut messages = found.filter_map(|condition| condition["message"].as_str());
    messages.next().map(str::to_owned)
}

fn until_told(world: &World, server: &Server<'_>, name: &str, expected: Option<&str>) {
    world.until(&format!("{name} tells {expected:?}"), || {
        condition(server, name, "OrphanedResourceWarning").as_deref() == expected
    });
}

fn what_no_application_has_is_told(world: &World, server: &Server<'_>) {
    world
        .repository
        .commit(&[("crowded/map.yaml", MAP)])
        .expect("a commit");
    let rule = |more: Value| project("tidy", &json!({"orphanedResources": more}));
    let quiet = project("quiet", &json!({}));
    let to = json!({"name": "spoke-1", "namespace": "crowded"});
    let app = application(world, "crowded", "quiet", &to);
    import(
        world,
        server,
        "crowded.json",
        &[rule(json!({})), quiet, app],
    );
    server.until_state("crowded", "Synced Healthy");
    let make = ["create", "configmap", "left", "-n", "crowded"];
    world.kubectl("spoke-1", &make);
    let metrics =
        |server: &Server<'_>| server.application("crowded")["status"]["conditions"].clone();
    assert_eq!(metrics(server), Value::Null, "its project has no such rule");

    let app = application(world, "crowded", "tidy", &to);
    import(world, server, "crowded.json", &[app]);
    // Its own ConfigMap, the ServiceAccount `default` and kube-root-ca.crt do not count.
    let told = |count: u32| format!("Application has {count} orphaned resources");
    until_told(world, server, "crowded", Some(&told(1)));
    let deployment = [
        "create",
        "deployment",
        "stray",
        "--image=c:1",
        "--replicas=0",
    ];
    let deployment = [&deployment[..], &["-n", "crowded"]].concat();
    world.kubectl("spoke-1", &deployment);
    // A deployment's controller makes a ReplicaSet where one runs.
    world.until("what comes is told", || {
        let now = condition(server, "crowded", "OrphanedResourceWarning");
        now == Some(told(2)) || now == Some(told(3))
    });
    let shown = server.gantry(&["app", "resources", "crowded", "--orphaned"]);
    let shown = shown.expect(0).stdout;
    assert!(
        shown.contains("left") && shown.contains("stray") && shown.contains("Yes"),
        "{shown}"
    );
    assert!(
        !shown.contains("settings") && !shown.contains("kube-root-ca"),
        "{shown}"
    );
    the_tree_has_them(world, server);

    let ignore = json!({"ignore": [{"group": "apps", "kind": "*"}]});
    import(world, server, "tidy.json", &[rule(ignore)]);
    until_told(world, server, "crowded", Some(&told(1)));
    world.kubectl("spoke-1", &["delete", "configmap", "left", "-n", "crowded"]);
    until_told(world, server, "crowded", None);
    import(world, server, "tidy.json", &[rule(json!({"warn": false}))]);
    server
        .gantry(&["app", "get", "crowded", "--refresh"])
        .expect(0);
    assert_eq!(
        condition(server, "crowded", "OrphanedResourceWarning"),
        None
    );
    let shown = server.gantry(&["app", "resources", "crowded", "--orphaned"]);
    assert!(shown.expect(0).stdout.contains("stray"));
}

/// As the API has them, and one of them by itself.
fn the_tree_has_them(world: &World, server: &Server<'_>) {
    let secret = ["get", "secret", "argocd-initial-admin-secret", "-n", HUB];
    let password = ["-o", "go-template={{.data.password | base64decode}}"];
    let password = world.kubectl("hub", &[&secret[..], &password].concat());
    let login = json!({"username": "admin", "password": password}).to_string();
    let json = ("content-type", "application/json");
    let body = |answer: String| -> Value {
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let start = body.find('{').unwrap_or_default();
        let end = body.rfind('}').map_or(0, |end| end + 1);
        serde_json::from_str(body.get(start..end).unwrap_or_default()).unwrap_or_default()
    };
    let session = body(server.http("POST", "/api/v1/session", &[json], &login));
    let token = format!("Bearer {}", session["token"].as_str().unwrap_or_default());
    let get = |path: &str| body(server.http("GET", path, &[("authorization", &token)], ""));
    let tree = get("/api/v1/applications/crowded/resource-tree");
    let names = |list: &str| -> Vec<String> {
        let nodes = tree[list].as_array().into_iter().flatten();
        let name = |node: &Value| format!("{}/{}", node["kind"], node["name"]).replace('"', "");
        nodes.map(name).collect()
    };
    assert_eq!(names("nodes"), ["ConfigMap/settings"], "{tree}");
    let orphans = names("orphanedNodes");
    let has = |name: &str| orphans.iter().any(|orphan| orphan == name);
    assert!(has("ConfigMap/left") && has("Deployment/stray"), "{tree}");
    let one = get(
        "/api/v1/applications/crowded/resource?namespace=crowded&resourceName=left&version=v1&kind=ConfigMap&group=",
    );
    let manifest = one["manifest"].as_str().unwrap_or_default();
    assert!(manifest.contains("\"left\""), "{one}");
}

/// An account that may do everything in two namespaces, and nothing elsewhere.
fn narrow_account(world: &World) -> (String, String, String) {
    let on_spoke = |args: &[&str]| world.kubectl("spoke-2", args);
    on_spoke(&["create", "namespace", "accounts"]);
    on_spoke(&["create", "serviceaccount", "narrow", "-n", "accounts"]);
    for namespace in ["one", "two", "three"] {
        on_spoke(&["create", "namespace", namespace]);
    }
    for namespace in ["one", "two"] {
        let binding = [
            "create",
            "rolebinding",
            "narrow",
            "--clusterrole=cluster-admin",
        ];
        let account = ["--serviceaccount=accounts:narrow", "-n", namespace];
        on_spoke(&[&binding[..], &account].concat());
    }
    let token = on_spoke(&["create", "token", "narrow", "-n", "accounts"]);
    let view = |path: &str| {
        let path = format!("jsonpath={{.clusters[0].cluster.{path}}}");
        on_spoke(&[
            "config",
            "view",
            "--minify",
            "--raw",
            "--flatten",
            "-o",
            &path,
        ])
    };
    (token, view("server"), view("certificate-authority-data"))
}

fn a_cluster_is_used_in_some_namespaces_only(world: &World, server: &Server<'_>) {
    let (token, address, authority) = narrow_account(world);
    let config = json!({"bearerToken": token, "tlsClientConfig": {"caData": authority}});
    let secret = json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "cluster-narrow", "namespace": HUB,
            "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        "stringData": {"name": "narrow", "server": address, "namespaces": "one, two",
            "config": config.to_string()}});
    let other = MAP.replace("name: settings", "name: other, namespace: two");
    let files = [("one/map.yaml", MAP), ("one/other.yaml", &other)];
    world.repository.commit(&files).expect("a commit");
    let to = json!({"name": "narrow", "namespace": "one"});
    let app = application(world, "one", "default", &to);
    import(world, server, "narrow.json", &[secret, app]);
    server.until_state("one", "Synced Healthy");
    let get = |namespace: &str, name: &str| {
        let args = [
            "get",
            "cm",
            "-n",
            namespace,
            name,
            "-o",
            "jsonpath={.data.from}",
        ];
        world.kubectl("spoke-2", &args)
    };
    assert_eq!(
        (get("one", "settings"), get("two", "other")),
        ("git".into(), "git".into())
    );
    // A change is seen, so the two namespaces are watched.
    let edit = ["patch", "cm", "settings", "-n", "one", "--type=merge", "-p"];
    let edit = [&edit[..], &[r#"{"data":{"from":"hand"}}"#]].concat();
    world.kubectl("spoke-2", &edit);
    server.until_state("one", "OutOfSync Healthy");
    server.gantry(&["app", "sync", "one"]).expect(0);
    // What goes from Git is found and pruned although the cluster cannot be searched as a whole.
    world
        .repository
        .commit(&[("one/other.yaml", "")])
        .expect("a commit");
    server.until_state("one", "OutOfSync Healthy");
    server.gantry(&["app", "sync", "one", "--prune"]).expect(0);
    let gone = ["get", "cm", "-n", "two", "-o", "name"];
    world.until("it is pruned", || {
        !world.kubectl("spoke-2", &gone).contains("other")
    });
    what_is_outside_is_refused(world, server);
}

fn what_is_outside_is_refused(world: &World, server: &Server<'_>) {
    let outside = MAP.replace("name: settings", "name: third, namespace: three");
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: narrow}\nrules: []\n";
    for (file, text, expected) in [
        (
            "one/outside.yaml",
            outside.as_str(),
            "namespace \"three\" for ConfigMap \"third\" is not managed",
        ),
        (
            "one/role.yaml",
            role,
            "cluster level ClusterRole \"narrow\" can not be managed when in namespaced mode",
        ),
    ] {
        world.repository.commit(&[(file, text)]).expect("a commit");
        world.until(expected, || {
            let told = condition(server, "one", "ComparisonError");
            told.is_some_and(|told| told.contains(expected))
        });
        let refused = server.gantry(&["app", "sync", "one"]).expect(1);
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains(expected), "{said}");
        world.repository.commit(&[(file, "")]).expect("a commit");
        server.until_state("one", "Synced Healthy");
    }
    assert_eq!(
        world.kubectl("spoke-2", &["get", "cm", "-n", "three", "-o", "name"]),
        "configmap/kube-root-ca.crt"
    );
}

/// What an application's paths are: with the annotation, a commit beside them changes nothing but the revision.
fn a_commit_beside_its_paths_costs_no_render(world: &World, server: &Server<'_>) {
    let kustomization = "resources: [map.yaml]\n";
    let files = [
        ("paths/map.yaml", MAP),
        ("paths/kustomization.yaml", kustomization),
    ];
    world.repository.commit(&files).expect("a commit");
    let to = json!({"name": "spoke-1", "namespace": "paths"});
    let mut app = application(world, "paths", "default", &to);
    app["metadata"]["annotations"] = json!({"argocd.argoproj.io/manifest-generate-paths": "."});
    app["spec"]["source"]["kustomize"] = json!({"commonAnnotationsEnvsubst": true,
        "commonAnnotations": {"revision": "$ARGOCD_APP_REVISION"}});
    import(world, server, "paths.json", &[app]);
    server.until_state("paths", "Synced Healthy");
    let get = ["get", "cm", "settings", "-n", "paths", "-o"];
    let get = [&get[..], &["jsonpath={.metadata.annotations.revision}"]].concat();
    let rendered = || world.kubectl("spoke-1", &get);
    let revision = || server.application("paths")["status"]["sync"]["revision"].clone();
    let first = rendered();
    assert_eq!(revision(), first.as_str());
    let beside = world.repository.commit(&[("beside/x.yaml", "a: 1\n")]);
    let beside = beside.expect("a commit");
    world.until("its revision moves on", || revision() == beside.as_str());
    server.until_state("paths", "Synced Healthy");
    assert_eq!(rendered(), first, "it is rendered from the commit before");
    let text = MAP.replace("from: git", "from: again");
    let within = world.repository.commit(&[("paths/map.yaml", &text)]);
    let within = within.expect("a commit");
    world.until("what touches its paths arrives", || rendered() == within);
    server.until_state("paths", "Synced Healthy");
}

/// A window that closes keeps the next try back, unless all that deny have `syncOverrun`.
fn a_window_that_closes_holds_an_operation_back(world: &World, server: &Server<'_>) {
    world
        .repository
        .commit(&[("held/map.yaml", MAP)])
        .expect("a commit");
    // It opens with the next minute.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time");
    let opens = now.as_secs() / 60 + 1;
    let schedule = format!("{} {} * * *", opens % 60, opens / 60 % 24);
    let window = |overrun: bool| {
        json!({"syncWindows": [{"kind": "deny", "schedule": schedule, "duration": "1h",
            "applications": ["held"], "syncOverrun": overrun}]})
    };
    let to = json!({"name": "spoke-1", "namespace": "held"});
    let mut app = application(world, "held", "windows", &to);
    app["spec"]["syncPolicy"] = json!({"retry": {"limit": 1000,
        "backoff": {"duration": "1s", "factor": 1, "maxDuration": "1s"}}});
    import(
        world,
        server,
        "held.json",
        &[project("windows", &json!({})), app],
    );
    world.until("it is looked at", || {
        server.application("held")["status"]["sync"]["status"] == "OutOfSync"
    });
    server.gantry(&["app", "sync", "held", "--async"]).expect(0);
    let state = || server.application("held")["status"]["operationState"].clone();
    let message = || state()["message"].as_str().unwrap_or_default().to_owned();
    world.until("there is no namespace to sync to", || {
        state()["retryCount"].as_u64().unwrap_or_default() > 0
    });
    import(
        world,
        server,
        "held.json",
        &[project("windows", &window(false))],
    );
    world.until("the window opens", || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.is_ok_and(|now| now.as_secs() / 60 >= opens)
    });
    world.until("the window is told", || {
        message() == "Sync operation blocked by sync window"
    });
    world.kubectl("spoke-1", &["create", "namespace", "held"]);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(state()["phase"], "Running");
    let maps = ["get", "cm", "-n", "held", "-o", "name"];
    assert!(!world.kubectl("spoke-1", &maps).contains("settings"));
    import(
        world,
        server,
        "held.json",
        &[project("windows", &window(true))],
    );
    world.until("what began before goes on", || {
        state()["phase"] == "Succeeded"
    });
    let refused = server.gantry(&["app", "sync", "held"]).expect(1);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("Blocked by sync window"), "{said}");
}
