//! What is applied.

use serde_json::{Value, json};

/// The group of the custom kind.
pub(crate) const GROUP: &str = "bench.example.com";

/// One small ConfigMap.
pub(crate) fn config_map(index: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": format!("config-{index}"), "labels": {"app": "bench"}},
        "data": {"index": index.to_string(), "text": "a small value"},
    })
}

/// What applications are made of: of ten objects two Deployments, Services, ConfigMaps and custom
/// objects, one Secret and one Role.
pub(crate) fn mixed(index: usize) -> Value {
    let name = format!("mixed-{index}");
    let labels = json!({"app": name, "team": "bench"});
    let metadata = json!({"name": name, "labels": labels});
    match index % 10 {
        0 | 1 => deployment(index, &metadata, &labels),
        2 | 3 => json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
        }),
        4 | 5 => config_map(index),
        6 => json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque",
            "stringData": {"user": "bench", "password": format!("secret-{index}")},
        }),
        7 => json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}],
        }),
        _ => json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": "Widget", "metadata": metadata,
            "spec": {"size": index, "parts": [{"name": "a"}, {"name": "b"}]},
        }),
    }
}

fn deployment(index: usize, metadata: &Value, labels: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{
                    "name": "web",
                    "image": format!("registry.example.com/web:{index}"),
                    "args": ["--port", "8080"],
                    "env": [{"name": "MODE", "value": "production"}, {"name": "INDEX", "value": index.to_string()}],
                    "ports": [{"name": "http", "containerPort": 8080}],
                    "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "128Mi"},
                        "limits": {"cpu": "1000m", "memory": "1024Mi"},
                    },
                }]},
            },
        },
    })
}

/// The custom kind, which comes in the same set.
pub(crate) fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{GROUP}")},
        "spec": {
            "group": GROUP, "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {
                    "type": "object",
                    "properties": {
                        "size": {"type": "integer"},
                        "color": {"type": "string", "default": "red"},
                        "parts": {"type": "array", "items": {
                            "type": "object", "properties": {"name": {"type": "string"}}}},
                    },
                }}}},
            }],
        },
    })
}
