use super::{names, without_refused};
use serde_json::{Value, json};

fn of(kind: &str, spec: Value) -> Value {
    let version = if kind == "Deployment" {
        "apps/v1"
    } else {
        "v1"
    };
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": spec})
}

fn pod(container: Value, volumes: Value) -> Value {
    of(
        "Pod",
        json!({"containers": [container], "volumes": volumes}),
    )
}

/// The spec that is left, and what went.
fn mended(live: &Value, desired: &Value, refusal: &str) -> Option<(Value, Vec<String>)> {
    let mended = without_refused(live, desired, "gantry", refusal)?;
    let tell = |(path, owners): &(Vec<_>, Vec<crate::managed::Owner>)| {
        let path: String = path.iter().map(ToString::to_string).collect();
        let owners: Vec<&str> = owners.iter().map(|o| o.manager.as_str()).collect();
        format!("{path} {}", owners.join(" "))
    };
    let removed = mended.removed.iter().map(tell).collect();
    Some((mended.object["spec"].clone(), removed))
}

#[test]
fn what_the_refusal_names_and_the_manifest_has_not_goes() {
    let http = |port: u32| json!({"name": "http", "port": port, "protocol": "TCP"});
    let probe = |handler: &str| json!({handler: {"port": 1}, "periodSeconds": 10});
    let wanted_probe = |handler: &str| json!({handler: {"port": 1}});
    let container = |probe: Value| json!({"name": "c", "livenessProbe": probe});
    let volume = |kind: &str| json!([{"name": "v", kind: {"x": "y"}}]);
    let cases: [(Value, Value, &str, Value, &[&str]); 6] = [
        (
            of(
                "Service",
                json!({"ports": [http(81), {"name": "other", "port": 9}]}),
            ),
            of(
                "Service",
                json!({"ports": [{"name": "http", "port": 80}, {"name": "other", "port": 9}]}),
            ),
            "Service \"a\" is invalid: spec.ports[1].name: Duplicate value: \"http\"",
            json!({"ports": [{"name": "http", "port": 80}, {"name": "other", "port": 9}]}),
            &[".spec.ports[port=81,protocol=\"TCP\"] "],
        ),
        (
            of(
                "Service",
                json!({"ports": [{"port": 81, "protocol": "TCP"}], "clusterIP": "10.0.0.1"}),
            ),
            of("Service", json!({"ports": [{"port": 80}]})),
            "Service \"a\" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value]",
            json!({"ports": [{"port": 80}], "clusterIP": "10.0.0.1"}),
            &[".spec.ports[port=81,protocol=\"TCP\"] "],
        ),
        (
            of(
                "Deployment",
                json!({"replicas": 1, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}),
            ),
            of("Deployment", json!({"strategy": {"type": "Recreate"}})),
            "Deployment.apps \"a\" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be \
             specified when strategy `type` is 'Recreate'",
            json!({"replicas": 1, "strategy": {"type": "Recreate"}}),
            &[".spec.strategy.rollingUpdate "],
        ),
        (
            pod(container(probe("tcpSocket")), json!([])),
            pod(container(wanted_probe("httpGet")), json!([])),
            "Pod \"a\" is invalid: spec.containers[0].livenessProbe.tcpSocket: Forbidden: \
             may not specify more than 1 handler type",
            json!({"containers": [container(probe("httpGet"))], "volumes": []}),
            &[".spec.containers[name=\"c\"].livenessProbe.tcpSocket "],
        ),
        // The one that is wanted is named, since it is the second in the server's order.
        (
            pod(container(probe("httpGet")), json!([])),
            pod(container(wanted_probe("tcpSocket")), json!([])),
            "Pod \"a\" is invalid: spec.containers[0].livenessProbe.tcpSocket: Forbidden: \
             may not specify more than 1 handler type",
            json!({"containers": [container(probe("tcpSocket"))], "volumes": []}),
            &[".spec.containers[name=\"c\"].livenessProbe.httpGet "],
        ),
        (
            pod(json!({"name": "c"}), volume("emptyDir")),
            pod(json!({"name": "c"}), volume("configMap")),
            "Pod \"a\" is invalid: spec.volumes[0].configMap: Forbidden: may not specify more than 1 \
             volume type",
            json!({"containers": [{"name": "c"}], "volumes": volume("configMap")}),
            &[".spec.volumes[name=\"v\"].emptyDir "],
        ),
    ];
    for (live, desired, refusal, spec, removed) in cases {
        let found = mended(&live, &desired, refusal).expect(refusal);
        assert_eq!(found.0, spec, "{refusal}");
        assert_eq!(found.1, removed, "{refusal}");
    }
}

#[test]
fn other_refusals_take_nothing_away() {
    let live = of(
        "Service",
        json!({"ports": [{"port": 81}], "type": "ClusterIP"}),
    );
    let desired = of(
        "Service",
        json!({"ports": [{"port": 80}], "selector": {"a": "b"}}),
    );
    let refusals = [
        "admission webhook \"w\" denied the request: no",
        "Service \"a\" is invalid: spec.selector: Invalid value: field is immutable",
        "Service \"a\" is invalid: metadata.labels: Invalid value: \"x\"",
        "Service \"a\" is invalid: status.loadBalancer: Forbidden: no",
    ];
    for refusal in refusals {
        assert_eq!(mended(&live, &desired, refusal), None, "{refusal}");
    }
}

#[test]
fn those_who_own_it_are_told() {
    let mut live = of(
        "Service",
        json!({"ports": [{"port": 81, "protocol": "TCP"}]}),
    );
    let port = json!({"f:spec": {"f:ports": {"k:{\"port\":81,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}});
    let entry = |manager: &str, fields: &Value| json!({"manager": manager, "operation": "Update", "apiVersion": "v1", "fieldsV1": fields});
    live["metadata"]["managedFields"] = json!([
        entry("kubectl-edit", &port),
        entry("gantry", &port),
        entry("other", &json!({"f:spec": {"f:type": {}}})),
    ]);
    let desired = of("Service", json!({"ports": [{"port": 80}]}));
    let refusal = "Service \"a\" is invalid: spec.ports[0].name: Required value";
    let (_, removed) = mended(&live, &desired, refusal).expect("something goes");
    assert_eq!(
        removed,
        [".spec.ports[port=81,protocol=\"TCP\"] kubectl-edit"]
    );
}

#[test]
fn words_are_paths_or_not() {
    let cases = [
        ("spec.ports[1].name", Some("spec ports name")),
        ("spec.a[x.y/z].b[0][1]", Some("spec a b")),
        ("\"web\"", None),
        ("spec..a", None),
        ("spec.a[", None),
    ];
    for (text, expected) in cases {
        let found = names(text).map(|names| names.join(" "));
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}
