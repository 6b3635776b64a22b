//! What a control plane works on, carried from home to home by `gantry export` and `gantry import`.

use serde_json::{Value, json};

use crate::world::{Ended, World, gantry};

/// A namespace as Argo CD leaves it.
const OLD: &str = "left-by-argocd";
const NEW: &str = "carried-to";

/// What belongs to the place where an object is, and is set there anew.
const OF_THE_SERVER: [&str; 6] = [
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
];
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const KINDS: &str = "applications.argoproj.io,appprojects.argoproj.io,secrets,configmaps";

/// From a hub to a file, from there into the embedded home, and from there to another hub.
pub(crate) fn nothing_is_lost_on_the_way(world: &World) {
    run(world, &["install", "--apply", "--context", "hub"]).expect(0);
    for namespace in [OLD, NEW] {
        world.kubectl("hub", &["create", "namespace", namespace]);
    }
    let manifests = world.file("left-by-argocd.json", &left_by_argocd().to_string());
    world.kubectl("hub", &["apply", "-n", OLD, "-f", &manifests]);
    let before = objects(world, OLD);
    let old = ["--hub", "hub", "--hub-namespace", OLD];
    let new = ["--hub", "hub", "--hub-namespace", NEW];

    let plain = export(world, &old);
    assert!(!plain.stdout.contains("kind: Secret"), "{}", plain.stdout);
    assert!(
        plain.stderr.contains("4 Secrets are left out"),
        "{}",
        plain.stderr
    );
    let all = export(world, &[&old[..], &["--include-secrets"]].concat());
    let first = world.file("from-argocd.yaml", &all.stdout);
    assert_eq!(import(world, &first, &["--dry-run"]), "created 9");
    assert_eq!(import(world, &first, &[]), "created 9");
    assert_eq!(import(world, &first, &[]), "unchanged 9");
    let embedded = export(world, &["--include-secrets"]);
    assert_eq!(embedded.stdout, all.stdout);
    let second = world.file("from-embedded.yaml", &embedded.stdout);
    assert_eq!(import(world, &second, &new), "created 9");
    assert_eq!(import(world, &second, &new), "unchanged 9");
    let carried = export(world, &[&new[..], &["--include-secrets"]].concat());
    assert_eq!(carried.stdout, all.stdout);
    assert_eq!(wishes(world, NEW), wishes(world, OLD));

    // Back to where it came from: nothing is written there, and what Argo CD knew of it stays.
    assert_eq!(import(world, &first, &old), "unchanged 9");
    assert_eq!(objects(world, OLD), before);
    a_change_is_carried_back_with_its_status_kept(world, &all.stdout, &old);
}

fn a_change_is_carried_back_with_its_status_kept(world: &World, exported: &str, old: &[&str]) {
    let changed = exported.replace("targetRevision: v1", "targetRevision: v2");
    assert_ne!(changed, exported);
    let changed = world.file("changed.yaml", &changed);
    assert_eq!(import(world, &changed, old), "unchanged 8 updated 1");
    let app = world.kubectl("hub", &["get", "apps", "shop", "-n", OLD, "-o", "json"]);
    let app: Value = serde_json::from_str(&app).expect("an application");
    assert_eq!(app["spec"]["source"]["targetRevision"], "v2");
    assert_eq!(app["status"]["history"][0]["id"], 0);
    assert_eq!(app["status"]["sync"]["status"], "Synced");
}

fn run(world: &World, args: &[&str]) -> Ended {
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let args = [args, &["--kubeconfig", &kubeconfig]].concat();
    gantry(&world.testbed.folder().join("homes"), &args)
}

fn export(world: &World, flags: &[&str]) -> Ended {
    run(world, &[&["export"], flags].concat()).expect(0)
}

/// How many objects became what.
fn import(world: &World, file: &str, flags: &[&str]) -> String {
    let done = run(
        world,
        &[&["import", "-f", file, "-o", "json"], flags].concat(),
    )
    .expect(0);
    let mut results: Vec<String> = Vec::new();
    for one in done.json().as_array().into_iter().flatten() {
        results.push(one["result"].as_str().unwrap_or_default().to_owned());
    }
    let mut words = results.clone();
    words.sort();
    words.dedup();
    let count = |word: &String| results.iter().filter(|found| *found == word).count();
    let told: Vec<String> = words
        .iter()
        .map(|word| format!("{word} {}", count(word)))
        .collect();
    told.join(" ")
}

/// All objects of a namespace, as kubectl has them.
fn objects(world: &World, namespace: &str) -> Vec<Value> {
    let listed = world.kubectl("hub", &["get", KINDS, "-n", namespace, "-o", "json"]);
    let mut listed: Value = serde_json::from_str(&listed).expect("a list");
    match listed["items"].take() {
        Value::Array(mut items) => {
            // The controller manager's, which comes when it comes.
            items.retain(|object| object["metadata"]["name"] != "kube-root-ca.crt");
            items
        }
        _ => Vec::new(),
    }
}

/// The same without what is of the place, without `status`, and without what is nobody's wish.
fn wishes(world: &World, namespace: &str) -> Vec<Value> {
    let mut objects = objects(world, namespace);
    objects.retain(|object| {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        !["argocd-redis", "team-settings"].contains(&name)
    });
    for object in &mut objects {
        let Some(whole) = object.as_object_mut() else {
            continue;
        };
        whole.remove("status");
        whole.remove("operation");
        let Some(metadata) = whole["metadata"].as_object_mut() else {
            continue;
        };
        metadata.retain(|key, _| !OF_THE_SERVER.contains(&key.as_str()));
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.remove(LAST_APPLIED);
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    objects
}

/// What an Argo CD that has run for a while has in its namespace.
fn left_by_argocd() -> Value {
    let part_of =
        json!({"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": "argocd-cm"});
    let map = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": part_of}, "data": data});
    let secret = |name: &str, kind: &str, data: Value| {
        let mut metadata =
            json!({"name": name, "annotations": {"managed-by": "argocd.argoproj.io"}});
        if !kind.is_empty() {
            metadata["labels"] = json!({"argocd.argoproj.io/secret-type": kind});
        }
        json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data})
    };
    let items = json!([
        map(
            "argocd-cm",
            json!({
                "application.resourceTrackingMethod": "annotation",
                "resource.customizations.ignoreDifferences.apps_Deployment": "jqPathExpressions:\n- .spec.replicas\n",
            })
        ),
        map(
            "argocd-rbac-cm",
            json!({"policy.csv": "g, admins, role:admin\n", "policy.default": ""})
        ),
        map("team-settings", json!({"not": "argocd's"})),
        secret(
            "argocd-secret",
            "",
            json!({"server.secretkey": "c2VjcmV0", "admin.password": "JDJh"})
        ),
        secret("argocd-redis", "", json!({"auth": "eA=="})),
        secret(
            "cluster-spoke",
            "cluster",
            json!({
                "name": "c3Bva2U=", "server": "aHR0cHM6Ly9zcG9rZS5leGFtcGxl", "config": "e30=", "shard": "MQ==",
            })
        ),
        secret(
            "repo-1234",
            "repository",
            json!({
                "type": "Z2l0", "url": "aHR0cHM6Ly9naXQuZXhhbXBsZS9zaG9w", "username": "cm9ib3Q=", "password": "w7w=",
            })
        ),
        secret(
            "creds-1234",
            "repo-creds",
            json!({"url": "aHR0cHM6Ly9naXQuZXhhbXBsZQ==", "type": "Z2l0"})
        ),
        project(),
        application(),
        several_sources(),
    ]);
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn project() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default"},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            "roles": [{"name": "ci", "policies": ["p, proj:default:ci, applications, sync, default/*, allow"],
                "jwtTokens": [{"iat": 1_535_390_316, "id": "ci"}]}],
            "syncWindows": [{"kind": "deny", "schedule": "0 22 * * *", "duration": "1h", "applications": ["none"]}],
        },
        "status": {"jwtTokensByRole": {"ci": {"items": [{"iat": 1_535_390_316, "id": "ci"}]}}},
    })
}

fn application() -> Value {
    let source = json!({"repoURL": "https://git.example/shop", "path": "deploy", "targetRevision": "v1",
        "helm": {"valueFiles": ["prod.yaml"], "parameters": [{"name": "a", "value": "1", "forceString": true}],
            "valuesObject": {"deep": {"list": [1, 2.5, null, "x"], "empty": {}}}}});
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "shop",
            "labels": {"team": "front"},
            "annotations": {"notifications.argoproj.io/subscribe.on-sync-failed.slack": "ops"},
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        "spec": {
            "project": "default",
            "source": source,
            "destination": {"server": "https://spoke.example", "namespace": "shop"},
            "info": [{"name": "url", "value": "https://shop.example"}],
            "ignoreDifferences": [{"group": "apps", "kind": "Deployment", "jqPathExpressions": [".spec.replicas"]}],
            "revisionHistoryLimit": 3,
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true},
                "managedNamespaceMetadata": {"labels": {"a": "b"}}, "syncOptions": ["CreateNamespace=true"],
                "retry": {"limit": 2, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}}},
        },
        "status": {
            "sync": {"status": "Synced", "revision": "2f1", "comparedTo": {"source": source,
                "destination": {"server": "https://spoke.example", "namespace": "shop"}}},
            "health": {"status": "Healthy", "lastTransitionTime": "2026-01-01T00:00:00Z"},
            "history": [{"id": 0, "revision": "2f1", "deployedAt": "2026-01-01T00:00:00Z", "source": source,
                "deployStartedAt": "2026-01-01T00:00:00Z", "initiatedBy": {"automated": true}}],
            "resources": [{"version": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "c", "status": "Synced"}],
            "reconciledAt": "2026-01-01T00:00:00Z",
            "controllerNamespace": "argocd",
        },
    })
}

fn several_sources() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "two"},
        "spec": {
            "project": "default",
            "sources": [
                {"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.*", "name": "chart",
                    "helm": {"valueFiles": ["$values/prod.yaml"]}},
                {"repoURL": "https://git.example/shop", "targetRevision": "main", "ref": "values"},
                {"repoURL": "https://git.example/shop", "path": "k", "kustomize": {"images": ["a=b:1"],
                    "patches": [{"patch": "- op: remove\n  path: /spec\n", "target": {"kind": "Service"}}]}},
            ],
            "destination": {"name": "spoke", "namespace": "two"},
        },
        "status": {"sync": {"status": "Unknown"}, "conditions": [{"type": "ComparisonError", "message": "m"}]},
        "operation": {"initiatedBy": {"username": "admin"}, "sync": {"revisions": ["1.2.3", "main", "main"]}},
    })
}
