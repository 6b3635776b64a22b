//! What a platform of many plugins costs: judging a thousand objects, a render that is remembered, a
//! directory of plugins that were compiled before. Run with `cargo bench -p gantry-plugins`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench stops where a test would, and tells people what it measured"
)]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/memory_tree.rs"]
mod memory_tree;
mod times;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use gantry_plugins::{Builtin, Host, HostConfig, RenderRequest};
use serde_json::{Value, json};

use times::measure;

const ROUNDS: usize = 30;
const OBJECTS: usize = 1_000;
const PLUGINS: u8 = 20;
const CACHED_CALLS: usize = 2_000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let compiled = folder.path().join("compiled");
    health(&compiled);
    cached(&compiled);
    directory(folder.path(), &compiled);
}

fn built_in(name: &'static str) -> Builtin {
    let mut all = gantry_bundle::BUILTIN.iter();
    let plugin = all.find(|plugin| plugin.name == name);
    Builtin {
        name,
        wasm: plugin.expect("it is built in").wasm,
        digest: None,
    }
}

fn host(builtin: Builtin, compiled: &Path) -> Host {
    Host::new(&HostConfig {
        builtins: vec![builtin].leak(),
        compile_cache: Some(compiled.to_owned()),
        ..HostConfig::default()
    })
    .expect("a host")
}

fn health(compiled: &Path) {
    let host = host(built_in("health-core"), compiled);
    let deployments: Vec<Value> = (0..OBJECTS).map(deployment).collect();
    let objects: Vec<&Value> = deployments.iter().collect();
    let judge = || {
        let verdicts = black_box(host.assess(&objects));
        assert!(verdicts.iter().all(|v| matches!(v, Ok(Some(_)))));
    };
    judge();
    let times = measure(ROUNDS, judge);
    let each = times[times.len() / 2] / OBJECTS as u32;
    println!("{OBJECTS} Deployments judged: {each:?} each, p50 of {ROUNDS} rounds");
}

/// As an API server gives one, managed fields aside.
fn deployment(index: usize) -> Value {
    let name = format!("web-{index}");
    let labels = json!({"app": name, "tier": "frontend"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": "default", "uid": "9b1c4c5e-6f0d-4f0e-9d8e-0a1b2c3d4e5f",
            "generation": 3, "resourceVersion": "123456", "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": "3"},
        },
        "spec": {
            "replicas": 3, "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": labels},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{
                    "name": "web", "image": "registry.example/web:1.2.3", "imagePullPolicy": "IfNotPresent",
                    "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10},
                }], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30},
            },
        },
        "status": {
            "observedGeneration": 3, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3,
            "availableReplicas": 3,
            "conditions": [
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable",
                 "message": "Deployment has minimum availability."},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable",
                 "message": "ReplicaSet has successfully progressed."},
            ],
        },
    })
}

fn cached(compiled: &Path) {
    let host = host(built_in("plain-yaml"), compiled);
    let manifest = gantry_yaml::emit_all(&[deployment(0), deployment(1)]);
    let tree = memory_tree::MemoryTree::with("commit", [("web.yaml", manifest.as_str())]);
    let request = RenderRequest::default();
    let render = || {
        let rendering = host.render("plain-yaml", tree.clone(), &request);
        black_box(rendering.expect("a render"));
    };
    let start = Instant::now();
    render();
    println!("first render, plugin loaded: {:?}", start.elapsed());
    let times = measure(CACHED_CALLS, render);
    let at = |percent: usize| times[times.len() * percent / 100];
    println!("remembered render: {:?} p50, {:?} p99", at(50), at(99));
}

fn directory(folder: &Path, compiled: &Path) {
    let plugins = folder.join("plugins");
    std::fs::create_dir(&plugins).expect("made");
    let plain = built_in("plain-yaml").wasm;
    for index in 0..PLUGINS {
        // A custom section makes each another file, with another digest and compiled code of its own.
        let wasm = [plain, &[0, 3, 1, b'v', index]].concat();
        std::fs::write(plugins.join(format!("plugin-{index}.wasm")), wasm).expect("written");
    }
    let load = || {
        let host = Host::new(&HostConfig {
            directory: Some(plugins.clone()),
            compile_cache: Some(compiled.to_owned()),
            ..HostConfig::default()
        })
        .expect("a host");
        let listed = host.list();
        assert!(listed.iter().all(|info| info.error.is_none()));
        assert_eq!(listed.len(), usize::from(PLUGINS));
    };
    let start = Instant::now();
    load();
    println!("{PLUGINS} plugins compiled: {:?}", start.elapsed());
    let times = measure(ROUNDS, load);
    println!(
        "{PLUGINS} plugins loaded from the compile cache: {:?} p50",
        times[times.len() / 2]
    );
}
