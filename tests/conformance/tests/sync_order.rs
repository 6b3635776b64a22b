//! The order of a sync's tasks, as gitops-engine has it: which step holds what, and in which order.

#![allow(clippy::expect_used, reason = "a test stops at a broken suite")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::collections::HashMap;

use gantry_conformance::{Case, suite};
use gantry_model::cluster::Resource;
use gantry_model::{Gvk, Object};
use gantry_sync::{Desired, Operation, Order, Step, Target, Task, Work, plan};
use serde_json::{Value, json};

/// Kinds of the cases that live outside of namespaces.
const CLUSTER_SCOPED: [&str; 9] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "PersistentVolume",
    "StorageClass",
    "IngressClass",
    "APIService",
    "PodSecurityPolicy",
];

#[test]
fn tasks_come_in_argo_cds_order() {
    let Some(suite) = suite("sync-order") else {
        eprintln!("skipped: the sync-order suite is not on this machine");
        return;
    };
    let mut in_order = 0;
    let mut wrong = Vec::new();
    for case in &suite.cases {
        match check(case) {
            Ok(strict) => in_order += usize::from(strict),
            Err(why) => wrong.push(format!("{}: {why}", case.name)),
        }
    }
    let all = suite.cases.len();
    eprintln!(
        "sync-order: {} of {all} right, {in_order} to the task",
        all - wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        in_order * 10 >= all * 9,
        "the order within steps is Argo CD's, too"
    );
}

/// Whether the whole order is that of the case; its steps must be.
fn check(case: &Case) -> Result<bool, String> {
    let input = case.json("case.json").expect("the suite has the input");
    let expected = case
        .json("expected.json")
        .expect("the suite has the answer");
    let steps = planned(&input);
    let told: Vec<Value> = steps.iter().map(tell).collect();
    let wanted = expected["steps"].as_array().expect("steps");
    let sorted = |step: &Value| {
        let mut tasks = step["tasks"].as_array().expect("tasks").clone();
        for task in tasks.iter_mut().filter_map(Value::as_object_mut) {
            // The oracle gives cluster-scoped objects one, too.
            task.remove("namespace");
        }
        tasks.sort_by_key(Value::to_string);
        json!({"phase": step["phase"], "wave": step["wave"], "tasks": tasks})
    };
    let (mine, theirs): (Vec<Value>, Vec<Value>) = (
        told.iter().map(sorted).collect(),
        wanted.iter().map(sorted).collect(),
    );
    if mine != theirs {
        let [mine, theirs] = [mine, theirs].map(|steps| json!(steps).to_string());
        return Err(format!("\n  {mine}\n  instead of\n  {theirs}"));
    }
    let names = |steps: &[Value]| -> Vec<Value> {
        let tasks = steps
            .iter()
            .flat_map(|s| s["tasks"].as_array().expect("tasks").clone());
        tasks
            .map(|task| json!([task["kind"], task["name"]]))
            .collect()
    };
    let order = expected["order"].as_array().expect("an order");
    let order: Vec<Value> = order
        .iter()
        .map(|task| json!([task["kind"], task["name"]]))
        .collect();
    Ok(names(&told) == order)
}

fn planned(input: &Value) -> Vec<Step> {
    let objects = |list: &str| -> Vec<Object> {
        let list = input[list].as_array().expect("a list").clone();
        list.into_iter()
            .map(|value| Object::new(value, None).expect("an object"))
            .collect()
    };
    let namespace = input["destinationNamespace"].as_str().expect("a namespace");
    let target = Target {
        application: "app",
        namespace,
        kinds_may_come: false,
    };
    let targets = objects("targets");
    let kinds: HashMap<Gvk, Option<Resource>> = targets
        .iter()
        .map(|object| (object.gvk(), Some(resource(object.gvk()))))
        .collect();
    let desired = Desired::new(targets, &target, &kinds, &Operation::default());
    let prune = objects("liveOnly");
    let order = Order {
        namespace,
        prune_last: input["options"]["pruneLast"] == true,
    };
    // What a sync finds left over in the cluster holds no hooks.
    let prune = prune
        .into_iter()
        .filter(|object| !gantry_sync::is_hook(object));
    plan(desired.wanted, prune.collect(), order)
}

fn resource(gvk: Gvk) -> Resource {
    Resource {
        namespaced: !CLUSTER_SCOPED.contains(&gvk.kind.as_str()),
        plural: gvk.kind.to_lowercase(),
        listable: true,
        gvk,
    }
}

fn tell(step: &Step) -> Value {
    let tasks: Vec<Value> = step.tasks.iter().map(tell_task).collect();
    json!({"phase": step.phase, "wave": step.wave, "tasks": tasks})
}

fn tell_task(task: &Task) -> Value {
    let action = match &task.work {
        Work::Apply(wanted) if wanted.hook => "hook",
        Work::Apply(_) => "apply",
        Work::Prune(_) => "prune",
    };
    let object = task.object();
    json!({
        "action": action, "group": object.gvk().group, "kind": object.kind(), "name": object.name(),
    })
}
