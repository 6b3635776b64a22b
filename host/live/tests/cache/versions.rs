//! A kind that is served in several versions, and a server that becomes another one.

use gantry_live::LiveCluster;
use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{Cluster, ClusterError, Gvk, Object, ObjectRef};

use crate::fake::{World, gone, object, own, present, reference, refused, resource, settle};

const NEW: &str = "v2";

fn new_resource() -> Resource {
    let mut resource = resource();
    resource.gvk = Gvk::parse(NEW, "ConfigMap");
    resource
}

fn new_reference(name: &str) -> ObjectRef {
    ObjectRef {
        gvk: new_resource().gvk,
        ..reference(name)
    }
}

/// The same object as it is in the new version.
fn newer(object: &Object) -> Object {
    let mut value = object.value().clone();
    value["apiVersion"] = NEW.into();
    Object::new(value, None).expect("an object")
}

fn unserved() -> ClusterError {
    ClusterError::UnknownKind(resource().gvk)
}

async fn api_version(live: &LiveCluster, name: &str) -> Option<String> {
    let got = live.get(&new_resource(), "n", name).await;
    got.expect("an answer").map(|o| o.gvk().api_version())
}

/// A name, whether somebody else has the kind in the old version, how its watch ends, the versions that are
/// watched then, and how many requests two looks in the new one cost.
type Case = (
    &'static str,
    bool,
    Option<ClusterError>,
    &'static [&'static str],
    usize,
);

#[tokio::test(start_paused = true)]
async fn a_kind_is_watched_in_the_version_in_which_it_is_had() {
    let cases: [Case; 5] = [
        ("all have moved", false, None, &["v1", NEW], 0),
        (
            "all have moved, and it is refused",
            false,
            Some(refused()),
            &["v1", NEW],
            0,
        ),
        (
            "some have, and it is served no more",
            true,
            Some(unserved()),
            &["v1", NEW],
            0,
        ),
        // What the server has said once is so until the object changes.
        ("some have", true, None, &["v1"], 1),
        // It would be in each version.
        (
            "some have, and it is refused",
            true,
            Some(refused()),
            &["v1"],
            2,
        ),
    ];
    for (name, is_had_by_others, end, versions, gets) in cases {
        let world = World::start(&[own("u1", 1)]).await;
        if is_had_by_others {
            world.live.follow("other", &[reference("b")]).await;
        }
        let next = world.fake.stream();
        if let Some(end) = end {
            world.send([Err(end)]);
            settle().await;
        }
        next.send(present(&newer(&own("u1", 1)))).expect("a watch");
        next.send(Ok(WatchEvent::Listed)).expect("a watch");
        world.fake.set(Err(refused()), Some(newer(&own("u1", 1))));
        // Its last state names it in the old version still.
        let has = [new_reference("a"), reference("a")];
        for _ in 0..2 {
            world.live.follow("shop", &has).await;
            let got = api_version(&world.live, "a").await;
            assert_eq!(got.as_deref(), Some(NEW), "{name}");
        }
        assert_eq!(world.fake.gets(), gets, "{name}");
        assert_eq!(world.fake.versions(), versions, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_in_the_version_that_is_not_watched_is_asked_for_when_it_changes() {
    let world = World::start(&[own("u1", 1)]).await;
    world.live.follow("other", &[reference("b")]).await;
    world
        .live
        .follow("shop", &[new_reference("a"), new_reference("none")])
        .await;
    // What is told, what the server has by then, and what that costs three looks.
    let cases = [
        ("nothing", None, Some(own("u1", 1)), 1),
        (
            "it changes",
            Some(present(&own("u1", 2))),
            Some(own("u1", 2)),
            1,
        ),
        (
            "the answer is newer",
            Some(present(&own("u1", 3))),
            Some(own("u1", 4)),
            3,
        ),
        (
            "it is told",
            Some(present(&own("u1", 4))),
            Some(own("u1", 4)),
            1,
        ),
        (
            "another one comes",
            Some(present(&own("u2", 5))),
            Some(own("u2", 5)),
            1,
        ),
        ("it goes", Some(gone("a")), None, 0),
    ];
    let mut before = 0;
    for (name, event, stored, gets) in cases {
        world.send(event);
        settle().await;
        let expected = stored.as_ref().map(newer);
        world.fake.set(Err(refused()), expected.clone());
        assert!(world.live.is_near(&new_resource()), "{name}");
        for _ in 0..3 {
            let got = world.live.get(&new_resource(), "n", "a").await;
            assert_eq!(got.as_ref(), Ok(&expected), "{name}");
            let none = world.live.get(&new_resource(), "n", "none").await;
            assert_eq!(none, Ok(None), "{name}");
        }
        let asked = world.fake.gets();
        assert_eq!(asked - before, gets, "{name}");
        before = asked;
    }
    assert_eq!(world.fake.versions(), ["v1"]);
}

#[tokio::test(start_paused = true)]
async fn what_changed_while_a_kind_turned_to_another_version_is_heard() {
    let spare = |version| object(Some("shop"), "spare", "u2", version);
    let (edited, gone) = (
        |version| object(Some("web"), "edited", "u3", version),
        object(Some("web"), "gone", "u4", 1),
    );
    let world = World::start(&[own("u1", 1), spare(1), edited(1), gone]).await;
    world.send([Err(unserved())]);
    settle().await;
    world.heard.take();
    let next = world.fake.stream();
    let listed = [own("u1", 1), spare(1), edited(2)];
    for object in &listed {
        next.send(present(&newer(object))).expect("a watch");
    }
    next.send(Ok(WatchEvent::Listed)).expect("a watch");
    world.live.follow("shop", &[new_reference("a")]).await;
    assert_eq!(world.heard.take(), ["web", "web"], "edited, and gone");
    // What nobody wants any more is known in the new version too, to be pruned.
    let tracked = world.live.tracked("shop").await.expect("a known kind");
    assert_eq!(tracked, [newer(&own("u1", 1)), newer(&spare(1))]);
    next.send(present(&newer(&own("u1", 3)))).expect("a watch");
    settle().await;
    assert_eq!(world.heard.take(), ["shop"], "drift in the new version");
    assert_eq!(world.fake.gets(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_has_a_kind_is_told_that_its_version_went() {
    for (end, heard) in [(unserved(), &["other", "shop"] as &[_]), (refused(), &[])] {
        let world = World::start(&[own("u1", 1)]).await;
        world.live.follow("other", &[new_reference("b")]).await;
        world.heard.take();
        world.send([Err(end.clone())]);
        settle().await;
        assert_eq!(world.heard.take(), heard, "{end}");
        // That it is still so is no news.
        let again = world.fake.stream();
        again.send(Err(end.clone())).expect("a watch");
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        assert_eq!(world.heard.take(), [""; 0], "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_in_the_version_of_before_does_not_count() {
    let world = World::start(&[own("u1", 1)]).await;
    world.send([Err(unserved())]);
    settle().await;
    world.fake.set(Err(refused()), Some(own("u1", 2)));
    let release = world.fake.hold_get();
    let live = world.live.clone();
    let asking = tokio::spawn(async move { live.get(&resource(), "n", "a").await });
    settle().await;
    let next = world.fake.stream();
    next.send(present(&newer(&own("u1", 1)))).expect("a watch");
    next.send(Ok(WatchEvent::Listed)).expect("a watch");
    world.live.follow("shop", &[new_reference("a")]).await;
    release.send(()).expect("a get");
    let answer = asking.await.expect("a task");
    assert_eq!(answer, Ok(Some(own("u1", 2))), "as it was asked for");
    let got = api_version(&world.live, "a").await;
    assert_eq!((got.as_deref(), world.fake.gets()), (Some(NEW), 1));
}

#[tokio::test]
async fn a_server_is_what_it_said_last_to_whomever() {
    let world = World::start(&[]).await;
    for (said, expected, asked) in [(None, "v1", 1), (None, "v1", 1), (Some("v2"), "v2", 1)] {
        if let Some(said) = said {
            world.fake.say(said);
        }
        assert_eq!(world.live.version().await.as_deref(), Ok(expected));
        assert_eq!(world.fake.asked(), asked);
    }
}
