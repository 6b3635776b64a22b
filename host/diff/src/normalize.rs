//! What is the same in two objects though it is written differently (gitops-engine's `Normalize`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_model::Gvk;
use serde_json::{Map, Value};

use crate::canonical;

/// Group, version and kind of any JSON.
pub(crate) fn gvk(object: &Value) -> Gvk {
    let text = |field: &str| {
        object
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    Gvk::parse(text("apiVersion"), text("kind"))
}

/// Brings an object into the form in which it is compared.
pub(crate) fn normalize(object: &mut Value, ignore_aggregated_roles: bool) {
    canonical::canonical(object);
    written_differently(object, ignore_aggregated_roles);
}

/// The part that what was applied last goes through as well.
pub(crate) fn written_differently(object: &mut Value, ignore_aggregated_roles: bool) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("creationTimestamp");
    }
    let gvk = gvk(object);
    let Some(map) = object.as_object_mut() else {
        return;
    };
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "Secret") => secret(map),
        ("rbac.authorization.k8s.io", "ClusterRole" | "Role") => {
            role(map, ignore_aggregated_roles);
        }
        ("", "Endpoints") => endpoints(map),
        _ => {}
    }
}

/// `stringData` is only another way to write `data`; no data and empty data are one.
fn secret(map: &mut Map<String, Value>) {
    if map.get("stringData").is_some_and(Value::is_object)
        && map.get("data").is_none_or(|d| d.is_null() || d.is_object())
        && let Some(Value::Object(texts)) = map.remove("stringData")
    {
        let mut data = match map.remove("data") {
            Some(Value::Object(data)) => data,
            _ => Map::new(),
        };
        data.extend(texts.into_iter().map(|(key, value)| match value {
            Value::String(text) => (key, Value::String(STANDARD.encode(text))),
            // No text: the server refuses it, and says why.
            other => (key, other),
        }));
        map.insert("data".to_owned(), Value::Object(data));
    }
    if let Some(Value::Object(data)) = map.get_mut("data") {
        for value in data.values_mut().filter(|value| value.is_null()) {
            *value = Value::from("");
        }
    }
}

/// No rules, an empty list of them, and the rules that a controller aggregates are all null.
fn role(map: &mut Map<String, Value>, ignore_aggregated: bool) {
    let aggregated = map.get("aggregationRule").is_some_and(Value::is_object);
    let none = matches!(map.get("rules"), Some(Value::Array(rules)) if rules.is_empty());
    if none || (aggregated && ignore_aggregated) {
        map.insert("rules".to_owned(), Value::Null);
    }
}

/// Addresses, ports and subsets have no order.
fn endpoints(map: &mut Map<String, Value>) {
    let Some(Value::Array(subsets)) = map.get_mut("subsets") else {
        return;
    };
    for subset in subsets.iter_mut() {
        if let Some(Value::Array(ports)) = subset.get_mut("ports") {
            for port in ports.iter_mut().filter_map(Value::as_object_mut) {
                port.entry("protocol").or_insert_with(|| "TCP".into());
            }
            ports.sort_by_cached_key(Value::to_string);
        }
        for addresses in ["addresses", "notReadyAddresses"] {
            if let Some(Value::Array(addresses)) = subset.get_mut(addresses) {
                addresses
                    .sort_by_cached_key(|address| (address["ip"].to_string(), address.to_string()));
            }
        }
    }
    subsets.sort_by_cached_key(|subset| {
        let ips = |list: &str| -> Vec<String> {
            let list = subset[list].as_array().into_iter().flatten();
            list.map(|address| address["ip"].to_string()).collect()
        };
        (
            subset["ports"].to_string(),
            ips("addresses"),
            ips("notReadyAddresses"),
        )
    });
}

#[cfg(test)]
mod tests {
    use super::normalize;
    use serde_json::{Value, json};

    fn normal(mut object: Value) -> Value {
        normalize(&mut object, true);
        object
    }

    #[test]
    fn ways_to_write_the_same_are_one() {
        let secret = |rest: Value| {
            let mut secret = json!({"apiVersion": "v1", "kind": "Secret"});
            secret
                .as_object_mut()
                .expect("a map")
                .extend(rest.as_object().expect("a map").clone());
            secret
        };
        let role = |rules: Value, aggregated: Value| {
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "aggregationRule": aggregated, "rules": rules})
        };
        let endpoints = |ips: [&str; 2], protocol: Value| {
            let mut port = json!({"port": 1});
            if !protocol.is_null() {
                port["protocol"] = protocol;
            }
            json!({"apiVersion": "v1", "kind": "Endpoints", "subsets": [
                {"addresses": [{"ip": ips[0]}, {"ip": ips[1]}], "ports": [port]}]})
        };
        for (one, other) in [
            (
                secret(json!({"stringData": {"a": "x"}, "data": {"b": null}})),
                secret(json!({"data": {"a": "eA==", "b": ""}})),
            ),
            (role(json!([]), json!(null)), role(json!(null), json!(null))),
            (
                role(json!([{"verbs": ["get"]}]), json!({})),
                role(json!(null), json!({})),
            ),
            (
                endpoints(["10.0.0.2", "10.0.0.1"], json!(null)),
                endpoints(["10.0.0.1", "10.0.0.2"], json!("TCP")),
            ),
            (
                json!({"apiVersion": "b/v1", "kind": "C", "metadata": {"creationTimestamp": null}}),
                json!({"apiVersion": "b/v1", "kind": "C", "metadata": {}}),
            ),
        ] {
            assert_eq!(normal(one.clone()), normal(other), "{one}");
        }
        let invalid = normal(secret(json!({"stringData": {"a": 1}})));
        assert_eq!(invalid["data"]["a"], 1);
    }
}
