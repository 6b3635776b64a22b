//! Watches, through a crash of the API server.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use gantry_cluster::{ClusterConfig, Clusters};
use gantry_model::cluster::{DeleteOptions, Propagation, WatchEvent};
use gantry_model::{Cluster as _, ClusterError, ObjectRef};
use gantry_testbed::Testbed;
use serde_json::json;

use super::{OPTIONS, SetUp, config_map};

const BACKGROUND: DeleteOptions<'static> = DeleteOptions {
    uid: "",
    propagation: Propagation::Background,
    dry_run: false,
    grace_secs: None,
};

type Events = BoxStream<'static, Result<WatchEvent, ClusterError>>;

pub(crate) async fn run(set_up: &SetUp, testbed: &mut Testbed) {
    an_unreachable_cluster_is_told(set_up).await;
    an_unknown_kind_is_told(set_up).await;
    metadata_alone_is_watched(set_up).await;
    many_watches_are_served(set_up).await;
    changes_are_seen_through_a_crash(set_up, testbed).await;
}

/// The next event, which must come soon.
async fn next(events: &mut Events) -> Result<WatchEvent, ClusterError> {
    let event = tokio::time::timeout(Duration::from_secs(30), events.next()).await;
    event.expect("an event in time").expect("no end")
}

/// The next change of one of the checks' own objects: name, data, or gone.
async fn change(events: &mut Events) -> (String, Option<String>) {
    loop {
        let (name, data) = match next(events).await.expect("no error") {
            WatchEvent::Present(object) => {
                let data = object.value().pointer("/data/a").and_then(|d| d.as_str());
                (
                    object.name().to_owned(),
                    Some(data.unwrap_or_default().to_owned()),
                )
            }
            WatchEvent::Gone(reference) => (reference.name, None),
            WatchEvent::Listed => continue,
        };
        if name.starts_with("watched") {
            return (name, data);
        }
    }
}

async fn an_unreachable_cluster_is_told(set_up: &SetUp) {
    let mut clusters = Clusters::default();
    clusters.add(ClusterConfig {
        server: "https://127.0.0.1:1".into(),
        ..set_up.config("nowhere")
    });
    let nowhere = clusters.by_name("nowhere").expect("it");
    let mut events = nowhere.watch(&set_up.kind("v1", "ConfigMap").await, None);
    let error = next(&mut events).await.expect_err("unreachable");
    assert!(
        matches!(error, ClusterError::Unreachable { .. }),
        "{error:?}"
    );
}

async fn an_unknown_kind_is_told(set_up: &SetUp) {
    let mut resource = set_up.kind("v1", "ConfigMap").await;
    resource.gvk.group = "nowhere.example.org".into();
    let mut events = set_up.one.watch(&resource, None);
    let error = next(&mut events).await.expect_err("unknown");
    assert!(matches!(error, ClusterError::UnknownKind(_)), "{error:?}");
}

async fn metadata_alone_is_watched(set_up: &SetUp) {
    let kind = set_up.kind("v1", "ConfigMap").await;
    let mut events = set_up.one.watch_metadata(&kind, Some("default"));
    while next(&mut events).await.expect("no error") != WatchEvent::Listed {}
    let object = config_map("metadata", &json!({"a": "1"}));
    set_up.apply(object, OPTIONS).await.expect("applied");
    let seen = match next(&mut events).await.expect("no error") {
        WatchEvent::Present(seen) => Some(seen),
        _ => None,
    };
    let seen = seen.expect("it is there");
    assert_eq!((seen.name(), seen.gvk()), ("metadata", kind.gvk));
    assert_eq!(seen.value().get("data"), None);
    assert!(!seen.resource_version().is_empty());
}

/// More than an API server serves on one connection.
async fn many_watches_are_served(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    set_up
        .apply(config_map("watched", &json!({"a": "0"})), OPTIONS)
        .await
        .expect("applied");
    let mut watches: Vec<Events> = Vec::new();
    for _ in 0..150 {
        watches.push(set_up.one.watch(&maps, Some("default")));
    }
    let mut started = Vec::new();
    for mut events in watches {
        assert_eq!(
            change(&mut events).await,
            ("watched".to_owned(), Some("0".to_owned()))
        );
        started.push(events);
    }
    let all = futures::future::join_all(started.iter_mut().map(change));
    let (seen, applied) = tokio::join!(all, async {
        // Only a change that comes after a watch is open goes through it.
        tokio::time::sleep(Duration::from_secs(1)).await;
        set_up
            .apply(config_map("watched", &json!({"a": "1"})), OPTIONS)
            .await
    });
    applied.expect("requests have their place beside watches");
    for change in seen {
        assert_eq!(change, ("watched".to_owned(), Some("1".to_owned())));
    }
}

async fn changes_are_seen_through_a_crash(set_up: &SetUp, testbed: &mut Testbed) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let delete = |name: &str| {
        let (maps, name) = (maps.clone(), name.to_owned());
        async move {
            let object = ObjectRef {
                gvk: maps.gvk.clone(),
                namespace: "default".into(),
                name,
            };
            let deleted = set_up.one.delete(&maps, &object, BACKGROUND);
            deleted.await.expect("deleted");
        }
    };
    let apply = |name: &str, a: &str| {
        let map = config_map(name, &json!({"a": a}));
        async move { set_up.apply(map, OPTIONS).await.expect("applied") }
    };
    let is = |name: &str, a: Option<&str>| (name.to_owned(), a.map(str::to_owned));
    let mut events = set_up.one.watch(&maps, Some("default"));
    assert_eq!(change(&mut events).await, is("watched", Some("1")));
    apply("watched-b", "2").await;
    assert_eq!(change(&mut events).await, is("watched-b", Some("2")));
    apply("watched", "3").await;
    assert_eq!(change(&mut events).await, is("watched", Some("3")));
    delete("watched-b").await;
    assert_eq!(change(&mut events).await, is("watched-b", None));

    let cluster = testbed.clusters().first_mut().expect("one cluster");
    cluster.stop_apiserver();
    // Reading on while it is down: nothing may come, least of all an error.
    let quiet = tokio::time::timeout(Duration::from_secs(2), events.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    // What is asked meanwhile is answered when it is back. Starting blocks this thread for seconds.
    let (one, kind) = (std::sync::Arc::clone(&set_up.one), maps.clone());
    let asked = tokio::spawn(async move { one.get(&kind, "default", "watched").await });
    tokio::task::block_in_place(|| cluster.start_apiserver()).expect("it starts again");
    let found = asked.await.expect("an end").expect("an answer");
    assert!(found.is_some(), "it was there before");
    apply("watched", "4").await;
    assert_eq!(change(&mut events).await, is("watched", Some("4")));
    delete("watched").await;
    assert_eq!(change(&mut events).await, is("watched", None));
}
