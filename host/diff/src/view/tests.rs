use super::{fields, text};
use crate::mask::Sensitive;
use serde_json::{Value, json};

fn deployment(image: &str, replicas: Value, args: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "a", "resourceVersion": "1", "managedFields": [
            {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-02T00:00:00Z",
             "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {
                "k:{\"name\":\"web\"}": {"f:image": {}, "f:args": {}}}}}}}},
            {"manager": "gantry", "operation": "Apply", "time": "2026-01-01T00:00:00Z",
             "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
                "k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}}}]},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [
            {"name": "proxy", "image": "p"}, {"name": "web", "image": image, "args": args}]}}}})
}

#[test]
fn each_field_has_its_path_both_values_and_its_owner() {
    let live = deployment("web:2", json!(1), json!(["a"]));
    let mut git = deployment("web:1", json!(3), json!(["a", "b"]));
    git["spec"]["paused"] = json!(true);
    let found =
        serde_json::to_value(fields(Some(&live), Some(&git), &Sensitive::default())).expect("JSON");
    let web = ".spec.template.spec.containers[name=\"web\"]";
    let edit = json!({"manager": "kubectl-edit", "operation": "Update",
        "time": "2026-01-02T00:00:00Z"});
    let ours = json!({"manager": "gantry", "operation": "Apply", "time": "2026-01-01T00:00:00Z"});
    assert_eq!(
        found,
        json!([
            {"path": ".spec.paused", "git": true},
            {"path": ".spec.replicas", "live": 1, "git": 3, "owner": ours},
            {"path": format!("{web}.args"), "live": ["a"], "git": ["a", "b"], "owner": edit},
            {"path": format!("{web}.image"), "live": "web:2", "git": "web:1", "owner": edit},
        ])
    );
}

#[test]
fn items_come_go_and_change_places() {
    let widget =
        |list: Value| json!({"apiVersion": "x.io/v1", "kind": "W", "spec": {"list": list}});
    let named = |name: &str| json!({"name": name});
    for (live, git, paths) in [
        (
            json!([named("a")]),
            json!([named("b")]),
            &["[name=\"a\"]", "[name=\"b\"]"][..],
        ),
        (
            json!([named("a"), named("b")]),
            json!([named("b"), named("a")]),
            &[""],
        ),
        (
            json!([{"v": 1}, {"v": 2}]),
            json!([{"v": 1}, {"v": 3}]),
            &["[1].v"],
        ),
        (json!([1, 2]), json!([1]), &[""]),
        (json!([]), json!([1]), &[""]),
        (json!([1]), json!([1]), &[]),
    ] {
        let found = fields(
            Some(&widget(live.clone())),
            Some(&widget(git)),
            &Sensitive::default(),
        );
        let found: Vec<&str> = found.iter().map(|f| f.path.as_str()).collect();
        let paths: Vec<String> = paths.iter().map(|p| format!(".spec.list{p}")).collect();
        assert_eq!(found, paths, "{live}");
    }
}

#[test]
fn no_view_shows_a_secret() {
    let secret = |value: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "data": {"same": "c2FtZQ==", "key": value},
            "metadata": {"name": "a", "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": format!("{{\"data\":\"{value}\"}}")}}})
    };
    let (live, git) = (secret("bGl2ZQ=="), secret("Z2l0"));
    for (live, git) in [
        (Some(&live), Some(&git)),
        (None, Some(&git)),
        (Some(&live), None),
    ] {
        let text = text(live, git, &Sensitive::default());
        let json = serde_json::to_string(&fields(live, git, &Sensitive::default())).expect("JSON");
        assert!(!text.is_empty() && json != "[]");
        for shown in [text, json] {
            assert!(
                !shown.contains("bGl2ZQ") && !shown.contains("Z2l0"),
                "{shown}"
            );
            assert!(!shown.contains("c2FtZQ"), "{shown}");
        }
    }
    let found = fields(Some(&live), Some(&git), &Sensitive::default());
    let paths: Vec<&str> = found.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, [".data.key"]);
    assert_eq!(text(Some(&live), Some(&live), &Sensitive::default()), "");
}
