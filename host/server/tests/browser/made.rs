//! Made-up answers in Argo CD's shapes.

use serde_json::{Value, json};

const NAMES: [&str; 12] = [
    "checkout",
    "catalog",
    "payments",
    "search",
    "frontend",
    "ingress",
    "cert-manager",
    "prometheus",
    "loki",
    "billing",
    "mail",
    "identity",
];

pub(crate) fn apps(count: usize) -> Vec<Value> {
    (0..count).map(app).collect()
}

fn app(n: usize) -> Value {
    let health = [
        "Healthy",
        "Healthy",
        "Progressing",
        "Healthy",
        "Degraded",
        "Healthy",
        "Missing",
        "Suspended",
    ][n % 8];
    let sync = if n % 5 == 2 { "OutOfSync" } else { "Synced" };
    let name = if n < NAMES.len() {
        NAMES[n].to_owned()
    } else {
        format!("{}-{n}", NAMES[n % NAMES.len()])
    };
    let mut app = json!({
        "metadata": {"name": name, "namespace": "argocd", "labels": {"team": "shop", "tier": "front"}, "creationTimestamp": "2026-11-01T08:00:00Z"},
        "spec": {"project": "shop", "source": {"repoURL": "https://git.shop.example/platform/deploy.git", "path": format!("apps/{name}"), "targetRevision": "main"},
            "destination": {"name": "prod-eu-1", "namespace": name}, "syncPolicy": {"automated": {"prune": true}, "syncOptions": ["CreateNamespace=true", "Prune=confirm", "PrunePropagationPolicy=background"]}},
        "status": {"health": {"status": health, "lastTransitionTime": "2026-11-26T05:00:00Z"}, "sync": {"status": sync, "revision": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
            "summary": {"images": ["shop/checkout:1.4.2"], "externalURLs": ["https://shop.example/", "javascript:alert(1)"]},
            "history": [{"id": 1, "revision": "aaaaaaa642cb6eb9a060e54bf8d69288fbee4904", "deployStartedAt": "2026-11-24T05:00:00Z", "deployedAt": "2026-11-24T05:00:09Z", "source": {"repoURL": "https://git.shop.example/platform/deploy.git", "path": "apps"}, "initiatedBy": {"username": "admin"}},
                        {"id": 2, "revision": "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "deployStartedAt": "2026-11-26T05:00:00Z", "deployedAt": "2026-11-26T05:00:04Z", "source": {"repoURL": "https://git.shop.example/platform/deploy.git", "path": "apps"}, "initiatedBy": {"automated": true}}],
            "operationState": {"phase": "Succeeded", "message": "successfully synced (all tasks run)", "startedAt": "2026-11-26T05:00:00Z", "finishedAt": "2026-11-26T05:00:04Z",
                "operation": {"initiatedBy": {"username": "admin"}}, "syncResult": {"revision": "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "resources": [
                    {"group": "batch", "version": "v1", "kind": "Job", "namespace": "shop", "name": "migrate", "syncPhase": "PreSync", "hookType": "PreSync", "hookPhase": "Succeeded", "status": "Synced", "message": "completed"},
                    {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "checkout", "syncPhase": "Sync", "status": "Synced", "message": "deployment.apps/checkout serverside-applied"},
                    {"group": "", "version": "v1", "kind": "Service", "namespace": "shop", "name": "checkout", "syncPhase": "Sync", "status": "SyncFailed", "message": "Service is invalid: spec.ports: Required value"}]}},
            "resources": resources()},
    });
    if n % 8 == 4 {
        app["status"]["conditions"] = json!([{"type": "ComparisonError", "message": "deploy/values.yaml:12: unknown anchor <b>base</b>"}, {"type": "OrphanedResourceWarning", "message": "Application has 2 orphaned resources"}]);
    }
    app
}

fn resources() -> Value {
    json!([
        {"version": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "settings", "status": "Synced"},
        {"version": "v1", "kind": "Service", "namespace": "shop", "name": "checkout", "status": "Synced", "health": {"status": "Healthy"}},
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "checkout", "status": "OutOfSync", "syncWave": 1, "health": {"status": "Degraded", "message": "Deployment \"checkout\" exceeded its progress deadline"}},
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "worker", "status": "Synced", "syncWave": 1, "health": {"status": "Progressing"}},
        {"group": "networking.k8s.io", "version": "v1", "kind": "Ingress", "namespace": "shop", "name": "checkout", "status": "OutOfSync", "syncWave": 2, "health": {"status": "Missing"}},
        {"group": "rbac.authorization.k8s.io", "version": "v1", "kind": "ClusterRole", "name": "shop:node-reader", "status": "OutOfSync"},
    ])
}

pub(crate) fn tree(pods: usize) -> Value {
    let node = |group: &str, kind: &str, name: &str, owner: &str, health: &str| {
        json!({"group": group, "version": "v1", "kind": kind, "namespace": "shop", "name": name, "uid": name, "createdAt": "2026-11-26T04:00:00Z",
            "parentRefs": if owner.is_empty() { json!([]) } else { json!([{"uid": owner}]) },
            "health": if health.is_empty() { Value::Null } else { json!({"status": health}) }})
    };
    let mut nodes = vec![
        node("", "ConfigMap", "settings", "", ""),
        json!({"version": "v1", "kind": "Service", "namespace": "shop", "name": "checkout", "uid": "svc", "createdAt": "2026-11-26T04:00:00Z", "networkingInfo": {"externalURLs": ["https://shop.example/"]}}),
        json!({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "checkout", "uid": "d1", "createdAt": "2026-11-26T04:00:00Z", "info": [{"name": "Revision", "value": "Rev:4"}]}),
        json!({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "worker", "uid": "d2", "createdAt": "2026-11-26T04:00:00Z"}),
        node(
            "discovery.k8s.io",
            "EndpointSlice",
            "checkout-x7",
            "svc",
            "",
        ),
        node("apps", "ReplicaSet", "checkout-7d9f", "d1", "Degraded"),
        node("apps", "ReplicaSet", "worker-58b4", "d2", "Progressing"),
        node("", "Pod", "checkout-7d9f-b2x", "checkout-7d9f", "Degraded"),
    ];
    nodes.extend((0..pods).map(|n| {
        node(
            "",
            "Pod",
            &format!("worker-58b4-{n}"),
            "worker-58b4",
            if n % 500 == 7 { "Degraded" } else { "Healthy" },
        )
    }));
    let orphan = node("", "ConfigMap", "left-over", "", "");
    json!({"nodes": nodes, "orphanedNodes": [orphan]})
}

pub(crate) fn deployment(replicas: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout", "namespace": "shop", "creationTimestamp": "2026-11-26T04:00:00Z", "labels": {"app": "checkout"}, "managedFields": [{"manager": "gantry"}]},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "checkout"}}, "template": {"metadata": {"labels": {"app": "checkout"}},
            "spec": {"containers": [{"name": "web", "image": "shop/checkout:1.4.2", "ports": [{"containerPort": 8080}]}]}}},
        "status": {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "ReplicaSet \"checkout-7d9f\" has timed out progressing."}]}})
}

pub(crate) fn managed() -> Value {
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "checkout", "namespace": "shop"}, "spec": {"rules": [{"host": "shop.example"}]}});
    json!({"items": [
        {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "checkout", "normalizedLiveState": deployment(3).to_string(), "predictedLiveState": deployment(5).to_string()},
        {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "shop", "name": "checkout", "normalizedLiveState": "null", "predictedLiveState": ingress.to_string()},
        {"kind": "ConfigMap", "namespace": "shop", "name": "settings", "normalizedLiveState": "{\"a\":1}", "predictedLiveState": "{\"a\":1}"},
    ]})
}

pub(crate) fn events() -> Value {
    json!({"items": [
        {"type": "Normal", "reason": "ScalingReplicaSet", "message": "Scaled up replica set checkout-7d9f to 3", "count": 1, "lastTimestamp": "2026-11-26T05:00:00Z"},
        {"type": "Warning", "reason": "BackOff", "message": "Back-off restarting failed container web", "count": 14, "lastTimestamp": "2026-11-26T05:10:00Z"},
    ]})
}

pub(crate) fn clusters() -> Value {
    let cluster = |name: &str, status: &str, message: &str| {
        json!({"name": name, "server": format!("https://{name}.k8s.example:6443"), "serverVersion": "1.35", "info": {"connectionState": {"status": status, "message": message, "attemptedAt": "2026-11-26T05:00:00Z"},
            "serverVersion": "1.35", "applicationsCount": 41, "cacheInfo": {"resourcesCount": 3_120, "apisCount": 28}}})
    };
    json!({"items": [cluster("in-cluster", "Successful", ""), cluster("prod-eu-1", "Successful", ""), cluster("prod-us-1", "Failed", "dial tcp 10.0.0.1:6443: connection refused")]})
}

pub(crate) fn projects() -> Value {
    json!({"items": [
        {"metadata": {"name": "default", "resourceVersion": "1"}, "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}},
        {"metadata": {"name": "shop", "resourceVersion": "2"}, "spec": {"description": "The shop's teams", "sourceRepos": ["https://git.shop.example/*"], "destinations": [{"name": "prod-*", "namespace": "shop-*"}], "roles": [{"name": "ci"}], "syncWindows": [{}]}},
    ]})
}

pub(crate) fn repositories() -> Value {
    json!({"items": [
        {"repo": "https://git.shop.example/platform/deploy.git", "type": "git", "connectionState": {"status": "Successful", "attemptedAt": "2026-11-26T05:00:00Z"}},
        {"repo": "javascript:alert(1)", "type": "git", "connectionState": {"status": "Failed", "message": "no such scheme"}},
    ]})
}

pub(crate) fn unlisted() -> Value {
    json!({"items": [
        {"repo": "https://git.shop.example/guests/book.git", "type": "git", "applications": 1},
        {"repo": "javascript:alert(1)", "type": "helm", "applications": 12},
    ]})
}

pub(crate) fn plugins() -> Value {
    json!({"items": [
        {"name": "helm", "kind": "renderer", "version": "0.1.0", "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "summary": "Helm charts, by Helm 4's own engine", "calls": 1_204, "p99Seconds": 0.043, "errors": 0, "usedBy": [{"namespace": "argocd", "name": "loki"}]},
        {"name": "template", "kind": "renderer", "version": "0.1.0", "digest": "sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", "summary": "minijinja templates", "calls": 12, "p99Seconds": 0.004, "errors": 2, "usedBy": [],
         "parametersSchema": {"type": "object", "properties": {"values": {"type": "object", "description": "Values over those of the files."}, "recurse": {"type": "boolean", "description": "Folders within folders too."}, "valuesFiles": {"type": "array", "items": {"type": "string"}}, "mode": {"enum": ["fast", "safe"]}}}},
        {"name": "health-core", "kind": "health", "version": "0.1.0", "digest": "sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9", "summary": "Argo CD's built-in kinds", "calls": 90_122, "p99Seconds": 0.0004, "errors": 0, "usedBy": []},
    ]})
}
