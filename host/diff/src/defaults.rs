//! What the API server fills in where a built-in kind says nothing.

use serde_json::{Map, Value};

use crate::table::{self, Field, Shape, Type};

/// Fills in the defaults of a built-in kind.
pub(crate) fn fill(object: &mut Value) {
    if let (Some(fields), Some(map)) = (table::kind(object), object.as_object_mut()) {
        of_type(map, fields);
    }
}

fn of_type(map: &mut Map<String, Value>, fields: &Type) {
    // All are decided before any is put in: one default must not look like the user's word to another.
    let missing = fields.iter().filter_map(|(name, field)| {
        let has = map.get(*name).is_some_and(|value| !value.is_null());
        let value = if has {
            None
        } else {
            default_of(name, field, map)
        }?;
        Some(((*name).to_owned(), value))
    });
    let missing: Vec<(String, Value)> = missing.collect();
    map.extend(missing);
    for (name, value) in map.iter_mut() {
        if let Some(field) = fields.get(name.as_str()) {
            below(value, &field.shape);
        }
    }
    from_siblings(map, fields);
}

fn default_of(name: &str, field: &Field, map: &Map<String, Value>) -> Option<Value> {
    if let Some(default) = &field.default {
        return in_context(name, default, map);
    }
    if field.shape == Shape::Quantity && field.omit_empty && !field.pointer {
        return Some(Value::from("0"));
    }
    let (Shape::Struct(below), false) = (&field.shape, field.pointer) else {
        return None;
    };
    // Go has it in any case, and so has its defaults.
    let mut inner = Map::new();
    of_type(&mut inner, table::named(below)?);
    (!inner.is_empty()).then_some(Value::Object(inner))
}

fn below(value: &mut Value, shape: &Shape) {
    match (shape, value) {
        (Shape::Struct(name), Value::Object(map)) => {
            if let Some(fields) = table::named(name) {
                of_type(map, fields);
            }
        }
        (Shape::List(shape), Value::Array(items)) => {
            items.iter_mut().for_each(|item| below(item, shape));
        }
        (Shape::Map(shape), Value::Object(map)) => {
            map.values_mut().for_each(|value| below(value, shape));
        }
        _ => {}
    }
}

/// Defaults that hang on other fields of the same mapping, as Kubernetes' `defaults.go` has them.
fn in_context(name: &str, default: &Value, map: &Map<String, Value>) -> Option<Value> {
    let text = |field: &str| map.get(field).and_then(Value::as_str);
    match name {
        "rollingUpdate" => {
            let rolls = text("type").is_none_or(|t| t.is_empty() || t == "RollingUpdate");
            rolls.then(|| default.clone())
        }
        "imagePullPolicy" => {
            let always = text("image").is_some_and(is_latest);
            Some(if always {
                Value::from("Always")
            } else {
                default.clone()
            })
        }
        // A Job with a number of workers and no number of completions ends when one of them does.
        "completions" => (!map.contains_key("parallelism")).then(|| default.clone()),
        _ => Some(default.clone()),
    }
}

/// Whether an image has the tag `latest`, or no tag and no digest.
fn is_latest(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or_default();
    if last.contains('@') {
        return false;
    }
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn from_siblings(map: &mut Map<String, Value>, fields: &Type) {
    let is = |wanted: &[&str]| wanted.iter().all(|name| fields.contains_key(name));
    if is(&["port", "targetPort", "nodePort"])
        && !map.contains_key("targetPort")
        && let Some(port) = map.get("port").cloned()
    {
        map.insert("targetPort".to_owned(), port);
    }
    let is_subject = fields.len() == 4 && is(&["kind", "apiGroup", "name", "namespace"]);
    let kind = map.get("kind").and_then(Value::as_str);
    if is_subject && matches!(kind, Some("User" | "Group")) && !map.contains_key("apiGroup") {
        let group = Value::from("rbac.authorization.k8s.io");
        map.insert("apiGroup".to_owned(), group);
    }
}

#[cfg(test)]
mod tests {
    use super::fill;
    use serde_json::{Value, json};

    fn filled(mut object: Value) -> Value {
        fill(&mut object);
        object
    }

    #[test]
    fn a_deployment_gets_what_the_server_gives_it() {
        let object = filled(
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {
                "template": {"spec": {"containers": [
                    {"name": "a", "image": "a"},
                    {"name": "b", "image": "r.io:5000/b:1", "ports": [{"containerPort": 1}]},
                ]}},
            }}),
        );
        let spec = &object["spec"];
        assert_eq!(spec["replicas"], 1);
        assert_eq!(spec["strategy"]["rollingUpdate"]["maxSurge"], "25%");
        let pod = &spec["template"]["spec"];
        assert_eq!(pod["securityContext"], json!({}));
        assert_eq!(pod["containers"][0]["imagePullPolicy"], "Always");
        assert_eq!(pod["containers"][1]["imagePullPolicy"], "IfNotPresent");
        assert_eq!(pod["containers"][1]["ports"][0]["protocol"], "TCP");
        let source = json!({"resourceFieldRef": {"resource": "limits.cpu"}});
        let object = filled(
            json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [
            {"name": "a", "env": [{"name": "CPUS", "valueFrom": source}]}]}}),
        );
        let source = &object["spec"]["containers"][0]["env"][0]["valueFrom"];
        assert_eq!(source["resourceFieldRef"]["divisor"], "0");
    }

    #[test]
    fn defaults_hang_on_their_siblings() {
        let object = filled(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "spec": {"strategy": {"type": "Recreate"}}}));
        assert_eq!(object["spec"]["strategy"], json!({"type": "Recreate"}));
        let object = filled(json!({"apiVersion": "v1", "kind": "Service",
            "spec": {"ports": [{"port": 80}]}}));
        assert_eq!(object["spec"]["ports"][0]["targetPort"], 80);
        assert_eq!(object["spec"]["type"], "ClusterIP");
        let object = filled(json!({"apiVersion": "batch/v1", "kind": "Job",
            "spec": {"parallelism": 2}}));
        assert_eq!(object["spec"].get("completions"), None);
        let object = filled(json!({"apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding", "subjects": [{"kind": "User", "name": "a"},
            {"kind": "ServiceAccount", "name": "b"}]}));
        assert_eq!(
            object["subjects"][0]["apiGroup"],
            "rbac.authorization.k8s.io"
        );
        assert_eq!(object["subjects"][1].get("apiGroup"), None);
    }
}
