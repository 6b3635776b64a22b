//! The planner, in cases: which object ends in which step, and as what.

#![allow(clippy::expect_used, reason = "a test stops at a broken case")]

use std::collections::HashMap;

use gantry_model::cluster::Resource;
use gantry_model::{Gvk, Object};
use gantry_sync::{Action, Desired, Operation, Order, Step, TRACKING_ID, Target, Work, plan};
use serde_json::{Value, json};

const TARGET: Target<'_> = Target {
    application: "shop",
    namespace: "prod",
    kinds_may_come: false,
};

/// `Kind[.group]/[namespace/]name` with annotations.
fn object(
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
    annotations: Value,
) -> Object {
    let mut value = json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": name, "annotations": annotations},
    });
    if !namespace.is_empty() {
        value["metadata"]["namespace"] = json!(namespace);
    }
    if kind == "CustomResourceDefinition" {
        value["spec"] = json!({
            "group": "example.com", "scope": "Cluster", "names": {"kind": "Widget"},
            "versions": [{"name": "v1"}],
        });
    }
    Object::new(value, None).expect("an object")
}

fn config(name: &str, wave: &str) -> Object {
    object(
        "v1",
        "ConfigMap",
        "",
        name,
        json!({"argocd.argoproj.io/sync-wave": wave}),
    )
}

/// What a small server serves.
fn kinds(objects: &[Object]) -> HashMap<Gvk, Option<Resource>> {
    let served = |gvk: &Gvk| {
        let cluster_scoped = ["Namespace", "ClusterRole", "CustomResourceDefinition"];
        (gvk.group != "example.com").then(|| Resource {
            gvk: gvk.clone(),
            plural: gvk.kind.to_lowercase(),
            namespaced: !cluster_scoped.contains(&gvk.kind.as_str()),
            listable: true,
        })
    };
    objects
        .iter()
        .map(|object| (object.gvk(), served(&object.gvk())))
        .collect()
}

fn desired(objects: Vec<Object>) -> Desired {
    let kinds = kinds(&objects);
    Desired::new(objects, &TARGET, &kinds, &Operation::default())
}

/// `wave: name name -pruned name`, with the phase where it is not Sync.
fn told(steps: &[Step]) -> Vec<String> {
    let one = |step: &Step| {
        let names = step.tasks.iter().map(|task| match task.work {
            Work::Apply(_) => task.object().name().to_owned(),
            Work::Prune(_) => format!("-{}", task.object().name()),
        });
        let names: Vec<String> = names.collect();
        let phase = match step.phase {
            gantry_sync::Phase::Sync => String::new(),
            phase => format!("{phase} "),
        };
        format!("{phase}{}: {}", step.wave, names.join(" "))
    };
    steps.iter().map(one).collect()
}

/// Name, wanted objects, objects to prune, and the steps.
type Case = (&'static str, Vec<Object>, Vec<Object>, Vec<&'static str>);

fn step_cases() -> Vec<Case> {
    let role = object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        "",
        "role",
        json!({}),
    );
    let wave = |w: &str| json!({"argocd.argoproj.io/sync-wave": w});
    vec![
        ("nothing", vec![], vec![], vec![]),
        (
            "kinds in Argo CD's order, names within a kind",
            vec![
                object("apps/v1", "Deployment", "", "web", json!({})),
                config("b", "0"),
                role,
                config("a", "0"),
                object("v1", "Namespace", "", "prod", json!({})),
                object("example.org/v1", "Other", "", "last", json!({})),
            ],
            vec![],
            vec!["0: prod a b role web last"],
        ),
        (
            "waves ascending; what is no number is 0; Helm's weight counts",
            vec![
                config("late", "2"),
                config("early", "-1"),
                config("zero", "one"),
                object(
                    "v1",
                    "ConfigMap",
                    "",
                    "weight",
                    json!({"helm.sh/hook-weight": "-5"}),
                ),
            ],
            vec![],
            vec!["-5: weight", "-1: early", "0: zero", "2: late"],
        ),
        (
            "a namespace and a CRD come at the latest with what needs them",
            vec![
                object("v1", "Namespace", "", "prod", wave("3")),
                object(
                    "apiextensions.k8s.io/v1",
                    "CustomResourceDefinition",
                    "",
                    "widgets",
                    wave("5"),
                ),
                object("example.com/v1", "Widget", "", "gear", wave("1")),
                config("a", "0"),
            ],
            vec![],
            vec!["0: prod a", "1: widgets gear"],
        ),
        (
            "prunes in the reverse order of waves and kinds",
            vec![config("a", "0")],
            vec![
                config("old-0", "0"),
                config("old-1", "1"),
                object("apps/v1", "Deployment", "prod", "old-web", json!({})),
            ],
            vec!["0: a -old-1", "1: -old-0 -old-web"],
        ),
    ]
}

#[test]
fn steps_by_wave_kind_and_name() {
    for (name, objects, prune, expected) in step_cases() {
        let desired = desired(objects);
        assert!(desired.rows.is_empty(), "{name}: {:?}", desired.rows);
        let order = Order {
            namespace: TARGET.namespace,
            prune_last: false,
        };
        assert_eq!(
            told(&plan(desired.wanted, prune, order)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn objects_get_their_namespace_and_their_tracking_id() {
    let cases = [
        (
            object("v1", "ConfigMap", "", "a", json!(null)),
            "prod",
            "shop:/ConfigMap:prod/a",
        ),
        (
            object("v1", "ConfigMap", "own", "a", json!({})),
            "own",
            "shop:/ConfigMap:own/a",
        ),
        (
            object("apps/v1", "Deployment", "", "a", json!({})),
            "prod",
            "shop:apps/Deployment:prod/a",
        ),
        (
            object("v1", "Namespace", "wrong", "a", json!({})),
            "",
            "shop:/Namespace:prod/a",
        ),
    ];
    for (object, namespace, id) in cases {
        let desired = desired(vec![object]);
        let object = &desired.wanted.first().expect("one").object;
        assert_eq!(object.namespace(), namespace, "{id}");
        assert_eq!(object.annotation(TRACKING_ID), Some(id));
    }
}

#[test]
fn what_cannot_be_applied_is_told() {
    let nameless = object("v1", "ConfigMap", "", "", json!({}));
    let unknown = object("example.com/v1", "Widget", "", "gear", json!({}));
    let hook = object(
        "batch/v1",
        "Job",
        "",
        "db",
        json!({"argocd.argoproj.io/hook": "PreSync"}),
    );
    let skipped = object(
        "v1",
        "ConfigMap",
        "",
        "x",
        json!({"argocd.argoproj.io/hook": "Skip"}),
    );
    let crd_hook = object(
        "v1",
        "ConfigMap",
        "",
        "y",
        json!({"helm.sh/hook": "crd-install"}),
    );
    let desired = desired(vec![nameless, unknown, hook, skipped, crd_hook]);
    let rows: Vec<(&str, Action)> = desired
        .rows
        .iter()
        .map(|row| (row.object.name.as_str(), row.action))
        .collect();
    assert_eq!(rows, [("", Action::Failed), ("gear", Action::Failed),]);
    let names: Vec<&str> = desired.wanted.iter().map(|w| w.object.name()).collect();
    assert_eq!(names, ["db", "y"]);
}

#[test]
fn of_two_equal_keys_the_last_counts() {
    let mut second = config("a", "0").into_value();
    second["data"] = json!({"k": "v"});
    let second = Object::new(second, None).expect("an object");
    let desired = desired(vec![config("a", "0"), second, config("b", "0")]);
    assert_eq!(desired.wanted.len(), 2);
    let first = desired.wanted.first().expect("two");
    assert_eq!(first.object.value()["data"]["k"], "v");
    let warning = desired.warnings.first().expect("a warning");
    assert!(
        warning
            .message
            .contains("appeared 2 times among application resources"),
        "{warning}"
    );
}
