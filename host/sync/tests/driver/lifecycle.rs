//! Hooks of every kind, wave and delete policy, Helm's among them.

use gantry_model::Object;

use super::{Fake, object, run, told};

fn helm(name: &str, hook: &str, more: &[(&str, &str)]) -> Object {
    let mut object = object("Job", name, &[]);
    object.set_annotation("helm.sh/hook", hook);
    for (key, value) in more {
        object.set_annotation(&format!("helm.sh/{key}"), value);
    }
    object
}

#[tokio::test(start_paused = true)]
async fn hooks_run_wave_by_wave() {
    let cluster = Fake::new();
    let hook = |name: &str, wave: &str| {
        let wave = format!("sync-wave={wave}");
        object("Job", name, &["hook=PreSync", &wave])
    };
    let objects = [
        hook("last", "7"),
        hook("first", "-7"),
        hook("b", "0"),
        hook("a", "0"),
        object("ConfigMap", "plain", &["sync-wave=-9"]),
    ];
    let report = run(&cluster, "1", &objects).await;
    let expected = ["first ran", "a ran", "b ran", "last ran", "plain created"];
    assert_eq!(told(&report), expected);

    // A wave that fails ends it: what would follow has not begun.
    let cluster = Fake::new();
    let objects = [hook("fails", "-1"), hook("later", "0")];
    let report = run(&cluster, "1", &objects).await;
    assert_eq!(told(&report), ["fails failed: Failed", "later not-reached"]);
    assert_eq!(cluster.log(), ["create Job/fails"]);
}

#[tokio::test(start_paused = true)]
async fn helms_hooks_run_by_weight() {
    let cluster = Fake::new();
    let objects = [
        helm("c", "pre-install,pre-upgrade", &[("hook-weight", "5")]),
        helm("a", "pre-install", &[("hook-weight", "-1")]),
        helm("b", "pre-upgrade", &[]),
        object("ConfigMap", "plain", &[]),
        helm("e", "post-upgrade", &[("hook-weight", "1")]),
        helm(
            "d",
            "post-install",
            &[("hook-delete-policy", "hook-succeeded")],
        ),
        helm("tested", "test", &[]),
        helm("undone", "pre-rollback,post-delete", &[]),
    ];
    let report = run(&cluster, "1", &objects).await;
    let expected = ["a ran", "b ran", "c ran", "plain created", "d ran", "e ran"];
    assert_eq!(told(&report), expected);
    assert!(cluster.get_value("Job", "d").is_none(), "its policy");
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[tokio::test(start_paused = true)]
async fn a_hook_stays_or_goes_as_its_policies_add_up() {
    let cases = [
        ("", true, true),
        ("BeforeHookCreation", true, true),
        ("HookSucceeded", false, true),
        ("HookFailed", true, false),
        ("HookSucceeded,HookFailed", false, false),
        (" BeforeHookCreation , HookSucceeded ", false, true),
        ("BeforeHookCreation,HookFailed", true, false),
        ("Unheard", true, true),
    ];
    for (policy, after_success, after_failure) in cases {
        for (name, stays) in [("works", after_success), ("fails", after_failure)] {
            let cluster = Fake::new();
            let policy = format!("hook-delete-policy={policy}");
            let hook = object("Job", name, &["hook=PreSync", &policy]);
            run(&cluster, "1", &[hook]).await;
            let is_there = cluster.get_value("Job", name).is_some();
            assert_eq!(is_there, stays, "{name} {policy}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_is_not_deleted_before_does_not_run_again() {
    for (policy, expected) in [
        (
            "BeforeHookCreation",
            ["delete Job/once", "create Job/once"].as_slice(),
        ),
        ("HookFailed", ["change Job/once"].as_slice()),
    ] {
        let cluster = Fake::new();
        let policy = format!("hook-delete-policy={policy}");
        let hook = object("Job", "once", &["hook=PreSync", &policy]);
        run(&cluster, "1", std::slice::from_ref(&hook)).await;
        cluster.clear_log();
        let report = run(&cluster, "2", &[hook]).await;
        assert_eq!(told(&report), ["once ran"]);
        assert_eq!(cluster.log(), expected, "{policy}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_without_health_is_done_once_it_exists() {
    let cluster = Fake::new();
    let objects = [
        object(
            "ConfigMap",
            "settings",
            &["hook=PreSync", "hook-delete-policy=HookSucceeded"],
        ),
        object("Job", "migrate", &["hook=PreSync", "sync-wave=1"]),
    ];
    let report = run(&cluster, "1", &objects).await;
    assert_eq!(told(&report), ["settings ran", "migrate ran"]);
    // It stays until the whole sync is over, so that later hooks can use it.
    let expected = [
        "create ConfigMap/settings",
        "create Job/migrate",
        "delete ConfigMap/settings",
    ];
    assert_eq!(cluster.log(), expected);
}
