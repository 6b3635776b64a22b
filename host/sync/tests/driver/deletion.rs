//! The deletion of an application.

use std::time::Duration;

use super::fake::Kill;
use super::{Fake, object, run, sync, told};
use gantry_model::Object;
use gantry_model::cluster::Propagation;
use gantry_sync::{Extent, HookExtent, Options, Report, Sync};
use serde_json::json;

fn hook(name: &str, phase: &str, more: &[&str]) -> Object {
    let phase = format!("hook={phase}");
    object("Job", name, &[&[phase.as_str()], more].concat())
}

fn objects() -> Vec<Object> {
    vec![
        hook("backup", "PreDelete", &[]),
        object("ConfigMap", "first", &[]),
        object("ConfigMap", "second", &["sync-wave=1"]),
        object("Job", "work", &["sync-wave=1"]),
        hook("farewell", "PostDelete", &[]),
    ]
}

/// A cluster with the application and an object of somebody else.
async fn synced(objects: &[Object]) -> Fake {
    let cluster = Fake::new();
    cluster.put(object("ConfigMap", "other", &[]).into_value());
    let report = run(&cluster, "1", objects).await;
    assert!(!report.failed(), "{:?}", told(&report));
    cluster.clear_log();
    cluster
}

async fn delete_with(cluster: &Fake, id: &str, objects: &[Object], options: Options) -> Report {
    let sync = Sync {
        options,
        ..sync(cluster, id)
    };
    let done = sync.delete_application(objects.to_vec()).await;
    done.expect("a cluster")
}

async fn delete(cluster: &Fake, id: &str, objects: &[Object]) -> Report {
    let options = Options {
        timeout: Duration::from_secs(3),
        ..Options::default()
    };
    delete_with(cluster, id, objects, options).await
}

/// Gives a live object a finalizer that nobody removes, or takes it away.
fn hold(cluster: &Fake, kind: &str, name: &str, finalizers: &[&str]) {
    let mut value = cluster.get_value(kind, name).expect("the object");
    value["metadata"]["finalizers"] = json!(finalizers);
    cluster.put(value);
}

fn names(cluster: &Fake) -> Vec<String> {
    let content = cluster.content();
    let name = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    content.iter().map(name).collect()
}

#[tokio::test(start_paused = true)]
async fn hooks_stand_around_the_waves_in_reverse_order() {
    let cluster = synced(&objects()).await;
    let report = delete(&cluster, "2", &objects()).await;
    assert_eq!(
        told(&report),
        [
            "backup ran",
            "work deleted",
            "second deleted",
            "first deleted",
            "farewell ran"
        ]
    );
    assert_eq!(
        cluster.log(),
        [
            "create Job/backup",
            "delete Job/work",
            "delete ConfigMap/second",
            "delete ConfigMap/first",
            "create Job/farewell",
            "delete Job/backup",
            "delete Job/farewell",
        ]
    );
    assert_eq!(names(&cluster), ["ConfigMap/other"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_hook_stops_the_deletion() {
    let all = [
        hook("fails", "PreDelete", &[]),
        object("ConfigMap", "first", &[]),
    ];
    let cluster = synced(&all).await;
    let report = delete(&cluster, "2", &all).await;
    assert_eq!(told(&report), ["fails failed: Failed", "first not-reached"]);
    assert!(cluster.get_value("ConfigMap", "first").is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_to_stay_stays() {
    let all = [
        object("ConfigMap", "kept", &["sync-options=Delete=false"]),
        object("ConfigMap", "asks", &["sync-options=Delete=confirm"]),
        object("ConfigMap", "plain", &[]),
    ];
    let cluster = synced(&all).await;
    let report = delete(&cluster, "2", &all).await;
    assert_eq!(
        told(&report),
        [
            "kept skipped: kept by its sync option Delete=false",
            "asks failed: its sync option Delete=confirm wants a confirmation: --confirm-delete",
            "plain not-reached",
        ]
    );
    assert!(cluster.log().is_empty(), "{:?}", cluster.log());
    let confirmed = Options {
        delete_confirmed: true,
        propagation: Propagation::Background,
        ..Options::default()
    };
    delete_with(&cluster, "3", &all, confirmed).await;
    assert_eq!(names(&cluster), ["ConfigMap/kept", "ConfigMap/other"]);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_object_is_told_and_the_next_deletion_goes_on() {
    let cluster = synced(&objects()).await;
    hold(&cluster, "ConfigMap", "second", &["example.com/slow"]);
    let report = delete(&cluster, "2", &objects()).await;
    let stuck = "second failed: deleted, but not gone in time; goes when its finalizers are \
                 removed: example.com/slow";
    let expected = [
        "backup ran",
        "work deleted",
        stuck,
        "first not-reached",
        "farewell not-reached",
    ];
    assert_eq!(told(&report), expected);
    cluster.free("ConfigMap", "second");
    let report = delete(&cluster, "3", &objects()).await;
    assert_eq!(
        told(&report),
        [
            "backup ran: ran in a deletion that was not finished",
            "first deleted",
            "farewell ran"
        ]
    );
    assert_eq!(cluster.succeeded()["backup"], 1);
    assert_eq!(names(&cluster), ["ConfigMap/other"]);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_and_an_application_that_is_gone_change_nothing() {
    let cluster = synced(&objects()).await;
    let dry = Options {
        dry_run: true,
        ..Options::default()
    };
    let report = delete_with(&cluster, "2", &objects(), dry).await;
    assert!(report.dry_run && !report.failed(), "{:?}", told(&report));
    assert!(cluster.log().is_empty(), "{:?}", cluster.log());
    let only = [hook("backup", "PreDelete", &[])];
    let empty = Fake::new();
    let report = delete(&empty, "1", &only).await;
    let expected = "backup skipped: not run: nothing is left that is not being deleted";
    assert_eq!(told(&report), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_deletion_tells_how_far_it_came() {
    let cluster = synced(&objects()).await;
    hold(&cluster, "ConfigMap", "second", &["example.com/slow"]);
    let sync = sync(&cluster, "2");
    let cancel = sync.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    });
    let report = sync.delete_application(objects()).await.expect("a cluster");
    assert!(report.cancelled);
    let stuck = "second failed: cancelled; deleted, but not gone yet; goes when its finalizers are \
                 removed: example.com/slow";
    let expected = [
        "backup ran",
        "work deleted",
        stuck,
        "first not-reached: cancelled",
        "farewell not-reached: cancelled",
    ];
    assert_eq!(told(&report), expected);
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_write_the_next_deletion_ends_it() {
    let counted = synced(&objects()).await.killing(Kill::Never);
    delete(&counted, "2", &objects()).await;
    let writes = counted.writes();
    assert!(writes > 7, "{writes}");
    for number in 1..=writes {
        for kill in [Kill::Before(number), Kill::After(number)] {
            let cluster = synced(&objects()).await;
            let doomed = cluster.killing(kill);
            let all = objects();
            tokio::select! {
                () = doomed.killed() => {}
                _ = delete(&doomed, "2", &all) => unreachable!("{kill:?} came too late"),
            }
            let report = delete(&cluster, "3", &objects()).await;
            assert!(!report.failed(), "{kill:?}: {:?}", told(&report));
            assert_eq!(names(&cluster), ["ConfigMap/other"], "{kill:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_have_their_turn_although_the_objects_stay() {
    let hook = |run, remove| HookExtent { run, remove };
    let (none, kept, whole) = (hook(false, false), hook(true, false), hook(true, true));
    let removed = hook(false, true);
    let objects_only = ["ConfigMap/first", "ConfigMap/other", "ConfigMap/second"];
    let with = |jobs: &[&str]| {
        let jobs = jobs.iter().map(|name| format!("Job/{name}"));
        let maps = objects_only.iter().map(|&name| name.to_owned());
        maps.chain(jobs).collect::<Vec<_>>()
    };
    type Case<'a> = (HookExtent, HookExtent, &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 5] = [
        (none, whole, &["farewell ran"], &["work"]),
        (none, kept, &["farewell ran"], &["farewell", "work"]),
        (whole, none, &["backup ran"], &["work"]),
        (
            whole,
            kept,
            &["backup ran", "farewell ran"],
            &["farewell", "work"],
        ),
        (none, none, &[], &["work"]),
    ];
    for (before, after, rows, jobs) in cases {
        let cluster = synced(&objects()).await;
        let options = Options {
            extent: Extent {
                objects: false,
                before,
                after,
            },
            ..Options::default()
        };
        let report = delete_with(&cluster, "2", &objects(), options).await;
        assert_eq!(told(&report), rows, "{before:?} {after:?}");
        assert_eq!(names(&cluster), with(jobs), "{before:?} {after:?}");
        // And what an earlier deletion has left.
        let options = Options {
            extent: Extent {
                objects: false,
                before: none,
                after: removed,
            },
            ..Options::default()
        };
        let report = delete_with(&cluster, "3", &[], options).await;
        assert!(told(&report).is_empty() && report.warnings.is_empty());
        assert_eq!(names(&cluster), with(&["work"]), "{before:?} {after:?}");
    }
}
