//! Field paths become JSON pointers, and lead where the problem is.

use gantry_model::{field_pointer, read_manifest};
use serde_json::json;

#[test]
fn paths_become_pointers() {
    for (field, pointer) in [
        ("", ""),
        ("spec", "/spec"),
        ("spec.sources[0].repoURL", "/spec/sources/0/repoURL"),
        ("spec.a[0][1]", "/spec/a/0/1"),
        (
            "metadata.annotations[a.b/c]",
            "/metadata/annotations/a.b~1c",
        ),
        ("metadata.labels[a]b].x", "/metadata/labels/a]b/x"),
        ("data[tls.crt]", "/data/tls.crt"),
        ("spec[]", "/spec/"),
        ("a~b", "/a~0b"),
        ("broken[", "/broken/"),
    ] {
        assert_eq!(field_pointer(field), pointer, "{field:?}");
    }
}

#[test]
fn pointers_lead_to_the_wrong_value() {
    let manifest = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "x", "annotations": {"a.b/c~d": 1}},
        "spec": {"source": {"helm": {"valueFiles": ["a", 2]}}},
    });
    let found = read_manifest(&manifest).err().unwrap_or_default();
    let places = found.iter().filter(|d| d.code == "wrong-type");
    let values: Vec<_> = places
        .filter_map(|d| manifest.pointer(&field_pointer(d.field.as_deref()?)))
        .collect();
    assert_eq!(values, [&json!(2), &json!(1)]);
}
