//! Who hears of changes, and what those who watch are given.

use std::time::Duration;

use futures::StreamExt;
use gantry_live::Scope;
use gantry_model::Cluster;
use gantry_model::cluster::WatchEvent;

use crate::fake::{Event, World, gone, object, own, present, refused, resource, settle};

/// A name, the events of the next watch, the version that is known then, and who hears of it.
type Case = (
    &'static str,
    Vec<Event>,
    Option<&'static str>,
    &'static [&'static str],
);

#[tokio::test(start_paused = true)]
async fn what_changed_while_no_watch_was_open_is_heard() {
    let listed = || Ok(WatchEvent::Listed);
    let cases: [Case; 3] = [
        (
            "changed",
            vec![present(&own("u1", 7)), listed()],
            Some("7"),
            &["shop"],
        ),
        (
            "same",
            vec![present(&own("u1", 1)), listed()],
            Some("1"),
            &[],
        ),
        ("gone", vec![listed()], None, &["shop"]),
    ];
    for (name, events, version, heard) in cases {
        let world = World::start(&[own("u1", 1)]).await;
        assert_eq!(world.heard.take(), [""; 0], "{name}: the first list");
        let again = world.fake.stream();
        for event in events {
            again.send(event).expect("a watch");
        }
        world.send([Err(refused())]);
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        assert_eq!(world.version().await.as_deref(), version, "{name}");
        assert_eq!(world.fake.gets(), 0, "{name}");
        assert_eq!(world.heard.take(), heard, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_good_list_the_next_failure_is_mended_soon() {
    let world = World::start(&[own("u1", 1)]).await;
    let mut events = world.events.clone();
    for round in 0..8 {
        let again = world.fake.stream();
        again.send(Ok(WatchEvent::Listed)).expect("a watch");
        events.send(Err(refused())).expect("a watch");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(world.fake.watched().len(), round + 2);
        events = again;
    }
}

#[tokio::test]
async fn a_late_reader_hears_what_went() {
    let other = |version| object(Some("shop"), "b", "ub", version);
    let world = World::start(&[own("u1", 1), other(1)]).await;
    let mut feed = world.live.watch(&resource(), Some("n"));
    for _ in 0..3 {
        feed.next().await;
    }
    world.send([gone("a")]);
    world.send((2..2_500).map(|version| present(&other(version))));
    settle().await;
    settle().await;
    let (mut went, mut last) = (0, String::new());
    let most = Duration::from_millis(200);
    while let Ok(Some(Ok(event))) = tokio::time::timeout(most, feed.next()).await {
        match event {
            WatchEvent::Gone(object) => went += usize::from(object.name == "a"),
            WatchEvent::Present(object) => last = object.resource_version().to_owned(),
            WatchEvent::Listed => {}
        }
    }
    assert_eq!((went, last.as_str()), (1, "2499"));
}

#[tokio::test]
async fn whoever_wants_to_hear_of_a_namespace_does() {
    let world = World::new(Scope::default());
    let stray = |name: &str, uid: &str, version| object(None, name, uid, version);
    world.send([present(&stray("first", "u1", 1)), Ok(WatchEvent::Listed)]);
    let residents = world.live.residents("shop", "n").await.expect("a watch");
    let names: Vec<&str> = residents.iter().map(|r| r.object.name.as_str()).collect();
    assert_eq!(names, ["first"]);
    assert_eq!(world.live.residents("shop", "other").await, Some(vec![]));
    world.live.residents("shop", "n").await.expect("a watch");
    let cases: [(&str, Event, &[&str]); 4] = [
        ("one comes", present(&stray("second", "u2", 2)), &["shop"]),
        ("it changes", present(&stray("second", "u2", 3)), &[]),
        (
            "it is taken",
            present(&object(Some("web"), "second", "u2", 4)),
            &["shop", "web"],
        ),
        ("one goes", gone("first"), &["shop"]),
    ];
    for (what, event, heard) in cases {
        world.send([event]);
        settle().await;
        assert_eq!(world.heard.take(), heard, "{what}");
    }
    world.live.leave_residents("shop");
    world.send([present(&stray("third", "u3", 5))]);
    settle().await;
    assert_eq!(world.heard.take(), [""; 0]);
    assert_eq!(
        world.live.stats().objects,
        1,
        "of what is nobody's nothing is kept"
    );
}
