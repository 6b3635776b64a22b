//! A server that fails: what is sent again, what is waited for, and what is told in the end.

use std::time::{Duration, Instant};

use gantry_model::cluster::{ListOptions, Page, PatchKind, WriteOptions};
use gantry_model::{Cluster as _, ClusterError, Object, limits};
use serde_json::{Value, json};

use crate::server::{Log, Reply, Server, cluster, cut, reply, script};
use crate::{expired, list, pod, pods};

const PODS: &str = "/api/v1/namespaces/a/pods";
const WRITE: WriteOptions<'static> = WriteOptions {
    field_manager: "gantry",
    dry_run: false,
    validate: true,
};

fn count(seen: &Log, start: &str) -> usize {
    let seen = seen.lock().expect("the log");
    seen.iter().filter(|path| path.starts_with(start)).count()
}

fn status(head: &'static str, reason: &str, message: &str) -> Reply {
    let status = json!({"kind": "Status", "reason": reason, "message": message});
    reply(head, &status)
}

fn an_object(value: Value) -> Object {
    Object::new(value, None).expect("an object")
}

#[tokio::test]
async fn faults_that_pass_are_not_told() {
    let faults = vec![
        status(
            "500 Internal Server Error",
            "InternalError",
            "etcdserver: leader changed",
        ),
        status("502 Bad Gateway", "", ""),
        status("503 Service Unavailable", "", "apiserver not ready"),
        cut(),
        status(
            "504 Gateway Timeout",
            "Timeout",
            "etcdserver: request timed out",
        ),
        list("1", "", &[pod("a", "1")]),
    ];
    let tries = faults.len();
    let (cluster, seen) = cluster(script(vec![("/api/v1/pods", faults)])).await;
    let listed = cluster.list(&pods(), None).await.expect("a list");
    assert_eq!(listed.len(), 1);
    assert_eq!(count(&seen, "/api/v1/pods"), tries);
}

#[tokio::test]
async fn a_server_that_has_too_much_says_when_to_come_back() {
    let busy = status(
        "429 Too Many Requests\r\nretry-after: 1",
        "TooManyRequests",
        "too many requests, please try again later",
    );
    let (cluster, seen) = cluster(script(vec![(
        "/api/v1/pods",
        vec![busy.clone(), busy, list("1", "", &[])],
    )]))
    .await;
    let began = Instant::now();
    cluster.list(&pods(), None).await.expect("a list");
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(count(&seen, "/api/v1/pods"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_stays_is_told_in_the_servers_words() {
    let words = "failed calling webhook \"policy\": connection refused";
    let refused = status("500 Internal Server Error", "InternalError", words);
    let (cluster, seen) = cluster(script(vec![(PODS, vec![refused])])).await;
    let created = cluster
        .create(&pods(), &an_object(pod("a", "")), WRITE)
        .await;
    assert_eq!(created, Err(ClusterError::Transient(words.to_owned())));
    let tries = usize::try_from(limits::API_FAULT_TRIES_MAX).expect("a number");
    assert_eq!(count(&seen, PODS), tries);
    assert_eq!(
        count(&seen, "/readyz"),
        tries,
        "each time: does the server work?"
    );
}

#[tokio::test]
async fn a_creation_without_an_answer_may_have_been_done() {
    let there = status("409 Conflict", "AlreadyExists", "pods \"a\" already exists");
    let (cluster, seen) = cluster(script(vec![(PODS, vec![cut(), there])])).await;
    cluster.version().await.expect("a first answer");
    let object = an_object(pod("a", ""));
    let already = |maybe_ours| {
        Err(ClusterError::AlreadyExists {
            message: "pods \"a\" already exists".to_owned(),
            maybe_ours,
        })
    };
    assert_eq!(cluster.create(&pods(), &object, WRITE).await, already(true));
    assert_eq!(
        cluster.create(&pods(), &object, WRITE).await,
        already(false)
    );
    assert_eq!(count(&seen, PODS), 3);
}

#[tokio::test]
async fn a_replacement_without_an_answer_may_have_been_done() {
    let changed = status("409 Conflict", "Conflict", "the object has been modified");
    let (cluster, _) = cluster(script(vec![(PODS, vec![cut(), changed])])).await;
    cluster.version().await.expect("a first answer");
    let replaced = cluster
        .replace(&pods(), &an_object(pod("a", "7")), WRITE)
        .await;
    let error = replaced.expect_err("another version");
    assert!(
        matches!(
            error,
            ClusterError::Modified {
                maybe_ours: true,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_patch_of_another_version_is_not_tried_again() {
    let version = |value: &str| json!([{"op": "replace", "path": "/metadata/resourceVersion", "value": value}]);
    for (body, kind) in [
        (version("7"), PatchKind::Json),
        (
            json!({"metadata": {"resourceVersion": "7"}}),
            PatchKind::Merge,
        ),
    ] {
        let changed = status("409 Conflict", "Conflict", "the object has been modified");
        let (cluster, seen) = cluster(script(vec![(PODS, vec![changed])])).await;
        let reference = an_object(pod("a", "")).reference();
        let patched = cluster.patch(&pods(), &reference, kind, &body, WRITE).await;
        let error = patched.expect_err("another version");
        assert!(matches!(error, ClusterError::Modified { .. }), "{error:?}");
        assert_eq!(count(&seen, PODS), 1);
    }
}

#[tokio::test]
async fn operations_are_not_sent_twice() {
    let done = reply("200 OK", &pod("a", "2"));
    let (cluster, seen) = cluster(script(vec![(PODS, vec![cut(), done])])).await;
    cluster.version().await.expect("a first answer");
    let (reference, body) = (an_object(pod("a", "")).reference(), json!([]));
    let pods = pods();
    let patch = || cluster.patch(&pods, &reference, PatchKind::Json, &body, WRITE);
    let error = patch().await.expect_err("no answer");
    assert!(
        error
            .to_string()
            .contains("may have been made all the same"),
        "{error}"
    );
    assert_eq!(count(&seen, PODS), 1);
    patch().await.expect("patched");
}

#[tokio::test]
async fn a_server_that_restarts_is_waited_for() {
    let (first, second) = (
        list("1", "more", &[pod("a", "1")]),
        list("1", "", &[pod("b", "1")]),
    );
    let starting = status("500 Internal Server Error", "", "[-]poststarthook failed");
    let mut server = Server::start(script(vec![
        ("/api/v1/pods?limit=500", vec![first]),
        ("/api/v1/pods?limit=500&continue=more", vec![second]),
        (
            "/readyz",
            vec![starting.clone(), starting, reply("200 OK", &json!("ok"))],
        ),
    ]))
    .await;
    let (cluster, seen) = server.cluster();
    cluster.version().await.expect("a first answer");
    server.stop().await;
    let pods = pods();
    let lists = (0..100).map(|_| cluster.list(&pods, None));
    let (lists, ()) = tokio::join!(futures::future::join_all(lists), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        server.start_again().await;
    });
    for listed in lists {
        assert_eq!(listed.expect("a list").len(), 2);
    }
    assert_eq!(count(&seen, "/readyz"), 3, "one asks for all");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_away_is_told_once_for_all() {
    let mut server = Server::start(script(vec![("/api/v1/pods", vec![list("1", "", &[])])])).await;
    let (cluster, _) = server.cluster();
    cluster.version().await.expect("a first answer");
    server.stop().await;
    let pods = pods();
    let began = tokio::time::Instant::now();
    let lists = (0..100).map(|_| cluster.list(&pods, None));
    let lists = futures::future::join_all(lists).await;
    let waited = began.elapsed().as_secs();
    assert!((90..100).contains(&waited), "{waited}");
    let told = lists.first().expect("one").clone().expect_err("away");
    let text = told.to_string();
    assert!(
        text.starts_with("cannot reach cluster scripted: not ready for 9"),
        "{text}"
    );
    assert!(text.contains("connection refused"), "{text}");
    assert!(lists.iter().all(|listed| *listed == Err(told.clone())));
    let again = cluster.list(&pods, None).await;
    assert_eq!(again, Err(told), "the same words");
    assert_eq!(began.elapsed().as_secs(), waited, "and at once");
    server.start_again().await;
    cluster.list(&pods, None).await.expect("it is back");
}

#[tokio::test]
async fn a_server_that_never_answered_is_told_at_once() {
    let mut server = Server::start(script(vec![])).await;
    let (cluster, _) = server.cluster();
    server.stop().await;
    let began = Instant::now();
    let error = cluster.version().await.expect_err("away");
    assert!(error.to_string().contains("connection refused"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn pages_go_on_where_the_server_says() {
    let mut gone = expired();
    gone["metadata"] = json!({"continue": "now"});
    let again = |gone: Value| {
        script(vec![
            (
                "/api/v1/pods?limit=2",
                vec![list("1", "more", &[pod("a", "1"), pod("b", "1")])],
            ),
            (
                "/api/v1/pods?limit=2&continue=more",
                vec![reply("410 Gone", &gone)],
            ),
            (
                "/api/v1/pods?limit=2&continue=now",
                vec![list("2", "", &[pod("c", "2")])],
            ),
            ("/api/v1/pods", vec![list("3", "", &[pod("d", "3")])]),
        ])
    };
    let options = ListOptions {
        limit: Some(2),
        ..ListOptions::default()
    };
    // The second server does not say where: what was handed over is void.
    for (gone, expected) in [(gone, vec!["a b", "c"]), (expired(), vec!["a b", "anew d"])] {
        let (cluster, _) = cluster(again(gone)).await;
        let mut pages = Vec::new();
        let mut visit = |page: Page| {
            let names = page.objects.iter().map(Object::name);
            let names = page.anew.then_some("anew").into_iter().chain(names);
            pages.push(names.collect::<Vec<_>>().join(" "));
        };
        let read = cluster.list_pages(&pods(), options, &mut visit).await;
        read.expect("pages");
        assert_eq!(pages, expected);
    }
}

#[tokio::test]
async fn an_object_that_is_too_large_is_told_with_its_size() {
    let mut large = pod("a", "");
    large["spec"] = json!("a".repeat(2 << 20));
    let large = an_object(large);
    let answers = [
        status(
            "413 Payload Too Large",
            "RequestEntityTooLarge",
            "limit is 3145728",
        ),
        status(
            "500 Internal Server Error",
            "",
            "etcdserver: request is too large",
        ),
        status(
            "500 Internal Server Error",
            "",
            "rpc error: code = ResourceExhausted desc = trying to send message larger than max (1 vs. 0)",
        ),
    ];
    for answer in answers {
        let (cluster, seen) = cluster(script(vec![(PODS, vec![answer])])).await;
        let error = cluster
            .create(&pods(), &large, WRITE)
            .await
            .expect_err("too large");
        assert!(matches!(error, ClusterError::Invalid(_)), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains("2.00 MiB as JSON") && text.contains("3.00 MiB"),
            "{text}"
        );
        assert_eq!(count(&seen, PODS), 1, "another try is in vain");
    }
}

#[tokio::test]
async fn a_missing_conversion_webhook_is_told_at_once() {
    let words = "conversion webhook for example.org/v1, Kind=Turn failed: no endpoints";
    let broken = status("500 Internal Server Error", "InternalError", words);
    let (cluster, seen) = cluster(script(vec![("/api/v1/pods", vec![broken])])).await;
    let error = cluster
        .list(&pods(), None)
        .await
        .expect_err("no conversion");
    assert!(
        error
            .to_string()
            .starts_with("v1/Pod: its conversion webhook"),
        "{error}"
    );
    assert_eq!(count(&seen, "/api/v1/pods"), 1);
}
