//! What a real API server does too rarely to wait for: a scripted one does it at once. It speaks
//! HTTP/1.1 without TLS, as some proxies do.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

mod faults;
mod kinds;
mod server;

use std::time::Duration;

use futures::StreamExt;
use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{Cluster as _, ClusterError, Gvk};
use serde_json::{Value, json};

use server::{Reply, cluster, reply, script};

fn pods() -> Resource {
    Resource {
        gvk: Gvk::parse("v1", "Pod"),
        plural: "pods".to_owned(),
        namespaced: true,
        listable: true,
    }
}

fn pod(name: &str, version: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "a", "resourceVersion": version}})
}

fn list(version: &str, next: &str, items: &[Value]) -> Reply {
    let metadata = json!({"resourceVersion": version, "continue": next});
    reply(
        "200 OK",
        &json!({"kind": "PodList", "metadata": metadata, "items": items}),
    )
}

fn expired() -> Value {
    json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"})
}

fn events(events: &[(&str, Value)]) -> Reply {
    let lines = events
        .iter()
        .map(|(kind, object)| format!("{}\n", json!({"type": kind, "object": object})));
    Reply {
        head: "200 OK",
        body: lines.collect(),
    }
}

#[tokio::test]
async fn a_list_that_expires_is_read_in_one_piece() {
    let (cluster, seen) = cluster(script(vec![
        (
            "/api/v1/pods?limit=500",
            vec![list("1", "more", &[pod("a", "1"), pod("b", "1")])],
        ),
        (
            "/api/v1/pods?limit=500&continue=more",
            vec![reply("410 Gone", &expired())],
        ),
        (
            "/api/v1/pods",
            vec![list("2", "", &[pod("b", "1"), pod("c", "2")])],
        ),
    ]))
    .await;
    let listed = cluster.list(&pods(), None).await.expect("a list");
    let names: Vec<&str> = listed.iter().map(|object| object.name()).collect();
    assert_eq!(names, ["b", "c"], "of one moment");
    assert_eq!(
        seen.lock().expect("the log").last().expect("one"),
        "/api/v1/pods"
    );
}

#[tokio::test]
async fn an_empty_list_may_be_null() {
    let null = json!({"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": null});
    let (cluster, _) = cluster(script(vec![("/api/v1/pods", vec![reply("200 OK", &null)])])).await;
    assert_eq!(cluster.list(&pods(), None).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_watch_that_expires_tells_what_it_missed() {
    let first = list(
        "5",
        "",
        &[pod("same", "1"), pod("changed", "2"), pod("gone", "3")],
    );
    let second = list(
        "9",
        "",
        &[pod("same", "1"), pod("changed", "8"), pod("new", "9")],
    );
    let bookmark = json!({"kind": "Pod", "metadata": {"resourceVersion": "6"}});
    let one = events(&[("MODIFIED", pod("changed", "6")), ("BOOKMARK", bookmark)]);
    let over = events(&[("ERROR", expired())]);
    let (cluster, seen) = cluster(script(vec![
        ("/api/v1/pods?limit", vec![first, second]),
        (
            "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=5",
            vec![one],
        ),
        (
            "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=6",
            vec![over],
        ),
        (
            "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=9",
            vec![
                reply("500 Internal Server Error", &json!({})),
                events(&[("DELETED", pod("same", "10"))]),
            ],
        ),
    ]))
    .await;
    let shown = cluster
        .watch(&pods(), None)
        .map(|event| match event.expect("no error") {
            WatchEvent::Present(object) => {
                format!("{} {}", object.name(), object.resource_version())
            }
            WatchEvent::Gone(reference) => format!("{} gone", reference.name),
            WatchEvent::Listed => "listed".to_owned(),
        });
    let shown = tokio::time::timeout(Duration::from_secs(10), shown.take(8).collect::<Vec<_>>());
    let shown = shown.await.expect("in time");
    let expected = [
        "same 1",
        "changed 2",
        "gone 3",
        "listed",
        "changed 6",
        "changed 8",
        "new 9",
        "gone gone",
    ];
    assert_eq!(shown, expected);
    let paths = seen.lock().expect("the log").len();
    assert_eq!(paths, 5, "version, two lists, two watches");
}

#[tokio::test]
async fn a_failing_watch_goes_on_where_it_was() {
    let watch = "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=5";
    let busy = reply(
        "429 Too Many Requests\r\nretry-after: 1",
        &json!({"kind": "Status"}),
    );
    let broken = Reply {
        head: "200 OK",
        body: "{\"type\":\"ADDED\",\"obj".to_owned(),
    };
    let comes = events(&[("ADDED", pod("b", "6"))]);
    let (cluster, seen) = cluster(script(vec![
        ("/api/v1/pods?limit", vec![list("5", "", &[pod("a", "1")])]),
        (watch, vec![busy, broken, comes]),
    ]))
    .await;
    let started = std::time::Instant::now();
    let events = cluster.watch(&pods(), None).take(3).collect::<Vec<_>>();
    let events = tokio::time::timeout(Duration::from_secs(10), events)
        .await
        .expect("in time");
    assert!(events.iter().all(Result::is_ok), "{events:?}");
    let asked = Duration::from_secs(1);
    assert!(started.elapsed() >= asked, "the server's Retry-After");
    let seen = seen.lock().expect("the log");
    assert_eq!(
        seen.iter().filter(|path| path.starts_with(watch)).count(),
        3
    );
}

#[tokio::test]
async fn what_is_no_api_server_is_told() {
    let page = Reply {
        head: "200 OK",
        body: "<html>hello</html>".to_owned(),
    };
    let busy = reply("503 Service Unavailable\r\nretry-after: 99", &json!({}));
    let (cluster, _) = cluster(script(vec![
        ("/version", vec![page]),
        ("/api/v1/pods", vec![busy, reply("200 OK", &json!({}))]),
    ]))
    .await;
    let error = cluster.version().await.expect_err("a web page").to_string();
    assert!(error.contains("a Kubernetes API server?"), "{error}");
    let error = cluster.list(&pods(), None).await.expect_err("busy");
    let expected = matches!(
        error,
        ClusterError::Overloaded {
            retry_after_secs: Some(99),
            ..
        }
    );
    assert!(expected, "{error:?}");
    let error = cluster.list(&pods(), None).await.expect_err("no list");
    assert!(matches!(error, ClusterError::Other(_)), "{error:?}");
}
