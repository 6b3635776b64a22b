//! Killed at any write, before or after it has its effect, and run again: the end is that of an
//! undisturbed run, and no hook that had succeeded ran twice.

use super::fake::Kill;
use super::{Fake, object, run, sync};
use gantry_model::Object;

fn objects() -> Vec<Object> {
    let hook = |name: &str, phase: &str, more: &[&str]| {
        let phase = format!("hook={phase}");
        let all = [&[phase.as_str()], more].concat();
        object("Job", name, &all)
    };
    vec![
        hook("migrate", "PreSync", &["hook-delete-policy=HookSucceeded"]),
        hook("check", "PreSync", &["sync-wave=1"]),
        object("ConfigMap", "a", &[]),
        object("ConfigMap", "b", &["sync-wave=1"]),
        object("ConfigMap", "c", &["sync-wave=2"]),
        hook(
            "warm",
            "Sync",
            &[
                "sync-wave=1",
                "hook-delete-policy=BeforeHookCreation,HookSucceeded",
            ],
        ),
        hook("report", "PostSync", &["hook-delete-policy=HookSucceeded"]),
    ]
}

/// What an earlier sync of an earlier commit left: objects to prune, hooks to make anew.
async fn earlier(cluster: &Fake) {
    let mut before = objects();
    before.push(object("ConfigMap", "gone-1", &[]));
    before.push(object("ConfigMap", "gone-2", &["sync-wave=1"]));
    run(cluster, "0", &before).await;
    cluster.clear_log();
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_write_changes_nothing_about_the_end() {
    let undisturbed = Fake::new();
    earlier(&undisturbed).await;
    let counted = undisturbed.killing(Kill::Never);
    run(&counted, "1", &objects()).await;
    let writes = counted.writes();
    assert!(writes > 10, "{writes}");
    let expected = undisturbed.content();

    for number in 1..=writes {
        for kill in [Kill::Before(number), Kill::After(number)] {
            let cluster = Fake::new();
            earlier(&cluster).await;
            let before = cluster.succeeded();
            let doomed = cluster.killing(kill);
            let first = sync(&doomed, "1");
            let mut ended = false;
            let whole = async {
                let done = first.run(objects()).await.expect("a cluster");
                ended = true;
                first.tidy(done).await
            };
            tokio::select! {
                () = doomed.killed() => {}
                _ = whole => unreachable!("{kill:?} came too late"),
            }
            // Once its end is on record, the next one is another operation.
            let next = if ended { "2" } else { "1" };
            let report = run(&cluster, next, &objects()).await;
            assert!(!report.failed(), "{kill:?}: {:?}", super::told(&report));
            assert_eq!(cluster.content(), expected, "{kill:?}");
            for (hook, times) in cluster.succeeded() {
                let times = times - before.get(&hook).copied().unwrap_or_default();
                let most = if ended { 2 } else { 1 };
                assert!(
                    times == most,
                    "{kill:?}: {hook} ran {times} times: {:#?}",
                    cluster.log()
                );
            }
        }
    }
}
