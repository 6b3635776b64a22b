//! What counts as a difference, by the compare options of an application.

use gantry_model::{HealthStatus, Object};
use gantry_sync::{Inspected, Memory, Options, Sync, SyncStatus};
use serde_json::json;

use super::recorder::Recorder;
use super::{Fake, object, sync};

/// How many objects differ, and how often the server was asked by dry-run.
async fn compare(live: Object, wanted: Object, options: Options) -> (usize, usize) {
    let cluster = Fake::new();
    cluster.put(live.into_value());
    let recorder = Recorder::new(cluster.clone());
    let sync = Sync {
        cluster: &recorder,
        options: Options {
            dry_run: true,
            ..options
        },
        ..sync(&cluster, "1")
    };
    let found = sync.diff(vec![wanted]).await.expect("a cluster");
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    assert_eq!(recorder.calls(), Vec::<String>::new(), "nothing is changed");
    (found.objects.len(), recorder.asked())
}

/// An object that another manager has made, with this data.
fn with_data(name: &str, data: &str) -> Object {
    let id = format!("tracking-id=app:/ConfigMap:ns/{name}");
    let mut value = object("ConfigMap", name, &[&id]).into_value();
    value["data"] = json!({"of": data});
    Object::new(value, None).expect("an object")
}

#[tokio::test(start_paused = true)]
async fn the_server_is_not_asked_where_that_is_not_wanted() {
    let alone = || Options {
        server_side_diff: false,
        ..Options::default()
    };
    for (data, differ) in [("same", 0), ("other", 1)] {
        let live = with_data("a", "same");
        let (found, asked) = compare(live.clone(), with_data("a", data), alone()).await;
        assert_eq!((found, asked), (differ, 0), "{data}");
        let (found, asked) = compare(live, with_data("a", data), Options::default()).await;
        assert_eq!((found, asked), (differ, 1), "{data}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_webhook_changes_counts_if_that_is_wanted() {
    for (include_mutation_webhook, differ) in [(false, 0), (true, 1)] {
        let options = Options {
            include_mutation_webhook,
            ..Options::default()
        };
        let (live, wanted) = (with_data("mutated", "x"), with_data("mutated", "x"));
        let (found, _) = compare(live, wanted, options).await;
        assert_eq!(found, differ, "{include_mutation_webhook}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_server_refuses_beside_what_is_there_differs() {
    let cluster = Fake::new();
    cluster.put(with_data("immutable", "same").into_value());
    let recorder = Recorder::new(cluster.clone());
    let sync = Sync {
        cluster: &recorder,
        ..sync(&cluster, "1")
    };
    let other = || vec![with_data("immutable", "other")];
    let found = sync.diff(other()).await.expect("a cluster");
    let told: Vec<&str> = found.objects.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(told, ["data: field is immutable"]);
    assert!(found.objects[0].diff.contains("+  of: other"), "{found:?}");
    let memory = Memory::default();
    let assessed = sync.assess(other(), &memory).await.expect("a cluster");
    assert_eq!(assessed.objects[0].sync, SyncStatus::OutOfSync);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_grows_what_it_owns_and_is_not_judged_anew() {
    let cluster = Fake::new();
    cluster.put(object("ConfigMap", "a", &[]).value().clone());
    let owner = cluster.get_value("ConfigMap", "a").expect("an object");
    let mut child = object("Job", "b", &[]).value().clone();
    child["metadata"]["ownerReferences"] = json!([{"uid": owner["metadata"]["uid"]}]);
    cluster.put(child);
    cluster.put(object("Job", "stranger", &[]).value().clone());
    let known = |name: &str| Inspected {
        object: object("ConfigMap", name, &[]).reference(),
        sync: SyncStatus::OutOfSync,
        health: Some(HealthStatus::Degraded),
        message: "as it was told".to_owned(),
    };
    let sync = sync(&cluster, "1");
    let grown = sync.grown(vec![known("a"), known("gone")]).await;
    let grown = grown.expect("a cluster");
    let told = grown.iter().map(|node| {
        let below: Vec<&str> = node
            .children
            .iter()
            .map(|c| c.object.name.as_str())
            .collect();
        (node.object.name.as_str(), node.health, below)
    });
    let health = Some(HealthStatus::Degraded);
    let expected = [("a", health, vec!["b"]), ("gone", health, vec![])];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
