use std::collections::BTreeSet;

use gantry_model::Object;
use serde_json::Value;

use super::Installation;

fn objects() -> Vec<Object> {
    let installation = Installation {
        namespace: "gitops".to_owned(),
        image: "registry.example/gantry:1".to_owned(),
    };
    let object = |value: Value| Object::new(value, None).expect("an object");
    installation.objects().into_iter().map(object).collect()
}

#[test]
fn all_that_is_named_is_there() {
    let objects = objects();
    let has = |kind: &str, namespace: &str, name: &str| {
        let found = objects
            .iter()
            .any(|o| (o.kind(), o.namespace(), o.name()) == (kind, namespace, name));
        assert!(found, "{kind} {namespace}/{name}");
    };
    let mut bindings = 0;
    for object in &objects {
        if !object.namespace().is_empty() {
            has("Namespace", "", object.namespace());
        }
        let value = object.value();
        if let Some(role) = value["roleRef"]["name"].as_str() {
            let kind = value["roleRef"]["kind"].as_str().expect("a kind");
            let namespace = if kind == "Role" { "gitops" } else { "" };
            has(kind, namespace, role);
            has(
                "ServiceAccount",
                "gitops",
                value["subjects"][0]["name"].as_str().expect("a name"),
            );
            bindings += 1;
        }
    }
    let roles = objects.iter().filter(|o| o.kind().ends_with("Role"));
    assert_eq!(roles.count(), bindings);
    let names: BTreeSet<String> = objects.iter().map(|o| o.reference().to_string()).collect();
    assert_eq!(names.len(), objects.len(), "none is there twice");
}

#[test]
fn the_pod_runs_what_was_asked_for() {
    let objects = objects();
    let deployment = objects.iter().find(|o| o.kind() == "Deployment");
    let template = &deployment.expect("a deployment").value()["spec"]["template"];
    let container = &template["spec"]["containers"][0];
    assert_eq!(container["image"], "registry.example/gantry:1");
    let service = objects.iter().find(|o| o.kind() == "Service");
    let service = &service.expect("a service").value()["spec"];
    for (key, value) in service["selector"].as_object().expect("labels") {
        assert_eq!(&template["metadata"]["labels"][key], value);
    }
    assert_eq!(
        service["ports"][0]["targetPort"],
        container["ports"][0]["name"]
    );
}
