//! Health plugins: who is asked, and what one bad object costs the others.

use std::sync::Arc;

use gantry_model::{HealthStatus, SourceTree};
use gantry_plugins::{Builtin, Host, HostConfig, Limits, PluginData, PluginError, Verdict};
use serde_json::{Value, json};

use crate::guests;
use crate::memory_tree::MemoryTree;

fn host(directory: Option<&std::path::Path>) -> Host {
    Host::new(&config(directory)).expect("a host")
}

fn config(directory: Option<&std::path::Path>) -> HostConfig {
    let builtins = vec![
        Builtin {
            name: "judge",
            wasm: guests::judge(),
            digest: None,
        },
        Builtin {
            name: "renderer",
            wasm: guests::renderer(),
            digest: None,
        },
    ];
    HostConfig {
        builtins: builtins.leak(),
        directory: directory.map(ToOwned::to_owned),
        compile_cache: guests::compiled(),
        limits: Limits {
            health_deadline_ms: 200,
            ..Limits::default()
        },
        ..HostConfig::default()
    }
}

fn object(api_version: &str, kind: &str, name: &str, mode: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": {"mode": mode}})
}

fn widget(name: &str, mode: &str) -> Value {
    object("example.com/v1", "Widget", name, mode)
}

fn assess(host: &Host, objects: &[Value]) -> Vec<Verdict> {
    host.assess(&objects.iter().collect::<Vec<_>>())
}

fn status(verdict: &Verdict) -> Option<HealthStatus> {
    verdict
        .as_ref()
        .expect("a verdict")
        .as_ref()
        .map(|health| health.status)
}

#[test]
fn verdicts_come_in_order_and_only_for_what_is_claimed() {
    let objects = [
        widget("a", "healthy"),
        object("v1", "ConfigMap", "b", "healthy"),
        widget("c", "degraded"),
        widget("d", "no-opinion"),
        object("any.example.com/v2", "Gadget", "e", "healthy"),
        json!({"kind": 5}),
    ];
    let verdicts = assess(&host(None), &objects);
    let statuses: Vec<_> = verdicts.iter().map(status).collect();
    let (healthy, degraded) = (Some(HealthStatus::Healthy), Some(HealthStatus::Degraded));
    assert_eq!(statuses, [healthy, None, degraded, None, healthy, None]);
    let message = verdicts[2]
        .as_ref()
        .expect("a verdict")
        .as_ref()
        .expect("health")
        .message
        .clone();
    assert_eq!(message, "\"c\"");
}

#[test]
fn one_bad_object_costs_the_others_nothing() {
    let mut objects: Vec<_> = (0..40).map(|n| widget(&n.to_string(), "healthy")).collect();
    objects[17] = widget("17", "abort");
    let verdicts = assess(&host(None), &objects);
    for (index, verdict) in verdicts.iter().enumerate() {
        match index {
            17 => assert!(
                matches!(verdict, Err(PluginError::Fault { .. })),
                "{verdict:?}"
            ),
            _ => assert_eq!(status(verdict), Some(HealthStatus::Healthy), "{index}"),
        }
    }
}

#[test]
fn limits_and_wrong_answers_are_errors_and_the_next_call_works() {
    let host = host(None);
    for (mode, message) in [
        ("endless-loop", "did not end within 200 ms"),
        ("too-few", "gave 0 answers for 2 objects"),
    ] {
        for verdict in assess(&host, &[widget("a", "healthy"), widget("b", mode)]) {
            let error = verdict.expect_err(mode).to_string();
            assert!(error.contains(message), "{error}");
        }
        assert_eq!(
            status(&assess(&host, &[widget("a", "healthy")])[0]),
            Some(HealthStatus::Healthy)
        );
    }
}

#[test]
fn plugins_never_see_the_data_of_a_secret() {
    let mut secret = object("v1", "Secret", "s", "echo");
    secret["data"] = json!({"password": "aHVudGVyMg=="});
    let verdicts = assess(&host(None), &[secret]);
    let seen = &verdicts[0]
        .as_ref()
        .expect("a verdict")
        .as_ref()
        .expect("health")
        .message;
    assert!(
        seen.contains("\"Secret\"") && !seen.contains("aHVudGVyMg"),
        "{seen}"
    );
}

#[test]
fn two_judges_of_one_kind_are_an_error_that_names_both() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("rival.wasm"), guests::judge()).expect("written");
    let rivals = host(Some(folder.path()));
    let infos = rivals.list();
    let rival = infos
        .iter()
        .find(|info| info.name == "rival")
        .expect("listed");
    let error = rival.error.as_ref().expect("an error").message.clone();
    assert!(
        error.contains("\"rival\"") && error.contains("as judge does"),
        "{error}"
    );
    assert_eq!(
        status(&assess(&rivals, &[widget("a", "healthy")])[0]),
        Some(HealthStatus::Healthy)
    );
    // In the place of the built-in it is welcome.
    std::fs::rename(
        folder.path().join("rival.wasm"),
        folder.path().join("judge.wasm"),
    )
    .expect("moved");
    let replaced = host(Some(folder.path()));
    assert!(replaced.list().iter().all(|info| info.error.is_none()));
}

/// The judge's files, and nobody else's.
#[derive(Debug)]
struct JudgesFiles;

impl PluginData for JudgesFiles {
    fn of(&self, plugin: &str) -> Option<Arc<dyn SourceTree>> {
        let files = [
            ("summary.txt", "judges by its files"),
            ("example.com/Widget/health.lua", "return {}"),
        ];
        (plugin == "judge").then(|| MemoryTree::with("data", files))
    }
}

#[test]
fn a_plugin_finds_its_own_files_and_no_others() {
    let host = Host::new(&HostConfig {
        data: Some(Arc::new(JudgesFiles)),
        ..config(None)
    })
    .expect("a host");
    let judge = host.list().into_iter().find(|info| info.name == "judge");
    let facts = judge.expect("the judge").facts.expect("it loads");
    assert_eq!(facts.summary, "judges by its files");
    let verdicts = assess(&host, &[widget("a", "files")]);
    let health = verdicts[0].as_ref().expect("a verdict").as_ref();
    let found: Value = serde_json::from_str(&health.expect("health").message).expect("JSON");
    let expected = json!({"script": "return {}", "written": false, "source": false});
    assert_eq!(found, expected);
}

#[test]
fn a_built_in_without_the_files_it_needs_judges_nothing() {
    for (name, expected) in [("judge", None), ("free", Some(HealthStatus::Healthy))] {
        let wasm = guests::judge();
        let host = Host::new(&HostConfig {
            builtins: vec![Builtin {
                name,
                wasm,
                digest: None,
            }]
            .leak(),
            need_data: &["judge"],
            compile_cache: guests::compiled(),
            ..HostConfig::default()
        })
        .expect("a host");
        let verdicts = assess(&host, &[widget("a", "healthy")]);
        assert_eq!(status(&verdicts[0]), expected, "{name}");
    }
}

#[test]
fn two_built_ins_may_judge_one_kind() {
    let wasm = guests::judge();
    let builtins = ["b", "a"].map(|name| Builtin {
        name,
        wasm,
        digest: None,
    });
    let host = Host::new(&HostConfig {
        builtins: builtins.to_vec().leak(),
        compile_cache: guests::compiled(),
        ..HostConfig::default()
    })
    .expect("a host");
    assert!(host.list().iter().all(|info| info.error.is_none()));
    let failed = assess(&host, &[widget("a", "abort")]).remove(0);
    let error = failed.expect_err("a failure").to_string();
    assert!(error.contains("\"b\""), "not the first was asked: {error}");
}
