//! What is written otherwise than by an apply.

use gantry_model::cluster::{ApplyOptions, PatchKind, WriteOptions};
use gantry_model::{Cluster as _, ClusterError, Object};
use serde_json::{Value, json};

use super::{OPTIONS, SetUp, config_map};

const WRITE: WriteOptions<'static> = WriteOptions {
    field_manager: "gantry",
    dry_run: false,
    validate: true,
};

pub(crate) async fn run(set_up: &SetUp) {
    an_object_is_created_once(set_up).await;
    a_name_is_generated(set_up).await;
    a_replacement_is_of_one_version(set_up).await;
    fields_are_patched(set_up).await;
    unknown_fields_are_dropped_on_request(set_up).await;
    an_object_that_is_too_large_is_told(set_up).await;
    the_user_is_named(set_up).await;
}

fn object(value: Value) -> Object {
    Object::new(value, None).expect("an object")
}

async fn an_object_is_created_once(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let map = object(config_map("created", &json!({"a": "1"})));
    let dry = WriteOptions {
        dry_run: true,
        ..WRITE
    };
    for options in [dry, WRITE] {
        let created = set_up
            .one
            .create(&maps, &map, options)
            .await
            .expect("created");
        assert_eq!(created.value().pointer("/data/a"), Some(&json!("1")));
    }
    let again = set_up
        .one
        .create(&maps, &map, WRITE)
        .await
        .expect_err("it is there");
    let expected = matches!(
        &again,
        ClusterError::AlreadyExists { message, maybe_ours: false } if message.contains("\"created\"")
    );
    assert!(expected, "{again:?}");
    let mut wrong = config_map("wrong", &json!({}));
    wrong["dta"] = json!({});
    let error = set_up.one.create(&maps, &object(wrong), WRITE).await;
    let error = error.expect_err("an unknown field");
    assert!(
        matches!(&error, ClusterError::Invalid(text) if text.contains("dta")),
        "{error:?}"
    );
}

async fn a_name_is_generated(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let mut map = config_map("", &json!({}));
    map["metadata"] = json!({"generateName": "made-", "namespace": "default"});
    let map = object(map);
    let one = set_up
        .one
        .create(&maps, &map, WRITE)
        .await
        .expect("created");
    let other = set_up
        .one
        .create(&maps, &map, WRITE)
        .await
        .expect("created");
    assert!(one.name().starts_with("made-") && one.name() != other.name());
    let found = set_up
        .one
        .get(&maps, "default", one.name())
        .await
        .expect("read");
    assert_eq!(found.expect("it").uid(), one.uid());
}

async fn a_replacement_is_of_one_version(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let first = object(config_map("replaced", &json!({"a": "1", "b": "1"})));
    let first = set_up
        .one
        .create(&maps, &first, WRITE)
        .await
        .expect("created");
    let free = object(config_map("replaced", &json!({"a": "2"})));
    let second = set_up
        .one
        .replace(&maps, &free, WRITE)
        .await
        .expect("replaced");
    assert_eq!(second.value().get("data"), Some(&json!({"a": "2"})));
    let stale = set_up
        .one
        .replace(&maps, &first, WRITE)
        .await
        .expect_err("an old version");
    assert!(
        matches!(
            stale,
            ClusterError::Modified {
                maybe_ours: false,
                ..
            }
        ),
        "{stale:?}"
    );
    set_up
        .one
        .replace(&maps, &second, WRITE)
        .await
        .expect("the version that is there");
    let missing = object(config_map("never", &json!({})));
    let missing = set_up
        .one
        .replace(&maps, &missing, WRITE)
        .await
        .expect_err("none is there");
    assert!(matches!(missing, ClusterError::NotFound(_)), "{missing:?}");
}

async fn fields_are_patched(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let map = set_up
        .apply(config_map("patched", &json!({"a": "1"})), OPTIONS)
        .await;
    let reference = map.expect("applied").reference();
    let merge = json!({"metadata": {"finalizers": ["example.org/held"]}, "data": {"b": "2"}});
    let patch = async |kind, body: &Value| {
        let patched = set_up.one.patch(&maps, &reference, kind, body, WRITE).await;
        patched.map(Object::into_value)
    };
    let patched = patch(PatchKind::Merge, &merge).await.expect("patched");
    assert_eq!(patched["data"], json!({"a": "1", "b": "2"}));
    assert_eq!(
        patched["metadata"]["finalizers"],
        json!(["example.org/held"])
    );
    let operations = json!([{"op": "remove", "path": "/metadata/finalizers"}]);
    let patched = patch(PatchKind::Json, &operations).await.expect("patched");
    assert_eq!(patched["metadata"]["finalizers"], Value::Null);
    let stale = json!({"metadata": {"resourceVersion": "1"}, "data": {"b": "3"}});
    let error = patch(PatchKind::Merge, &stale)
        .await
        .expect_err("an old version");
    assert!(matches!(error, ClusterError::Modified { .. }), "{error:?}");
    let error = patch(PatchKind::Json, &operations)
        .await
        .expect_err("nothing to remove");
    assert!(matches!(error, ClusterError::Invalid(_)), "{error:?}");
}

async fn unknown_fields_are_dropped_on_request(set_up: &SetUp) {
    let mut map = config_map("loose", &json!({}));
    map["spec"] = json!({});
    let strict = set_up.apply(map.clone(), OPTIONS).await;
    assert!(
        matches!(strict, Err(ClusterError::Invalid(_))),
        "{strict:?}"
    );
    let maps = set_up.kind("v1", "ConfigMap").await;
    let loose = WriteOptions {
        validate: false,
        ..WRITE
    };
    let created = set_up
        .one
        .create(&maps, &object(map), loose)
        .await
        .expect("created");
    assert_eq!(created.value().get("spec"), None);
    // A known field twice, which only `Strict` refuses in an apply too.
    let loose = ApplyOptions {
        validate: false,
        ..OPTIONS
    };
    let map = config_map("loose", &json!({"a": "1"}));
    set_up.apply(map, loose).await.expect("applied");
}

/// The API server refuses the request, etcd the object.
async fn an_object_that_is_too_large_is_told(set_up: &SetUp) {
    let widget = |bytes: usize| {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "larges.example.org"},
            "spec": {
                "group": "example.org", "scope": "Namespaced",
                "names": {"kind": "Large", "plural": "larges", "singular": "large"},
                "versions": [{
                    "name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "description": "a".repeat(bytes)}},
                }],
            },
        })
    };
    for (bytes, size) in [(4 << 20, "4.00 MiB"), (2 << 20, "2.00 MiB")] {
        let error = set_up
            .apply(widget(bytes), OPTIONS)
            .await
            .expect_err("too large");
        let text = error.to_string();
        assert!(matches!(error, ClusterError::Invalid(_)), "{text}");
        for part in [
            "too large",
            size,
            "3.00 MiB in a request",
            "1.50 MiB an object",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let map = config_map("large", &json!({"a": "a".repeat((1 << 20) + 1)}));
    let error = set_up.apply(map, OPTIONS).await.expect_err("too large");
    let text = error.to_string();
    assert!(matches!(error, ClusterError::Invalid(_)), "{text}");
    assert!(
        text.contains("may not be more than 1048576 bytes"),
        "{text}"
    );
}

async fn the_user_is_named(set_up: &SetUp) {
    assert_eq!(set_up.one.identity().await.expect("a name"), "admin");
}
