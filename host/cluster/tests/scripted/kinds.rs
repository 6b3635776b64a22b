//! Which kinds a server says it serves, and for how long that counts.

use std::time::Duration;

use gantry_cluster::KubeCluster;
use gantry_model::{Cluster as _, Gvk, limits};
use serde_json::{Value, json};

use crate::server::{Log, Reply, cluster, reply, script};

/// All groups at once, with one kind each.
fn groups(names: &[&str]) -> Value {
    let group = |name: &&str| {
        let monitor = json!({"resource": "monitors", "responseKind": {"kind": "Monitor"},
            "scope": "Namespaced", "verbs": ["list", "watch"]});
        json!({"metadata": {"name": name}, "versions": [
            {"version": "v1", "freshness": "Current", "resources": [monitor]}]})
    };
    let items: Vec<Value> = names.iter().map(group).collect();
    json!({"kind": "APIGroupDiscoveryList", "items": items})
}

fn stale(name: &str) -> Value {
    json!({"kind": "APIGroupDiscoveryList", "items": [
        {"metadata": {"name": name}, "versions": [{"version": "v1", "freshness": "Stale"}]}]})
}

fn ok(body: &Value) -> Reply {
    reply("200 OK", body)
}

fn api() -> (&'static str, Vec<Reply>) {
    let tagged = reply("200 OK\r\netag: \"t\"", &groups(&[]));
    ("/api", vec![tagged, reply("304 Not Modified", &json!(""))])
}

async fn names(cluster: &KubeCluster) -> Vec<String> {
    let kinds = cluster.resources().await.expect("discovery");
    kinds.iter().map(|kind| kind.gvk.to_string()).collect()
}

fn count(seen: &Log, path: &str) -> usize {
    let seen = seen.lock().expect("the log");
    seen.iter().filter(|target| *target == path).count()
}

/// So much time goes by.
async fn pass(secs: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(secs)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn kinds_that_others_bring_are_seen_after_a_while() {
    let found = ["one/v1/Monitor", "two/v1/Monitor"];
    // What `/apis` answers the second time, and what is known then.
    let cases = [
        ("more", ok(&groups(&["one", "two"])), &found[..]),
        ("fewer", ok(&groups(&[])), &[]),
        ("refused", reply("403 Forbidden", &json!({})), &found[..1]),
        ("not said", ok(&stale("one")), &found[..1]),
    ];
    for (name, second, expected) in cases {
        let first = ok(&groups(&["one"]));
        let ready = ("/readyz", vec![ok(&json!("ok"))]);
        let answers = script(vec![api(), ("/apis", vec![first, second]), ready]);
        let (cluster, seen) = cluster(answers).await;
        for _ in 0..3 {
            assert_eq!(names(&cluster).await, found[..1], "{name}");
        }
        assert_eq!(count(&seen, "/apis"), 1, "{name}");
        pass(limits::DISCOVERY_KEPT_SECS).await;
        let asked = (0..8).map(|_| names(&cluster));
        for known in futures::future::join_all(asked).await {
            assert_eq!(known, expected, "{name}");
        }
        // One of all who look asks.
        assert_eq!(names(&cluster).await, expected, "{name}");
        assert_eq!(count(&seen, "/apis"), 2, "{name}");
        // A refusal ends what is asked beside it, perhaps before it is sent.
        if name != "refused" {
            assert_eq!(count(&seen, "/api T"), 1, "{name}");
        }
    }
}

#[tokio::test]
async fn a_server_of_another_version_is_asked_anew_once_it_is_ready() {
    let version = |text: &str| ok(&json!({"gitVersion": text}));
    let first = ok(&groups(&["one"]));
    let second = ok(&groups(&["one", "two"]));
    let starting = reply("500 Internal Server Error", &json!({}));
    let answers = script(vec![
        api(),
        ("/apis", vec![first, second]),
        ("/readyz", vec![starting, ok(&json!("ok"))]),
        (
            "/version",
            // The first one is that of whoever connects.
            vec![version("v1"), version("v1"), version("v1"), version("v2")],
        ),
    ]);
    let (cluster, seen) = cluster(answers).await;
    assert_eq!(cluster.version_within(Duration::MAX), None);
    let cases = [("v1", 1), ("v1", 1), ("v2", 2), ("v2", 2)];
    for (expected, groups) in cases {
        assert_eq!(cluster.version().await.as_deref(), Ok(expected));
        assert_eq!(names(&cluster).await.len(), groups, "{expected}");
        let said = cluster.version_within(Duration::from_secs(600));
        assert_eq!(said.as_deref(), Some(expected));
    }
    assert_eq!((count(&seen, "/apis"), count(&seen, "/readyz")), (2, 2));
    pass(600).await;
    assert_eq!(cluster.version_within(Duration::from_secs(600)), None);
}

#[tokio::test]
async fn a_group_that_cannot_be_read_again_has_what_it_had() {
    let groups = json!({"kind": "APIGroupList", "groups": [
        {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]}]});
    let kinds = json!({"kind": "APIResourceList", "resources": [
        {"name": "deployments", "namespaced": true, "kind": "Deployment", "verbs": ["list", "watch"]}]});
    let (cluster, seen) = cluster(script(vec![
        api(),
        ("/apis", vec![ok(&groups)]),
        (
            "/apis/apps/v1",
            vec![ok(&kinds), reply("403 Forbidden", &json!({}))],
        ),
    ]))
    .await;
    for asked in 1..4 {
        assert_eq!(names(&cluster).await, ["apps/v1/Deployment"]);
        assert_eq!(count(&seen, "/apis/apps/v1"), asked);
        pass(limits::DISCOVERY_KEPT_SECS).await;
    }
}

#[tokio::test]
async fn an_old_server_is_asked_group_by_group() {
    let groups = json!({"kind": "APIGroupList", "groups": [
        {"name": "broken", "versions": [{"groupVersion": "broken/v1", "version": "v1"}]},
        {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]},
    ]});
    let kind = |name: &str, kind: &str| {
        json!({"kind": "APIResourceList", "resources": [
            {"name": name, "namespaced": true, "kind": kind, "verbs": ["list", "watch"]}]})
    };
    let (cluster, _) = cluster(script(vec![
        (
            "/api",
            vec![reply(
                "200 OK",
                &json!({"kind": "APIVersions", "versions": ["v1"]}),
            )],
        ),
        ("/apis", vec![reply("200 OK", &groups)]),
        ("/api/v1", vec![reply("200 OK", &kind("pods", "Pod"))]),
        (
            "/apis/apps/v1",
            vec![reply("200 OK", &kind("deployments", "Deployment"))],
        ),
        (
            "/apis/broken/v1",
            vec![reply("503 Service Unavailable", &json!({}))],
        ),
    ]))
    .await;
    let kinds = cluster.resources().await.expect("discovery");
    let names: Vec<String> = kinds.iter().map(|kind| kind.gvk.to_string()).collect();
    assert_eq!(names, ["v1/Pod", "apps/v1/Deployment"]);
}

#[tokio::test]
async fn a_missing_kind_is_asked_for_once_in_a_while_and_by_tag() {
    let groups = json!({"kind": "APIGroupDiscoveryList", "items": []});
    let (cluster, seen) = cluster(script(vec![
        (
            "/api",
            vec![
                reply("200 OK\r\netag: \"t\"", &groups),
                reply("304 Not Modified", &json!("")),
            ],
        ),
        ("/apis", vec![reply("200 OK", &groups)]),
    ]))
    .await;
    cluster.resources().await.expect("discovery");
    let gvk = Gvk::parse("v1", "Pod");
    let asked = (0..3).map(|_| cluster.resource(&gvk));
    let found = futures::future::join_all(asked).await;
    assert_eq!(found, [Ok(None), Ok(None), Ok(None)]);
    let mut seen = seen.lock().expect("the log").clone();
    seen.sort_unstable();
    assert_eq!(seen, ["/api", "/api T", "/apis", "/apis", "/version"]);
}
