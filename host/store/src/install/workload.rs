//! The control plane's process, and the way to it.

use serde_json::{Value, json};

use super::{Installation, NAME, labels};

/// Where it listens: pages, API, webhooks, probes.
const PORT: u16 = 8080;
/// Where its metrics are, which the Service does not have; Argo CD's number.
const METRICS_PORT: u16 = 8082;
/// Where it keeps what can be had again: repositories, compiled plugins, renders.
const DATA: &str = "/data";

pub(super) fn deployment(installation: &Installation) -> Value {
    let selector = json!({"app.kubernetes.io/name": NAME});
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": installation.metadata(),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {
                    "labels": labels(),
                    "annotations": {
                        "prometheus.io/scrape": "true",
                        "prometheus.io/port": METRICS_PORT.to_string(),
                        "prometheus.io/path": "/metrics",
                    },
                },
                "spec": {
                    "serviceAccountName": NAME,
                    "securityContext": {
                        "runAsNonRoot": true,
                        // A number: an image need not know a user of that name.
                        "runAsUser": 65_532,
                        "runAsGroup": 65_532,
                        "fsGroup": 65_532,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [container(installation)],
                    "volumes": [
                        {"name": "data", "emptyDir": {}},
                        {"name": "tmp", "emptyDir": {}},
                    ],
                },
            },
        },
    })
}

fn container(installation: &Installation) -> Value {
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": "https", "scheme": "HTTPS"}});
    json!({
        "name": NAME,
        "image": installation.image,
        "args": [
            "serve",
            "--hub",
            "in-cluster",
            "--hub-namespace",
            installation.namespace,
            "--listen",
            format!("0.0.0.0:{PORT}"),
            "--metrics-listen",
            format!("0.0.0.0:{METRICS_PORT}"),
        ],
        "env": [
            {"name": "GANTRY_DATA", "value": DATA},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "ports": [
            {"name": "https", "containerPort": PORT},
            {"name": "metrics", "containerPort": METRICS_PORT},
        ],
        "livenessProbe": probe("/healthz"),
        "readinessProbe": probe("/readyz"),
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": DATA},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    })
}

pub(super) fn service(installation: &Installation) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": installation.metadata(),
        "spec": {
            "selector": {"app.kubernetes.io/name": NAME},
            "ports": [{"name": "https", "port": 443, "targetPort": "https"}],
        },
    })
}
