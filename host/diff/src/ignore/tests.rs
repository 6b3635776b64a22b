use std::collections::BTreeMap;

use gantry_model::application::IgnoreDifference;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Ignore, IgnoreStatus, SystemRules, adopt_ignored};

fn rules(rules: Value) -> Vec<IgnoreDifference> {
    serde_json::from_value(rules).expect("rules")
}

fn ignore(list: Value) -> Ignore {
    let (ignore, problems) = Ignore::compile(&rules(list));
    assert_eq!(problems, []);
    ignore
}

fn jq(expression: &str) -> Ignore {
    ignore(json!([{"group": "*", "kind": "*", "jqPathExpressions": [expression]}]))
}

fn object() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, "list": [{"name": "a", "v": 1}, {"name": "b", "v": 2}, {"name": "c"}]},
        "data": {"config": "{\"auth\":\"x\",\"k\":1}", "a/b": 1},
    })
}

#[test]
fn pointers_take_away_what_is_there() {
    for (pointer, gone) in [
        ("/spec/replicas", "/spec/replicas"),
        ("/data/a~1b", "/data/a~1b"),
        ("/spec/list/2", "/spec/list/2"),
        ("/spec/list/-1", "/spec/list/2"),
    ] {
        let ignore = ignore(json!([{"group": "*", "kind": "*", "jsonPointers": [pointer]}]));
        let mut left = object();
        assert_eq!(ignore.remove_from(&mut left), []);
        assert_eq!(left.pointer(gone), None, "{pointer}");
    }
    for pointer in [
        "/absent",
        "/spec/replicas/below",
        "/spec/list/9",
        "/spec/list/x",
        "/spec/no/way",
    ] {
        let ignore = ignore(json!([{"group": "*", "kind": "*", "jsonPointers": [pointer]}]));
        let mut left = object();
        assert_eq!(ignore.remove_from(&mut left), []);
        assert_eq!(left, object(), "{pointer}");
    }
}

#[test]
fn expressions_take_away_what_they_name() {
    let names = |left: &Value| -> Vec<String> {
        let list = left["spec"]["list"].as_array().into_iter().flatten();
        list.map(|item| item["name"].as_str().unwrap_or("-").to_owned())
            .collect()
    };
    for (expression, left) in [
        (".spec.list[0], .spec.list[1]", &["c"][..]),
        (".spec.list[] | select(.v)", &["c"]),
        (".spec.list[] | select(.name | test(\"^[ab]$\"))", &["c"]),
        (".spec.list[1:]", &["a"]),
        (".spec.list[-1]", &["a", "b"]),
        (".spec.list[]?.name", &["-", "-", "-"]),
        (
            ".. | select(type == \"object\" and .name == \"b\")",
            &["a", "c"],
        ),
        (
            ".spec.list[9], .absent.below, .spec.replicas",
            &["a", "b", "c"],
        ),
    ] {
        let mut object = object();
        assert_eq!(jq(expression).remove_from(&mut object), [], "{expression}");
        assert_eq!(names(&object), left, "{expression}");
        assert_eq!(object.get("absent"), None, "{expression}");
    }
}

#[test]
fn an_expression_may_be_a_whole_program() {
    let mut left = object();
    let wrapped = ".nothing) | .data.config |= (fromjson | del(.auth) | tojson";
    assert_eq!(jq(wrapped).remove_from(&mut left), []);
    assert_eq!(left["data"]["config"], "{\"k\":1}");
}

#[test]
fn what_fails_leaves_the_object_and_is_told_once() {
    for expression in [
        ".spec.absent.foo[]",
        ".nothing) | error(\"no\") | (.a",
        ".nothing) | 1 | (. ",
        ".a | until(false; .)",
        ".a | repeat(.)",
        ".a) | [range(1e12)] | (.b",
        ".a) | last(range(1e12)) | (.b",
        ".a) | [recurse(. + .; true)] | (.b",
        ".a) | until(false; [.]) | (.b",
        ".a) | until(false; .a = .) | (.b",
        ".a) | until(false; [.] | group_by(.)) | (.b",
        ".a) | last(recurse([., .])) | (.b",
        ".a) | last(recurse({a: ., b: .})) | (.b",
        ".a) | (\"[\" | until(length > 1000000; . + .) | fromjson) | (.b",
        "until(true == false; [.] + [1])",
        ".a) | (try repeat(1) catch repeat(1)) | (.b",
        ".a) | .[1e12] = 1 | (.b",
        ".nothing, (.. | ..| .. | .. | .. | .. | .. | .. | .. | .. | ..| .. | .. | ..)",
    ] {
        let ignore = jq(expression);
        let mut left = object();
        let warnings = ignore.remove_from(&mut left);
        assert_eq!(left, object(), "{expression}");
        assert_eq!(warnings.len(), 1, "{expression}");
        let field = warnings[0].field.as_deref();
        assert_eq!(
            field,
            Some("spec.ignoreDifferences[0].jqPathExpressions[0]")
        );
        assert_eq!(ignore.remove_from(&mut left), [], "{expression}");
    }
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_counts() {
    let (ignore, problems) = Ignore::compile(&rules(json!([
        {"group": "apps", "kind": "Deployment", "jsonPointers": ["spec/replicas", "", "/spec/replicas"]},
        {"group": "[", "kind": "Deployment", "jsonPointers": ["/spec"]},
        {"group": "*", "kind": "*", "jqPathExpressions": [
            ".a[", "(", "nosuch(.a)", "def f: f; f", "env.HOME", "now", "input", "halt",
            "reduce .[] as $x (0; .)", ".a * 2", ".data"]},
    ])));
    let fields: Vec<&str> = problems.iter().filter_map(|p| p.field.as_deref()).collect();
    let jq = |index: usize| format!("spec.ignoreDifferences[2].jqPathExpressions[{index}]");
    let mut expected = vec![
        "spec.ignoreDifferences[0].jsonPointers[0]".to_owned(),
        "spec.ignoreDifferences[0].jsonPointers[1]".to_owned(),
        "spec.ignoreDifferences[1].group".to_owned(),
    ];
    expected.extend((0..10).map(jq));
    assert_eq!(fields, expected, "{problems:#?}");
    let mut left = object();
    ignore.remove_from(&mut left);
    assert_eq!(left["spec"].get("replicas"), None);
    assert!(left["spec"].get("list").is_some());
    assert_eq!(left.get("data"), None);
}

#[test]
fn rules_concern_what_they_name() {
    for (rule, concerns) in [
        (json!({"group": "apps", "kind": "Deployment"}), true),
        (
            json!({"group": "ap*", "kind": "{Deploy*,StatefulSet}"}),
            true,
        ),
        (json!({"kind": "Deployment"}), false),
        (json!({"group": "apps", "kind": "deployment"}), false),
        (json!({"group": "*", "kind": "*", "name": "web"}), true),
        (json!({"group": "*", "kind": "*", "name": "we*"}), false),
        (
            json!({"group": "*", "kind": "*", "namespace": "shop"}),
            true,
        ),
        (
            json!({"group": "*", "kind": "*", "namespace": "other"}),
            false,
        ),
    ] {
        let mut with_pointer = rule.clone();
        with_pointer["jsonPointers"] = json!(["/spec"]);
        let mut left = object();
        ignore(json!([with_pointer])).remove_from(&mut left);
        assert_eq!(left.get("spec").is_none(), concerns, "{rule}");
    }
}

#[test]
fn settings_of_argocd_cm_are_read() {
    let data = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
        let entries = entries.iter();
        entries
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    };
    let prefix = "resource.customizations.ignoreDifferences";
    let (all, deployments) = (format!("{prefix}.all"), format!("{prefix}.apps_Deployment"));
    let (read, problems) = SystemRules::read(&data(&[
        (&all, "jsonPointers: [/data]"),
        (&deployments, "jqPathExpressions:\n- .spec.list[]\n"),
        (&format!("{prefix}.a_b_c"), "{}"),
        (&format!("{prefix}.ConfigMap"), "jsonPointers: /data"),
        (
            "resource.compareoptions",
            "ignoreAggregatedRoles: true\nignoreResourceStatusField: crd",
        ),
        (
            "resource.customizations",
            "ConfigMap:\n  health.lua: x\n  ignoreDifferences: |\n    \
          jsonPointers: [/data]\na/b/c:\n  ignoreDifferences: '{}'\n",
        ),
        (
            "resource.customizations.knownTypeFields.x_Y",
            "- field: a\n  type: core/Quantity\n",
        ),
        ("url", "https://example.com"),
    ]));
    assert_eq!(problems.len(), 4, "{problems:#?}");
    let mut map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {}});
    Ignore::compile_with(&read, &[]).0.remove_from(&mut map);
    assert_eq!(map.get("data"), None);
    assert!(read.ignore_aggregated_roles);
    assert_eq!(read.status, IgnoreStatus::Crd);
    let (ignore, problems) = Ignore::compile_with(&read, &[]);
    assert_eq!(problems, []);
    let mut left = object();
    ignore.remove_from(&mut left);
    assert_eq!(left["spec"], json!({"replicas": 2, "list": []}));
    assert_eq!(left.get("data"), None);
    for (word, status, problems) in [
        ("", IgnoreStatus::All, 0),
        ("all", IgnoreStatus::All, 0),
        ("none", IgnoreStatus::None, 0),
        ("off", IgnoreStatus::None, 0),
        ("what", IgnoreStatus::All, 1),
    ] {
        let text = format!("ignoreResourceStatusField: {word}");
        let (read, told) = SystemRules::read(&data(&[("resource.compareoptions", &text)]));
        assert_eq!((read.status, told.len()), (status, problems), "{word}");
    }
}

#[test]
fn ignored_fields_are_applied_as_they_are() {
    let deployment = |replicas: Value, images: [&str; 2], extra: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "resourceVersion": "1", "managedFields": []},
            "spec": {"replicas": replicas, "template": {"metadata": extra, "spec": {"containers": [
                {"name": "x", "image": images[0]}, {"name": "y", "image": images[1]}]}}}})
    };
    let live = deployment(
        json!(5),
        ["x:live", "y:live"],
        json!({"annotations": {"at": "now"}}),
    );
    let mut desired = deployment(json!(1), ["x:git", "y:git"], json!({}));
    desired["metadata"] = json!({"name": "a"});
    let ignore = ignore(json!([{"group": "apps", "kind": "*",
        "jsonPointers": ["/spec/replicas", "/metadata/managedFields", "/metadata/resourceVersion"],
        "jqPathExpressions": [
            ".spec.template.spec.containers[] | select(.name == \"y\").image",
            ".spec.template.metadata.annotations.at"]}]));
    let (adopted, warnings) = adopt_ignored(&desired, &live, &ignore);
    assert_eq!(warnings, []);
    let mut expected = deployment(
        json!(5),
        ["x:git", "y:live"],
        json!({"annotations": {"at": "now"}}),
    );
    expected["metadata"] = json!({"name": "a"});
    assert_eq!(adopted, expected);
}

#[test]
fn a_text_that_is_ignored_in_part_is_applied_as_it_is() {
    let map = |texts: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "data": texts});
    let ignore = jq(".nothing) | .data[] |= (fromjson | del(.auth) | tojson");
    let desired = map(json!({"a": "{\"auth\": 1}", "new": "{\"auth\": 1}"}));
    let live = map(json!({"a": "{\"auth\": 2}"}));
    let (adopted, warnings) = adopt_ignored(&desired, &live, &ignore);
    assert_eq!(warnings, []);
    let expected = map(json!({"a": "{\"auth\": 2}", "new": "{\"auth\": 1}"}));
    assert_eq!(adopted, expected);
}

#[test]
fn ignored_items_of_any_list_come_back() {
    let widget =
        |list: Value| json!({"apiVersion": "x.io/v1", "kind": "W", "spec": {"list": list}});
    let ignore = jq(".spec.list[] | select(.injected)");
    let live = widget(json!([{"injected": true, "v": 1}, {"v": "live"}]));
    let (adopted, _) = adopt_ignored(&widget(json!([{"v": "git"}])), &live, &ignore);
    assert_eq!(
        adopted,
        widget(json!([{"injected": true, "v": 1}, {"v": "git"}]))
    );
}

#[test]
fn what_a_trusted_manager_has_set_is_out_of_the_comparison() {
    let live = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"managedFields": [
        {"manager": "hpa", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:same": {},
            "f:only": {}, "f:list": {"k:{\"name\":\"a\"}": {".": {}, "f:v": {}}}}}}]},
        "spec": {"replicas": 5, "same": 1, "only": 1, "list": [{"name": "a", "v": 1}]}});
    let desired = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "spec": {"replicas": 1, "same": 1, "list": [{"name": "a", "v": 2}]}});
    let trusting = |manager: &str| {
        ignore(json!([{"group": "*", "kind": "*", "managedFieldsManagers": [manager]}]))
    };
    let (mut left, mut wanted) = (live.clone(), desired.clone());
    trusting("hpa").remove_trusted(&mut left, &mut wanted);
    assert_eq!(
        left["spec"],
        json!({"same": 1, "only": 1, "list": [{"name": "a"}]})
    );
    assert_eq!(wanted["spec"], json!({"same": 1, "list": [{"name": "a"}]}));
    let (mut left, mut wanted) = (live.clone(), desired.clone());
    trusting("other").remove_trusted(&mut left, &mut wanted);
    assert_eq!((left, wanted), (live, desired));
}

#[test]
fn cve_2024_32476_no_expression_takes_the_stack() {
    for (before, part, after) in [
        (".", "|.", ""),
        ("", "-", "1"),
        ("", "if ", "1"),
        ("", "try ", "1"),
        ("1", " as $x|1", ""),
        (".", "?", ""),
        (".", ",.a", ""),
        (".a", "+.a", ""),
        (".a", "//.a", ""),
        (".", "[0]", ""),
        ("", "label $x|", "1"),
        ("", "\"\\(", ""),
        ("", "[", ""),
        ("", "{a:", ""),
        (".a", "=.a", ""),
        (".", ".a", ""),
        ("", "def f: ", "1"),
    ] {
        for length in [1_000, 2_000, 100_000] {
            let text = before.to_owned() + &part.repeat(length / part.len()) + after;
            let rule = json!([{"group": "*", "kind": "*", "jqPathExpressions": [text]}]);
            let (ignore, problems) = Ignore::compile(&rules(rule));
            assert!(length < 100_000 || problems.len() == 1, "{part}");
            let mut left = object();
            ignore.remove_from(&mut left);
            assert!(left.is_object(), "{part}");
        }
    }
}

#[test]
fn rules_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&Ignore::default());
}

fn expression() -> impl Strategy<Value = String> {
    let step = prop::sample::select(vec![
        ".spec",
        ".template",
        ".containers",
        ".ports",
        ".name",
        "[]?",
        "[0]?",
        "[-1]?",
        ".replicas",
    ]);
    prop::collection::vec(step, 1..5).prop_map(|steps| format!(".spec{}?", steps.concat()))
}

proptest! {
    #[test]
    fn what_is_as_in_the_cluster_stays_so(
        object in crate::arbitrary::object(),
        expression in expression(),
    ) {
        let ignore = jq(&expression);
        let (adopted, _) = adopt_ignored(&object, &object, &ignore);
        prop_assert_eq!(adopted, object, "{}", expression);
    }
}
