//! The driver, on a cluster in memory: phases, waves, hooks, failures, kills.

#![allow(clippy::expect_used, reason = "a test stops at a broken case")]

mod comparing;
mod deletion;
mod fake;
mod hooks;
mod jobs;
mod kills;
mod lifecycle;
mod options;
mod permits;
mod pruning;
mod races;
mod recorder;
mod writing;

use std::sync::{Arc, LazyLock};

use gantry_diff::Ignore;
use gantry_model::Object;
use gantry_sync::{CancellationToken, Operation, Options, Prune, Report, Sync, Target};
use serde_json::{Value, json};

use fake::Fake;
use jobs::Jobs;

static NOTHING_IGNORED: LazyLock<Ignore> = LazyLock::new(Ignore::default);

/// One object in the namespace `ns`, with annotations `key=value` of Argo CD's.
fn object(kind: &str, name: &str, annotations: &[&str]) -> Object {
    let api_version = if kind == "Job" { "batch/v1" } else { "v1" };
    let annotations: serde_json::Map<String, Value> = annotations
        .iter()
        .map(|text| {
            let (key, value) = text.split_once('=').expect("key=value");
            (format!("argocd.argoproj.io/{key}"), json!(value))
        })
        .collect();
    let metadata = json!({"name": name, "namespace": "ns", "annotations": annotations});
    let value = json!({
        "apiVersion": api_version, "kind": kind, "metadata": metadata, "data": {"of": name},
    });
    Object::new(value, None).expect("an object")
}

fn operation(id: &str) -> Operation {
    Operation {
        id: id.to_owned(),
        revision: "0123456789".to_owned(),
        number: 7,
    }
}

fn options() -> Options {
    Options {
        prune: Prune::Delete,
        ..Options::default()
    }
}

fn sync<'a>(cluster: &'a Fake, id: &str) -> Sync<'a> {
    Sync {
        cluster,
        limiter: Arc::default(),
        judge: &Jobs,
        observer: &(),
        target: Target {
            application: "app",
            namespace: "ns",
            kinds_may_come: false,
        },
        permit: &(),
        ignore: &NOTHING_IGNORED,
        known: &[],
        operation: operation(id),
        cancel: CancellationToken::new(),
        options: options(),
    }
}

/// One whole sync.
async fn run(cluster: &Fake, id: &str, objects: &[Object]) -> Report {
    let sync = sync(cluster, id);
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    sync.tidy(ended).await
}

/// `name action` of each row, with the message of those that failed.
fn told(report: &Report) -> Vec<String> {
    let row = |row: &gantry_sync::Row| {
        let mut text = format!("{} {}", row.object.name, row.action.as_str());
        if !row.message.is_empty() {
            text = format!("{text}: {}", row.message);
        }
        text
    };
    report.objects.iter().map(row).collect()
}
