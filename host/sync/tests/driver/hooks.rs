//! Hooks and phases.

use super::{Fake, object, run, sync, told};
use gantry_model::Object;
use serde_json::json;

fn hook(name: &str, phase: &str, more: &[&str]) -> Object {
    let phase = format!("hook={phase}");
    let all: Vec<&str> = [phase.as_str()]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    object("Job", name, &all)
}

#[tokio::test(start_paused = true)]
async fn phases_and_waves_come_one_after_the_other() {
    let cluster = Fake::new();
    let objects = [
        hook("after", "PostSync", &[]),
        object("ConfigMap", "late", &["sync-wave=1"]),
        object("ConfigMap", "plain", &[]),
        hook("before", "PreSync", &[]),
        hook("beside", "Sync", &["sync-wave=-1"]),
        hook("if-failed", "SyncFail", &[]),
    ];
    let report = run(&cluster, "1", &objects).await;
    assert_eq!(
        told(&report),
        [
            "before ran",
            "beside ran",
            "plain created",
            "late created",
            "after ran"
        ]
    );
    assert_eq!(
        cluster.log(),
        [
            "create Job/before",
            "create Job/beside",
            "create ConfigMap/plain",
            "create ConfigMap/late",
            "create Job/after",
        ]
    );
    assert!(!report.failed());
    // They stay, since nothing else was asked, and nothing keeps them.
    let job = cluster.get_value("Job", "before").expect("the hook");
    assert_eq!(job["metadata"]["finalizers"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn the_next_sync_makes_hooks_anew() {
    let cluster = Fake::new();
    let objects = [
        hook("before", "PreSync", &[]),
        object("ConfigMap", "plain", &[]),
    ];
    run(&cluster, "1", &objects).await;
    cluster.clear_log();
    let report = run(&cluster, "2", &objects).await;
    assert_eq!(told(&report), ["before ran", "plain unchanged"]);
    assert_eq!(cluster.log(), ["delete Job/before", "create Job/before"]);
}

#[tokio::test(start_paused = true)]
async fn delete_policies_are_heeded() {
    let cluster = Fake::new();
    let objects = [
        hook("ok", "PreSync", &["hook-delete-policy=HookSucceeded"]),
        hook("kept", "PreSync", &["hook-delete-policy=HookFailed"]),
        object("ConfigMap", "plain", &[]),
    ];
    run(&cluster, "1", &objects).await;
    assert!(cluster.get_value("Job", "ok").is_none());
    assert!(cluster.get_value("Job", "kept").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_ends_the_sync_and_starts_the_hooks_for_that() {
    let cluster = Fake::new();
    let objects = [
        hook("fails", "PreSync", &["hook-delete-policy=HookFailed"]),
        object("ConfigMap", "plain", &[]),
        hook("clean", "SyncFail", &[]),
    ];
    let report = run(&cluster, "1", &objects).await;
    assert_eq!(
        told(&report),
        ["fails failed: Failed", "plain not-reached", "clean ran"]
    );
    assert!(report.failed());
    assert!(cluster.get_value("Job", "fails").is_none(), "its policy");
    assert!(cluster.get_value("ConfigMap", "plain").is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_when_something_is_refused() {
    let cluster = Fake::new();
    let objects = [
        hook("before", "PreSync", &[]),
        object("ConfigMap", "plain", &[]),
        object("ConfigMap", "refused", &["sync-wave=3"]),
        hook("clean", "SyncFail", &[]),
    ];
    let report = run(&cluster, "1", &objects).await;
    assert_eq!(
        told(&report),
        [
            "before not-reached",
            "plain not-reached",
            "refused failed: refused by admission"
        ]
    );
    assert!(cluster.log().is_empty(), "{:?}", cluster.log());
}

#[tokio::test(start_paused = true)]
async fn generated_names_say_revision_phase_and_number() {
    let cluster = Fake::new();
    let mut value = hook("x", "PreSync,PostSync", &[]).into_value();
    value["metadata"]["name"] = json!(null);
    value["metadata"]["generateName"] = json!("migrate-");
    let object = Object::new(value, None).expect("an object");
    let report = run(&cluster, "1", &[object]).await;
    assert_eq!(
        told(&report),
        [
            "migrate-0123456-presync-7 ran",
            "migrate-0123456-postsync-7 ran"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_hook_of_two_phases_runs_in_both() {
    let cluster = Fake::new();
    let objects = [
        hook("both", "PreSync,PostSync", &[]),
        object("ConfigMap", "plain", &[]),
    ];
    let report = run(&cluster, "1", &objects).await;
    assert_eq!(told(&report), ["both ran", "plain created", "both ran"]);
    assert_eq!(cluster.succeeded()["both"], 2);
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_hooks_and_tells_how_far_it_came() {
    let cluster = Fake::new();
    let objects = [
        hook("before", "PreSync", &[]),
        object("ConfigMap", "plain", &[]),
    ];
    let sync = sync(&cluster, "1");
    let cancel = sync.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        cancel.cancel();
    });
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    let report = sync.tidy(ended).await;
    assert!(report.cancelled);
    assert_eq!(
        told(&report),
        ["before failed: cancelled", "plain not-reached: cancelled"]
    );
    assert_eq!(cluster.content(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_next_wave_waits_until_pruned_objects_are_gone() {
    let cluster = Fake::new();
    let mut old = object("ConfigMap", "old", &["tracking-id=app:/ConfigMap:ns/old"]).into_value();
    old["metadata"]["finalizers"] = json!(["example.com/slow"]);
    cluster.put(old);
    let objects = [
        object("ConfigMap", "a", &[]),
        object("ConfigMap", "b", &["sync-wave=1"]),
    ];
    let sync = gantry_sync::Sync {
        options: gantry_sync::Options {
            timeout: std::time::Duration::from_secs(3),
            ..super::options()
        },
        ..sync(&cluster, "1")
    };
    let ended = sync.run(objects.to_vec()).await.expect("a cluster");
    let rows = told(&ended.report);
    let stuck = "old failed: deleted, but not gone in time; goes when its finalizers are removed: \
                 example.com/slow";
    assert_eq!(rows, [stuck, "a created", "b not-reached"]);
}
