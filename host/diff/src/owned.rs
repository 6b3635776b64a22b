//! Is a live object already what we want? Answered from its `managedFields`, without a request.
//!
//! The server records which fields our last apply set (KEP-555, `fieldsV1`). If that is exactly
//! the set that we would apply now, with equal values, then applying changes nothing. The answer
//! is "unsure" wherever the two could differ for a harmless reason (a value that the server
//! normalised, say): then the server is asked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_model::Object;
use serde_json::{Map, Value};

use crate::canonical;
use crate::managed::has;

/// Whether applying `wanted` as `manager` would leave `live` as it is, for certain.
pub fn is_in_sync(wanted: &Object, live: &Object, manager: &str) -> bool {
    let Some(fields) = applied_fields(wanted, live, manager) else {
        return false;
    };
    if object_in_sync(fields, wanted.value(), live.value()) {
        return true;
    }
    // The same, written as the server writes it.
    let texts = with_texts(wanted.value(), live.value());
    let mut wanted = wanted.value().clone();
    (canonical::same_values(&mut wanted) || texts.is_some())
        && object_in_sync(fields, &wanted, texts.as_ref().unwrap_or(live.value()))
}

/// A live Secret that also has as text what was given as text: the server keeps it as `data`, and still
/// says that it was applied as `stringData`.
fn with_texts(wanted: &Value, live: &Value) -> Option<Value> {
    let is_secret = wanted.get("kind")? == "Secret" && wanted.get("apiVersion")? == "v1";
    let texts = wanted
        .get("stringData")?
        .as_object()
        .filter(|_| is_secret)?;
    let text = |key: &String| {
        let bytes = STANDARD
            .decode(live.get("data")?.get(key)?.as_str()?)
            .ok()?;
        Some((key.clone(), Value::String(String::from_utf8(bytes).ok()?)))
    };
    let texts = texts
        .keys()
        .map(text)
        .collect::<Option<Map<String, Value>>>()?;
    let mut live = live.clone();
    live.as_object_mut()?
        .insert("stringData".to_owned(), Value::Object(texts));
    Some(live)
}

fn object_in_sync(fields: &Map<String, Value>, wanted: &Value, live: &Value) -> bool {
    let (Some(wanted), Some(live)) = (wanted.as_object(), live.as_object()) else {
        return false;
    };
    // These identify the object and are owned by nobody.
    let is_ours = |key: &str| !matches!(key, "apiVersion" | "kind" | "metadata");
    map_in_sync(fields, wanted, live, &is_ours)
        && metadata_in_sync(
            fields.get("f:metadata"),
            wanted.get("metadata"),
            live.get("metadata"),
        )
}

/// Whether a manager's last apply set the same fields on two states of one object.
pub fn same_claim(before: &Object, after: &Object, manager: &str) -> bool {
    let claim = |object| applied_fields(after, object, manager);
    claim(before).is_some() && claim(before) == claim(after)
}

/// What our last apply set, if it was made in the same version of the kind.
fn applied_fields<'a>(
    wanted: &Object,
    live: &'a Object,
    manager: &str,
) -> Option<&'a Map<String, Value>> {
    let entries = live
        .value()
        .pointer("/metadata/managedFields")?
        .as_array()?;
    let text = |entry: &'a Value, key: &str| entry.get(key).and_then(Value::as_str);
    let entry = entries.iter().find(|entry| {
        text(entry, "manager") == Some(manager)
            && text(entry, "operation") == Some("Apply")
            && text(entry, "subresource").is_none_or(str::is_empty)
    })?;
    if text(entry, "apiVersion") != Some(wanted.api_version()) {
        return None;
    }
    entry.get("fieldsV1")?.as_object()
}

fn metadata_in_sync(fields: Option<&Value>, wanted: Option<&Value>, live: Option<&Value>) -> bool {
    let empty = Map::new();
    let fields = fields.and_then(Value::as_object).unwrap_or(&empty);
    let wanted = wanted.and_then(Value::as_object).unwrap_or(&empty);
    let live = live.and_then(Value::as_object).unwrap_or(&empty);
    let is_ours = |key: &str| !matches!(key, "name" | "namespace");
    map_in_sync(fields, wanted, live, &is_ours)
}

/// One mapping: every owned field is wanted with the live value, every wanted field is owned.
fn map_in_sync(
    fields: &Map<String, Value>,
    wanted: &Map<String, Value>,
    live: &Map<String, Value>,
    counts: &dyn Fn(&str) -> bool,
) -> bool {
    let owned = fields
        .iter()
        .filter_map(|(field, below)| Some((field.strip_prefix("f:")?, below)));
    let mut owned_count = 0;
    for (key, below) in owned.filter(|(key, _)| counts(key)) {
        owned_count += 1;
        let same = match (wanted.get(key), live.get(key)) {
            (Some(wanted), Some(live)) => value_in_sync(below, wanted, live),
            // What we set and nobody has taken away, and is not there all the same, is what the server
            // writes nothing for.
            (Some(wanted), None) => is_nothing(wanted),
            _ => false,
        };
        if !same {
            return false;
        }
    }
    // A null means "not set": the server drops it and owns nothing for it.
    let wanted_count = wanted
        .iter()
        .filter(|(key, value)| counts(key) && !value.is_null())
        .count();
    owned_count == wanted_count
}

fn value_in_sync(fields: &Value, wanted: &Value, live: &Value) -> bool {
    let Some(fields) = fields.as_object() else {
        return false;
    };
    if fields.keys().all(|key| key == ".") {
        // A leaf, or a list or mapping that is owned as a whole.
        return wanted == live;
    }
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            map_in_sync(fields, wanted, live, &|_| true)
        }
        (Value::Array(wanted), Value::Array(live)) => list_in_sync(fields, wanted, live),
        _ => false,
    }
}

/// Whether Go may leave a value out of what it writes.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// One list with keys (`k:{"name":"web"}`) or of a set (`v:"x"`).
fn list_in_sync(fields: &Map<String, Value>, wanted: &[Value], live: &[Value]) -> bool {
    let mut places = Vec::with_capacity(wanted.len());
    for (field, below) in fields.iter().filter(|(field, _)| *field != ".") {
        let matches: Box<dyn Fn(&Value) -> bool> = match field
            .split_once(':')
            .map(|(kind, text)| (kind, serde_json::from_str(text)))
        {
            Some(("k", Ok(Value::Object(keys)))) => {
                Box::new(move |item| keys.iter().all(|(key, value)| has(item, key, value)))
            }
            Some(("v", Ok(value))) => Box::new(move |item| *item == value),
            _ => return false,
        };
        let place = |list: &[Value]| list.iter().position(&matches);
        let (Some(wanted_place), Some(live_place)) = (place(wanted), place(live)) else {
            return false;
        };
        places.push((wanted_place, live_place));
        let (Some(wanted), Some(live)) = (wanted.get(wanted_place), live.get(live_place)) else {
            return false;
        };
        if field.starts_with("k:") && !value_in_sync(below, wanted, live) {
            return false;
        }
    }
    // The same items, in the same order.
    places.sort_unstable();
    let ordered = places.windows(2).all(|pair| match pair {
        [(a, x), (b, y)] => a < b && x < y,
        _ => true,
    });
    ordered && places.len() == wanted.len()
}

#[cfg(test)]
mod tests {
    use super::is_in_sync;
    use gantry_model::Object;
    use serde_json::{Value, json};

    fn object(value: Value) -> Object {
        Object::new(value, None).expect("an object")
    }

    /// A Deployment as the server has it after it was applied from `wanted()`.
    fn live() -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "web", "namespace": "shop", "uid": "1", "resourceVersion": "5",
                "annotations": {"a": "1", "deployment.kubernetes.io/revision": "1"},
                "managedFields": [
                    {"manager": "kcm", "operation": "Update", "apiVersion": "apps/v1",
                     "fieldsV1": {"f:status": {"f:replicas": {}}}},
                    {"manager": "gantry", "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": {
                        "f:metadata": {"f:annotations": {"f:a": {}}},
                        "f:spec": {
                            "f:replicas": {},
                            "f:selector": {},
                            "f:template": {"f:spec": {"f:containers": {
                                "k:{\"name\":\"web\"}": {
                                    ".": {}, "f:name": {}, "f:image": {}, "f:args": {},
                                    "f:ports": {
                                        "k:{\"containerPort\":80,\"protocol\":\"TCP\"}":
                                            {".": {}, "f:containerPort": {}}
                                    },
                                    "f:resources": {},
                                }
                            }}}
                        }
                    }}
                ],
            },
            "spec": {
                "replicas": 2,
                "progressDeadlineSeconds": 600,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"spec": {"containers": [{
                    "name": "web", "image": "web:1", "args": ["a", "b"], "resources": {},
                    "imagePullPolicy": "Always",
                    "ports": [{"containerPort": 80, "protocol": "TCP"}],
                }]}}
            },
            "status": {"replicas": 2},
        })
    }

    fn wanted() -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "annotations": {"a": "1"}},
            "spec": {
                "replicas": 2,
                "paused": null,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"spec": {"containers": [{
                    "name": "web", "image": "web:1", "args": ["a", "b"], "resources": {},
                    "ports": [{"containerPort": 80}],
                }]}}
            },
        })
    }

    #[test]
    fn what_was_applied_last_is_in_sync() {
        assert!(is_in_sync(&object(wanted()), &object(live()), "gantry"));
    }

    #[test]
    fn what_the_server_writes_otherwise_is_in_sync() {
        let container = "/spec/template/spec/containers/0";
        let owned = "/metadata/managedFields/1/fieldsV1/f:spec/f:template/f:spec/f:containers/\
            k:{\"name\":\"web\"}";
        let (mut wanted, mut live) = (wanted(), live());
        let (of_wanted, of_live) = (
            wanted.pointer_mut(container).expect("a container"),
            live.pointer_mut(container).expect("a container"),
        );
        of_wanted["resources"] = json!({"limits": {"cpu": "1000m", "memory": 1_073_741_824}});
        of_live["resources"] = json!({"limits": {"cpu": "1", "memory": "1073741824"}});
        of_wanted["env"] = json!([{"name": "EMPTY", "value": ""}]);
        of_live["env"] = json!([{"name": "EMPTY"}]);
        of_wanted["stdin"] = json!(false);
        let fields = live.pointer_mut(owned).expect("the owned fields");
        fields["f:resources"] = json!({"f:limits": {"f:cpu": {}, "f:memory": {}}});
        fields["f:env"] = json!({"k:{\"name\":\"EMPTY\"}": {".": {}, "f:name": {}, "f:value": {}}});
        fields["f:stdin"] = json!({});
        let wanted = object(wanted);
        assert!(is_in_sync(&wanted, &object(live.clone()), "gantry"));
        // As texts of an unknown kind they would be two.
        let other = |mut value: Value| {
            value["kind"] = json!("Other");
            object(value)
        };
        let (wanted, mut live) = (wanted.into_value(), live);
        assert!(!is_in_sync(
            &other(wanted.clone()),
            &other(live.clone()),
            "gantry"
        ));
        live["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] =
            json!("2");
        assert!(!is_in_sync(&object(wanted), &object(live), "gantry"));
    }

    #[test]
    fn a_text_of_a_secret_is_its_data() {
        let wanted = |text: &str| {
            object(
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
                "stringData": {"key": text}}),
            )
        };
        let live = |data: Value| {
            object(json!({"apiVersion": "v1", "kind": "Secret", "data": data,
                "metadata": {"name": "a", "managedFields": [{
                    "manager": "gantry", "operation": "Apply", "apiVersion": "v1",
                    "fieldsV1": {"f:stringData": {"f:key": {}}}}]}}))
        };
        let there = live(json!({"key": "dGV4dA=="}));
        assert!(is_in_sync(&wanted("text"), &there, "gantry"));
        assert!(!is_in_sync(&wanted("other"), &there, "gantry"));
        assert!(!is_in_sync(&wanted("text"), &live(json!({})), "gantry"));
    }

    #[test]
    fn any_difference_is_seen() {
        type Change = (&'static str, fn(&mut Value, &mut Value));
        let containers = "/spec/template/spec/containers";
        let changes: [Change; 13] = [
            ("a value in Git", |wanted, _| {
                wanted["spec"]["replicas"] = json!(3);
            }),
            ("a value in the cluster", |_, live| {
                live["spec"]["replicas"] = json!(3);
            }),
            ("a new field", |wanted, _| {
                wanted["spec"]["paused"] = json!(true);
            }),
            ("a field that is gone from Git", |wanted, _| {
                wanted["spec"]
                    .as_object_mut()
                    .expect("spec")
                    .remove("replicas");
            }),
            ("a field that is gone from the cluster", |_, live| {
                live["spec"]
                    .as_object_mut()
                    .expect("spec")
                    .remove("replicas");
            }),
            ("an atomic list", |wanted, _| {
                wanted["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["b", "a"]);
            }),
            ("an item more", |wanted, _| {
                let list = wanted
                    .pointer_mut("/spec/template/spec/containers")
                    .expect("a list");
                list.as_array_mut()
                    .expect("a list")
                    .push(json!({"name": "side", "image": "s"}));
            }),
            ("an item's key", |wanted, _| {
                wanted["spec"]["template"]["spec"]["containers"][0]["name"] = json!("other");
            }),
            ("a port's protocol", |wanted, _| {
                wanted["spec"]["template"]["spec"]["containers"][0]["ports"][0]["protocol"] =
                    json!("UDP");
            }),
            ("an annotation", |wanted, _| {
                wanted["metadata"]["annotations"]["b"] = json!("2");
            }),
            ("a label", |wanted, _| {
                wanted["metadata"]["labels"] = json!({"b": "2"});
            }),
            ("another version", |wanted, _| {
                wanted["apiVersion"] = json!("apps/v1beta1");
            }),
            ("another manager's apply", |_, live| {
                live["metadata"]["managedFields"][1]["manager"] = json!("other");
            }),
        ];
        for (name, change) in changes {
            let (mut wanted, mut live) = (wanted(), live());
            change(&mut wanted, &mut live);
            assert!(
                !is_in_sync(&object(wanted), &object(live), "gantry"),
                "{name}"
            );
        }
        assert!(wanted().pointer(containers).is_some());
    }

    #[test]
    fn what_others_own_does_not_count() {
        let mut live = live();
        live["spec"]["progressDeadlineSeconds"] = json!(30);
        live["metadata"]["labels"] = json!({"theirs": "1"});
        live["status"]["replicas"] = json!(7);
        assert!(is_in_sync(&object(wanted()), &object(live), "gantry"));
    }
}
