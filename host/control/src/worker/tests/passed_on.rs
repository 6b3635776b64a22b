//! Applications that wait for one on which another replica works, or nobody.

use std::time::Duration;

use gantry_model::metrics::Exposition;
use serde_json::{Value, json};

use super::world::{World, id};
use crate::auto::Gate;
use crate::worker::Worker;

const PATIENCE: Duration = Duration::from_secs(10);

fn waits() -> Value {
    json!({"metadata": {"annotations": {"gantry.dev/depends-on": "database"}}})
}

/// Its worker takes a turn by what the home has now.
async fn turn(world: &World, worker: &mut Worker) {
    let latest = world.get(&worker.id.name).await.expect("an application");
    assert!(world.shared.present(&worker.id, latest).is_none());
    let post = worker.inbox.wait(None, Duration::ZERO).await;
    assert!(!worker.take(post).await, "it is there");
    worker.turn().await;
}

/// As whoever works on it writes that it is well.
async fn well(world: &World) -> Value {
    let database = world.get("database").await.expect("an application");
    let spec = &database.value()["spec"];
    let compared = json!({"source": spec["source"], "destination": spec["destination"]});
    json!({
        "operation": null,
        "metadata": {"annotations": {"argocd.argoproj.io/refresh": null}},
        "status": {
            "sync": {"status": "Synced", "comparedTo": compared},
            "health": {"status": "Healthy"},
            "operationState": {"phase": "Succeeded"},
        },
    })
}

fn gate(world: &World) -> String {
    match world.shared.board.gate(&id("web")) {
        Gate::Open => "open".to_owned(),
        Gate::Closed { reason, .. } | Gate::Broken { reason } => reason,
    }
}

async fn is_told(worker: &Worker) -> bool {
    let told = worker.inbox.wait(None, Duration::ZERO);
    let told = tokio::time::timeout(PATIENCE, told).await;
    told.is_ok_and(|post| post.reasons.time)
}

fn is_counted(world: &World) -> bool {
    let mut text = Exposition::default();
    world.shared.metrics.write(&mut text);
    text.into_text().contains("name=\"database\"")
}

/// Whoever waits hears of each change of what is written, and goes by it.
async fn goes_by_what_is_written(world: &World, web: &mut Worker, database: &mut Worker) {
    let cases = [
        (
            json!({"status": {"sync": {"status": "OutOfSync"}}}),
            "(OutOfSync, Healthy)",
        ),
        (
            json!({"status": {"health": {"status": "Degraded"}}}),
            "(Synced, Degraded)",
        ),
        (json!({"status": {"sync": null}}), "(it is being compared)"),
        (
            json!({"operation": {"sync": {}}}),
            "(an operation is in progress)",
        ),
        (
            json!({"status": {"operationState": {"phase": "Running"}}}),
            "(an operation is in progress)",
        ),
        (
            json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}),
            "(it is being compared)",
        ),
        (
            json!({"spec": {"source": {"targetRevision": "v2"}}}),
            "(it is being compared)",
        ),
    ];
    for (change, expected) in cases {
        world.patch("database", &change).await;
        turn(world, database).await;
        assert!(is_told(web).await, "{change}");
        let expected = format!("it waits for argocd/database {expected}");
        assert_eq!(gate(world), expected, "{change}");
        let well = well(world).await;
        world.patch("database", &well).await;
        turn(world, database).await;
        assert!(is_told(web).await, "after {change}");
        assert_eq!(gate(world), "open", "after {change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_goes_by_what_the_other_replica_writes() {
    let world = World::new();
    let mut database = world.worker(
        world
            .create(
                "database",
                &json!({"spec": {"destination": {"name": "two"}}}),
            )
            .await,
    );
    database.turn().await;
    let mut web = world.worker(world.create("web", &waits()).await);
    web.turn().await;
    assert!(gate(&world).ends_with("(Unknown, Unknown)") && is_counted(&world));
    world.own(&["one"]);
    let well = well(&world).await;
    world.patch("database", &well).await;
    turn(&world, &mut database).await;
    assert_eq!(gate(&world), "open");
    assert!(is_told(&web).await);
    goes_by_what_is_written(&world, &mut web, &mut database).await;
    assert!(!is_counted(&world), "by its own replica");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_goes_by_what_was_written_of_one_that_is_left_alone() {
    let world = World::new();
    let skip = json!({"metadata": {"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}}});
    let mut database = world.worker(world.create("database", &skip).await);
    database.turn().await;
    let mut web = world.worker(world.create("web", &waits()).await);
    web.turn().await;
    let well = well(&world).await;
    world.patch("database", &well).await;
    turn(&world, &mut database).await;
    assert_eq!(gate(&world), "open");
    assert!(is_told(&web).await);
    goes_by_what_is_written(&world, &mut web, &mut database).await;
    assert!(is_counted(&world));
}
