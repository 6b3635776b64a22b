//! Objects that nobody would write, for tests of what must hold for all.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Any value, with names that mean something in built-in kinds.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i32..3).prop_map(Value::from),
        Just(json!(1.0)),
        prop_oneof!["", "a", "1000m", "x:latest"].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            "name",
            "image",
            "ports",
            "port",
            "containerPort",
            "resources",
            "limits",
            "cpu",
            "containers",
            "template",
            "spec",
            "replicas",
            "strategy",
            "type",
            "env",
            "value",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// An object of a kind that is built in, or of one that is not.
pub(crate) fn object() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just(("apps/v1", "Deployment")),
        Just(("v1", "Service")),
        Just(("v1", "Pod")),
        Just(("x.io/v1", "W")),
    ];
    (kind, value()).prop_map(|((version, kind), spec)| {
        json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": spec})
    })
}
