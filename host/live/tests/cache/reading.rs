//! What is answered from memory, and what by the server.

use std::time::{Duration, Instant};

use futures::StreamExt;
use gantry_live::Scope;
use gantry_model::Cluster;
use gantry_model::cluster::WatchEvent;

use crate::fake::{World, object, own, present, reference, refused, resource, settle};

#[tokio::test]
async fn an_object_that_is_wanted_later_is_asked_for_once() {
    let foreign = object(None, "b", "ub", 1);
    let world = World::start(std::slice::from_ref(&foreign)).await;
    world.fake.set(Ok(foreign.clone()), Some(foreign.clone()));
    world.live.follow("shop", &[reference("b")]).await;
    for _ in 0..5 {
        let got = world.live.get(&resource(), "n", "b").await;
        assert_eq!(got, Ok(Some(foreign.clone())));
    }
    assert_eq!(world.fake.gets(), 1);
    assert_eq!(world.heard.take(), [""; 0]);
    // It is kept for as long as anybody wants it.
    assert_eq!(world.live.stats().objects, 1);
    world.live.follow("shop", &[reference("a")]).await;
    assert_eq!(world.live.stats().objects, 0);
}

#[tokio::test]
async fn a_kind_that_may_not_be_watched_costs_no_more_than_requests() {
    let world = World::new(Scope::default());
    world.fake.set(Ok(own("u1", 3)), Some(own("u1", 3)));
    world.send([Err(refused())]);
    let began = Instant::now();
    world.live.follow("shop", &[reference("a")]).await;
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(world.version().await.as_deref(), Some("3"));
    assert_eq!(world.fake.gets(), 1);
    assert!(!world.live.is_near(&resource()));
    assert_eq!(world.live.tracked("shop").await, None);
    assert_eq!(
        world.live.failures(),
        [(resource().gvk, refused())],
        "it can be said why"
    );
    let _hold = world.live.watch(&resource(), Some("n"));
    assert_eq!(world.fake.watched().last(), Some(&Some("n".to_owned())));
}

#[tokio::test]
async fn a_kind_is_searched_unless_all_of_it_is_known() {
    let cases = [
        ("ConfigMap", "n", true),
        // Not watched since it changes all the time, but it may be an application's.
        ("Lease", "n", false),
        ("Unserved", "n", true),
    ];
    for (kind, namespace, is_known) in cases {
        let world = World::start(&[own("u1", 1)]).await;
        let mut also = reference("x");
        also.gvk.kind = kind.to_owned();
        also.namespace = namespace.to_owned();
        world.live.follow("shop", &[reference("a"), also]).await;
        let tracked = world.live.tracked("shop").await;
        assert_eq!(tracked.is_some(), is_known, "{kind}");
    }
    let world = World::start(&[own("u1", 1)]).await;
    world.send([Err(refused())]);
    settle().await;
    assert_eq!(world.live.tracked("shop").await, None);
    assert_eq!(world.live.tracked("nobody").await, None);
}

#[tokio::test]
async fn what_is_outside_the_scope_is_for_the_server() {
    let scope = Scope {
        namespaces: vec!["n".to_owned()],
        cluster_resources: false,
    };
    let world = World::new(scope);
    world.send([present(&own("u1", 1)), Ok(WatchEvent::Listed)]);
    world.live.follow("shop", &[reference("a")]).await;
    world.fake.set(Ok(own("u1", 1)), None);
    assert_eq!(world.version().await.as_deref(), Some("1"));
    let cases = [(Some("n"), 1), (Some("other"), 2), (None, 3)];
    for (namespace, watches) in cases {
        let mut feed = world.live.watch(&resource(), namespace);
        let most = Duration::from_millis(50);
        let first = tokio::time::timeout(most, feed.next()).await;
        assert_eq!(first.is_ok(), watches == 1, "{namespace:?}");
        assert_eq!(world.fake.watched().len(), watches, "{namespace:?}");
    }
    let got = world.live.get(&resource(), "other", "a").await;
    assert_eq!((got, world.fake.gets()), (Ok(None), 1));
}
