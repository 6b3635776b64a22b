//! Kinds that are not served yet.

use std::time::Duration;

use gantry_live::Scope;
use gantry_model::cluster::WatchEvent;
use gantry_model::limits;
use gantry_model::{Cluster, Gvk, Object, ObjectRef};
use serde_json::json;

use crate::fake::{Event, Events, World, reference, settle};

fn unserved(name: &str) -> ObjectRef {
    ObjectRef {
        gvk: Gvk::parse("example.com/v1", "Unserved"),
        ..reference(name)
    }
}

fn crd(name: &str) -> Event {
    let value = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": name}});
    let crd = Object::new(value, None).expect("an object");
    Ok(WatchEvent::Present(Box::new(crd)))
}

/// Three applications that wait for a kind, and the watches of what brings kinds.
async fn waiting() -> (World, Events, Events) {
    let world = World::start(&[]).await;
    let (crds, services) = (world.fake.stream(), world.fake.stream());
    for application in ["a", "b", "c"] {
        let has = [reference("a"), unserved(application)];
        world.live.follow(application, &has).await;
    }
    for events in [&crds, &services] {
        events.send(Ok(WatchEvent::Listed)).expect("a watch");
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    (world, crds, services)
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_kind_is_told_once_when_it_is_served() {
    let (world, crds, services) = waiting().await;
    assert_eq!(world.fake.watched().len(), 3, "one watch of each for all");
    assert_eq!(world.heard.take(), [""; 0]);
    world.fake.kind_asked("Unserved");
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    crds.send(crd("widgets.other.example")).expect("a watch");
    settle().await;
    assert_eq!(world.fake.kind_asked("Unserved"), 0, "no sign of it");
    crds.send(crd("unserveds.example.com")).expect("a watch");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let most = limits::LIVE_KIND_LOOKS_MAX as usize;
    assert_eq!(
        world.fake.kind_asked("Unserved"),
        most,
        "it is not served yet"
    );
    world.fake.serve_all();
    for _ in 0..20 {
        crds.send(crd("unserveds.example.com")).expect("a watch");
    }
    services.send(crd("v1.example.com")).expect("a watch");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.heard.take(), ["a", "b", "c"]);
    assert_eq!(world.fake.kind_asked("Unserved"), 1);
    // Nobody waits any more.
    assert!(crds.is_closed() && services.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_lookout_ends_with_those_who_wait() {
    let (world, crds, _services) = waiting().await;
    for application in ["a", "b", "c"] {
        assert!(!crds.is_closed());
        world.live.follow(application, &[reference("a")]).await;
        tokio::time::sleep(Duration::from_secs(2 * limits::LIVE_SWEEP_SECS)).await;
    }
    assert!(crds.is_closed());
    // The next one begins anew.
    let again = world.fake.stream();
    world.live.follow("a", &[unserved("a")]).await;
    settle().await;
    again.send(Ok(WatchEvent::Listed)).expect("a watch");
    world.fake.serve_all();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.heard.take(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn what_lies_outside_the_scope_is_not_looked_at() {
    let world = World::new(Scope {
        namespaces: vec!["n".to_owned()],
        cluster_resources: false,
    });
    world.live.follow("a", &[unserved("a")]).await;
    settle().await;
    assert_eq!(world.fake.watched(), []);
}
