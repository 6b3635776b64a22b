//! What is known after a write.

use gantry_live::Scope;
use gantry_model::cluster::{DeleteOptions, WatchEvent};
use gantry_model::{Cluster, ClusterError, Object};

use crate::fake::{World, gone, object, own, present, reference, resource, settle, write};

/// A write that is answered in some way.
enum Write {
    Create,
    Replace,
    Delete,
    DryRun,
}

impl Write {
    async fn make(&self, world: &World) {
        let (live, resource, object) = (&world.live, resource(), own("u1", 1));
        match self {
            Self::Create => drop(live.create(&resource, &object, write(false)).await),
            Self::Replace => drop(live.replace(&resource, &object, write(false)).await),
            Self::DryRun => drop(live.replace(&resource, &object, write(true)).await),
            Self::Delete => {
                let options = DeleteOptions::default();
                drop(live.delete(&resource, &reference("a"), options).await);
            }
        }
    }
}

fn modified() -> ClusterError {
    ClusterError::Modified {
        message: "m".to_owned(),
        maybe_ours: false,
    }
}

fn exists() -> ClusterError {
    ClusterError::AlreadyExists {
        message: "m".to_owned(),
        maybe_ours: false,
    }
}

fn missing() -> ClusterError {
    ClusterError::NotFound("a".to_owned())
}

#[tokio::test]
async fn what_a_write_leaves_in_doubt_is_asked_for_once() {
    let conflict = || ClusterError::Conflict(Vec::new());
    let new = || own("u1", 2);
    let cases = [
        ("modified", Write::Replace, Err(modified()), Some(new()), 1),
        ("missing", Write::Replace, Err(missing()), None, 1),
        ("conflict", Write::Replace, Err(conflict()), Some(new()), 1),
        ("exists", Write::Create, Err(exists()), Some(new()), 1),
        ("deleted", Write::Delete, Ok(new()), None, 1),
        (
            "not deleted",
            Write::Delete,
            Err(modified()),
            Some(new()),
            1,
        ),
        ("newer dry run", Write::DryRun, Ok(new()), Some(new()), 1),
        (
            "dry run of another",
            Write::DryRun,
            Ok(own("u2", 1)),
            None,
            1,
        ),
        (
            "dry run, modified",
            Write::DryRun,
            Err(modified()),
            Some(new()),
            1,
        ),
        // What says nothing of a change is no reason to ask.
        (
            "dry run, conflict",
            Write::DryRun,
            Err(conflict()),
            Some(own("u1", 1)),
            0,
        ),
        (
            "same dry run",
            Write::DryRun,
            Ok(own("u1", 1)),
            Some(own("u1", 1)),
            0,
        ),
        ("accepted", Write::Replace, Ok(new()), Some(new()), 0),
    ];
    for (name, write, answer, stored, gets) in cases {
        let world = World::start(&[own("u1", 1)]).await;
        let expected = stored.as_ref().map(|s| s.resource_version().to_owned());
        world.fake.set(answer, stored);
        write.make(&world).await;
        for _ in 0..3 {
            assert_eq!(world.version().await, expected, "{name}");
        }
        assert_eq!(world.fake.gets(), gets, "{name}");
    }
}

#[tokio::test]
async fn events_that_tell_enough_end_a_doubt() {
    let cases = [
        (Write::Delete, gone("a"), None, 0),
        (Write::Delete, present(&own("u2", 3)), Some(own("u2", 3)), 0),
        (Write::DryRun, present(&own("u1", 2)), Some(own("u1", 2)), 0),
        // This may have been under way when the delete was accepted.
        (Write::Delete, present(&own("u1", 2)), None, 1),
    ];
    for (write, event, stored, gets) in cases {
        let world = World::start(&[own("u1", 1)]).await;
        let name = format!("{event:?}");
        let expected = stored.as_ref().map(|s| s.resource_version().to_owned());
        world.fake.set(Ok(own("u1", 2)), stored);
        write.make(&world).await;
        world.send([event]);
        settle().await;
        assert_eq!(world.version().await, expected, "{name}");
        assert_eq!(world.fake.gets(), gets, "{name}");
    }
}

async fn created(world: &World, new: &Object) {
    world.fake.set(Ok(new.clone()), Some(new.clone()));
    let created = world.live.create(&resource(), new, write(false)).await;
    created.expect("an object");
}

#[tokio::test]
async fn a_recreated_object_is_there_and_a_late_answer_brings_none_back() {
    let cases = [("u2", 5, Some("5")), ("u1", 1, None), ("u1", 5, None)];
    for (uid, version, expected) in cases {
        let world = World::start(&[own("u1", 1)]).await;
        world.send([gone("a")]);
        settle().await;
        created(&world, &own(uid, version)).await;
        assert_eq!(world.version().await.as_deref(), expected, "{uid}");
        assert_eq!(world.fake.gets(), 0, "{uid}");
    }
}

#[tokio::test]
async fn the_end_of_an_object_is_not_that_of_the_one_created_after_it() {
    let world = World::start(&[own("u1", 1)]).await;
    Write::Delete.make(&world).await;
    created(&world, &own("u2", 5)).await;
    world.send([gone("a")]);
    settle().await;
    assert_eq!(world.version().await.as_deref(), Some("5"));
    let tracked = world.live.tracked("shop").await.expect("a known kind");
    assert_eq!(tracked, [own("u2", 5)]);
}

#[tokio::test]
async fn what_is_written_while_a_kind_is_listed_stays() {
    let world = World::new(Scope::default());
    let live = world.live.clone();
    let following = tokio::spawn(async move { live.follow("shop", &[reference("a")]).await });
    settle().await;
    created(&world, &own("u2", 5)).await;
    world.send([Ok(WatchEvent::Listed)]);
    following.await.expect("a task");
    assert_eq!(world.version().await.as_deref(), Some("5"));
    // It may have gone before the list was read.
    world.fake.set(Ok(own("u2", 5)), None);
    let tracked = world.live.tracked("shop").await;
    assert_eq!(tracked.map(|objects| objects.len()), Some(1));
}

#[tokio::test]
async fn others_hear_of_a_write_and_the_writer_does_not() {
    let world = World::start(&[own("u1", 1)]).await;
    world.live.follow("other", &[reference("a")]).await;
    let taken_over = object(Some("other"), "a", "u1", 2);
    world.fake.set(Ok(taken_over.clone()), None);
    let written = world
        .live
        .replace(&resource(), &taken_over, write(false))
        .await;
    written.expect("an object");
    world.send([present(&taken_over)]);
    settle().await;
    assert_eq!(world.heard.take(), ["shop"]);
}
