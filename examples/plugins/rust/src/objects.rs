//! The objects. No host in here, so that it runs in native tests.

use serde_json::{Map, Value, json};

use crate::Parameters;

/// Where the container finds its configuration.
const CONFIG_FOLDER: &str = "/etc/config";

pub(crate) fn config_map(name: &str, data: &Map<String, Value>) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": labels(name)},
        "data": data,
    })
}

pub(crate) fn service(name: &str, parameters: &Parameters) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels(name)},
        "spec": {
            "selector": labels(name),
            "ports": [{"name": "http", "port": 80, "targetPort": parameters.port}],
        },
    })
}

pub(crate) fn deployment(
    name: &str,
    parameters: &Parameters,
    config: Option<&Map<String, Value>>,
) -> Value {
    let mut container = json!({
        "name": name,
        "image": parameters.image,
        "ports": [{"name": "http", "containerPort": parameters.port}],
    });
    let mut pod = json!({});
    if config.is_some() {
        container["volumeMounts"] = json!([{"name": "config", "mountPath": CONFIG_FOLDER}]);
        pod["volumes"] = json!([{"name": "config", "configMap": {"name": name}}]);
    }
    pod["containers"] = json!([container]);
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels(name)},
        "spec": {
            "replicas": parameters.replicas,
            "selector": {"matchLabels": labels(name)},
            "template": {"metadata": {"labels": labels(name)}, "spec": pod},
        },
    })
}

fn labels(name: &str) -> Value {
    json!({"app.kubernetes.io/name": name})
}

#[cfg(test)]
mod tests {
    use super::{Parameters, deployment};
    use serde_json::json;

    #[test]
    fn what_is_not_given_has_a_default() {
        let parameters: Parameters = serde_json::from_value(json!({"image": "shop:1"})).unwrap();
        let deployment = deployment("shop", &parameters, None);
        assert_eq!(deployment["spec"]["replicas"], 1);
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["ports"][0]["containerPort"], 8080);
        assert!(container["volumeMounts"].is_null());
    }
}
