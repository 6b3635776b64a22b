use serde_json::{Value, json};

use super::{answer, fits, request};
use crate::schema::schema;
use crate::{decode, encode};

const GET: &str = "application.ApplicationService/Get";

fn there_and_back(message: &str, json: &Value) -> Value {
    let schema = schema().unwrap();
    let place = schema.messages.iter().position(|m| m.name == message);
    let mut bytes = Vec::new();
    encode::message(
        schema,
        place.unwrap(),
        json.as_object().unwrap(),
        &mut bytes,
    )
    .unwrap();
    Value::Object(decode::message(schema, place.unwrap(), &bytes).unwrap())
}

#[test]
fn json_comes_back_as_it_was() {
    let cases = [
        (
            "v1alpha1.Application",
            json!({
                "metadata": {
                    "name": "a", "labels": {"x": "", "y": "z"}, "generation": 3,
                    "creationTimestamp": "2024-02-29T12:00:01Z",
                    "ownerReferences": [{"kind": "A", "name": "b", "controller": false}],
                    "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {".": {}}}}],
                },
                "spec": {
                    "project": "default",
                    "source": {
                        "repoURL": "r", "directory": {},
                        "helm": {"valuesObject": {"a": [1, null, 1.5]}, "skipCrds": true},
                        "kustomize": {"replicas": [
                            {"name": "a", "count": 0}, {"name": "b", "count": "10%"},
                        ]},
                        "plugin": {"parameters": [
                            {"name": "p", "array": []}, {"name": "q", "map": {"k": "v"}},
                            {"name": "s", "string": ""}, {"name": "n"},
                        ]},
                    },
                    "syncPolicy": {
                        "automated": {"enabled": false},
                        "retry": {"limit": -1, "backoff": {"duration": "5s", "factor": 2}},
                    },
                },
                "operation": {"sync": {"syncStrategy": {"hook": {"force": true}}}},
            }),
        ),
        (
            "v1alpha1.ResourceNode",
            json!({"kind": "Pod", "name": "p", "parentRefs": [{"kind": "ReplicaSet"}]}),
        ),
        (
            "core.Event",
            json!({"count": 2, "eventTime": "2024-01-01T00:00:00.000120Z", "reason": "r"}),
        ),
        (
            "application.ApplicationSyncRequest",
            json!({"name": "a", "prune": false, "sourcePositions": [1, 2], "revisions": [""]}),
        ),
        (
            "v1alpha1.TLSClientConfig",
            json!({"insecure": true, "caData": "AQID"}),
        ),
    ];
    for (message, json) in cases {
        assert_eq!(there_and_back(message, &json), json, "{message}");
    }
}

#[test]
fn what_go_leaves_out_is_left_out() {
    // metadata {}, spec {source {repoURL ""}, destination {}}: as Go writes values that are no pointers. The
    // source is one.
    let bytes = [0x0a, 0, 0x12, 6, 0x0a, 2, 0x0a, 0, 0x12, 0];
    let schema = schema().unwrap();
    let place = schema
        .messages
        .iter()
        .position(|m| m.name == "v1alpha1.Application");
    let read = decode::message(schema, place.unwrap(), &bytes);
    assert_eq!(
        Value::Object(read.unwrap()),
        json!({"spec": {"source": {}}})
    );
}

#[test]
fn required_fields_are_always_written() {
    let bytes = answer(
        "application.ApplicationService/PodLogs",
        &json!({"content": "x"}),
    );
    // content, an empty time, last=false and two empty strings.
    let expected = [0x0a, 1, b'x', 0x12, 0, 0x18, 0, 0x22, 0, 0x2a, 0];
    assert_eq!(bytes.unwrap(), expected);
}

#[test]
fn unknown_fields_are_skipped() {
    // name = "a", then field 60 = 1 and field 61 = "b".
    let bytes = [0x0a, 1, b'a', 0xe0, 0x03, 1, 0xea, 0x03, 1, b'b'];
    assert_eq!(request(GET, &bytes), Ok(json!({"name": "a"})));
}

#[test]
fn bad_bytes_are_one_error_with_the_place() {
    let create = "application.ApplicationService/Create";
    let cases: [(&str, &[u8], &str); 6] = [
        (GET, &[0x0a, 5, b'a'], "name: the message ends too early"),
        (GET, &[0x0a, 1, 0xff], "name: this is no UTF-8"),
        (GET, &[0x08, 1], "name: this is a number on the wire"),
        (GET, &[0x0d, 1, 0, 0, 0], "name: no field is a ThirtyTwoBit"),
        (
            create,
            &[0x0a, 4, 0x0a, 2, 0x0a, 9],
            "application.metadata.name: the message",
        ),
        ("a.B/C", &[], "there is no method a.B/C"),
    ];
    for (method, bytes, expected) in cases {
        let error = request(method, bytes).unwrap_err().0;
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_small_request_cannot_become_large() {
    let bytes = [0x1a, 0x00].repeat(gantry_model::limits::WIRE_VALUES_MAX + 1);
    let error = request(GET, &bytes).unwrap_err().0;
    assert!(error.contains("too many values"), "{error}");
}

#[test]
fn a_message_may_be_a_yaml_text_in_json() {
    let (yaml, broken) = ("jsonPointers:\n- /status\njqPathExpressions: null\n", "[");
    let of = |text: &str| json!({"resourceOverrides": {"*/*": {"health.lua.useOpenLibs": true, "ignoreDifferences": text}}});
    let method = "cluster.SettingsService/Get";
    let bytes = answer(method, &of(yaml)).unwrap();
    let schema = schema().unwrap();
    let place = schema.methods.get(method).unwrap().answer;
    let read = Value::Object(decode::message(schema, place, &bytes).unwrap());
    let of_all = &read["resourceOverrides"]["*/*"];
    assert_eq!(
        of_all["ignoreDifferences"]["jsonPointers"],
        json!(["/status"])
    );
    assert_eq!(of_all["health.lua.useOpenLibs"], true);
    assert!(answer(method, &of(broken)).is_err());
    assert!(answer(method, &of("- a")).is_err());
}

#[test]
fn json_of_another_kind_is_an_error_with_its_place() {
    let error = answer(GET, &json!({"metadata": {"name": 1}}))
        .unwrap_err()
        .0;
    assert!(
        error.contains("metadata.name: this is no string"),
        "{error}"
    );
}

#[test]
fn a_request_has_the_shapes_of_its_message() {
    let sync = "application.ApplicationService/Sync";
    let cases = [
        (
            sync,
            json!({"manifests": ["{}"], "prune": true, "strategy": null}),
            "",
        ),
        (
            sync,
            json!({"manifests": "{}"}),
            "manifests: this is no list",
        ),
        (
            sync,
            json!({"resources": {"kind": "A"}}),
            "resources: this is no list",
        ),
        (
            sync,
            json!({"resources": [{"kind": ["A"]}]}),
            "resources.kind: this is no string",
        ),
        (sync, json!({"dryRun": "true"}), "dryRun: this is neither"),
        (
            sync,
            json!({"strategy": "hook"}),
            "strategy: this is no object",
        ),
        (sync, json!({"sourcePositions": ["1", 2]}), ""),
        (sync, json!({"new": {"or": "unknown"}}), ""),
        ("gantry.PluginService/List", json!({"any": 1}), ""),
    ];
    for (method, json, expected) in cases {
        let found = fits(method, json.as_object().unwrap());
        let found = found.err().map(|error| error.0).unwrap_or_default();
        assert_eq!(found.is_empty(), expected.is_empty(), "{json}: {found}");
        assert!(found.starts_with(expected), "{json}: {found}");
    }
}

#[test]
fn parts_of_a_list_one_after_the_other_are_the_list() {
    let method = "application.ApplicationService/List";
    let item =
        |name: &str| json!({"metadata": {"name": name}, "status": {"sync": {"status": "Synced"}}});
    let metadata = json!({"resourceVersion": "7", "continue": "2"});
    let whole = json!({"metadata": metadata, "items": [item("a"), item("b")]});
    let mut bytes = answer(method, &json!({"metadata": metadata})).unwrap();
    for name in ["a", "b"] {
        bytes.extend(answer(method, &json!({"items": [item(name)]})).unwrap());
    }
    let schema = schema().unwrap();
    let place = schema.methods.get(method).unwrap().answer;
    let read = |bytes: &[u8]| Value::Object(decode::message(schema, place, bytes).unwrap());
    assert_eq!(read(&bytes), read(&answer(method, &whole).unwrap()));
    assert_eq!(read(&bytes)["items"][1]["metadata"]["name"], "b");
}
