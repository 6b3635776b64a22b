//! The container images that an object names.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where Kubernetes' own kinds have a Pod's specification.
const POD_SPECS: [&str; 3] = [
    "/spec/template/spec",
    "/spec/jobTemplate/spec/template/spec",
    "/spec",
];
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// The images of all containers of an object.
#[must_use]
pub fn images(object: &Value) -> BTreeSet<&str> {
    let specs = POD_SPECS.iter().filter_map(|place| object.pointer(place));
    let lists = specs.flat_map(|spec| CONTAINERS.map(|name| spec.get(name)));
    let containers = lists.filter_map(|list| list?.as_array()).flatten();
    containers
        .filter_map(|container| container.get("image")?.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::images;
    use serde_json::{Value, json};

    #[test]
    fn images_are_found_in_all_kinds_that_run_pods() {
        let pod = json!({"containers": [{"image": "a:1"}], "initContainers": [{"image": "b"}, {}]});
        let cases: [(Value, &[&str]); 4] = [
            (json!({"spec": pod}), &["a:1", "b"]),
            (json!({"spec": {"template": {"spec": pod}}}), &["a:1", "b"]),
            (
                json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": pod}}}}}),
                &["a:1", "b"],
            ),
            (json!({"spec": {"containers": "none", "image": "c"}}), &[]),
        ];
        for (value, expected) in cases {
            assert_eq!(images(&value).into_iter().collect::<Vec<_>>(), expected);
        }
    }
}
