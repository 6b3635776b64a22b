//! The container images that an object names.

use std::collections::BTreeSet;

use gantry_model::Object;
use serde_json::Value;

/// Where Kubernetes' own kinds have a Pod's specification.
const POD_SPECS: [&str; 3] = [
    "/spec/template/spec",
    "/spec/jobTemplate/spec/template/spec",
    "/spec",
];
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// Adds the images of all containers of an object.
pub(crate) fn images(object: &Object, to: &mut BTreeSet<String>) {
    for place in POD_SPECS {
        let Some(spec) = object.value().pointer(place) else {
            continue;
        };
        let lists = CONTAINERS
            .iter()
            .filter_map(|name| spec.get(*name)?.as_array());
        let named = lists
            .flatten()
            .filter_map(|container| container.get("image").and_then(Value::as_str));
        to.extend(named.map(str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::images;
    use gantry_model::Object;
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
        for (mut value, expected) in cases {
            value["apiVersion"] = json!("v1");
            value["kind"] = json!("Any");
            value["metadata"] = json!({"name": "it"});
            let mut found = BTreeSet::new();
            images(&Object::new(value, None).expect("an object"), &mut found);
            assert_eq!(
                found.iter().map(String::as_str).collect::<Vec<_>>(),
                expected
            );
        }
    }
}
