//! Misbehaving renderers: each ends in one clear error within its limit, while a good render
//! beside it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gantry_model::SourceTree;
use gantry_plugins::{
    Builtin, CacheConfig, Host, HostConfig, Limits, PluginError, RenderRequest, Rendering,
};
use serde_json::{Value, json};

use crate::guests;
use crate::memory_tree::MemoryTree;

const DEADLINE_MS: u64 = 1_000;
/// What a good render may take beside bad ones: far more than it needs, on a busy machine.
const LATENCY_MAX: Duration = Duration::from_secs(20);

pub(crate) fn limits() -> Limits {
    Limits {
        render_deadline_ms: DEADLINE_MS,
        render_memory_max_bytes: 8 << 20,
        output_max_bytes: 1 << 20,
        documents_max: 100,
        instances_max: 8,
        ..Limits::default()
    }
}

/// A host in which a misdeed ends soon.
fn host() -> Host {
    host_with(limits())
}

pub(crate) fn host_with(limits: Limits) -> Host {
    let builtins = vec![Builtin {
        name: "hostile",
        wasm: guests::renderer(),
        digest: None,
    }]
    .leak();
    Host::new(&HostConfig {
        builtins,
        compile_cache: guests::compiled(),
        limits,
        cache: CacheConfig::OFF,
        ..HostConfig::default()
    })
    .expect("a host")
}

fn render_tree(host: &Host, tree_id: &str, parameters: Value) -> Result<Rendering, PluginError> {
    let tree = MemoryTree::of(tree_id, &["a/b.yaml", "a/link-out", "c.yaml"]);
    render_of(host, tree, parameters)
}

pub(crate) fn render_of(
    host: &Host,
    tree: Arc<dyn SourceTree>,
    parameters: Value,
) -> Result<Rendering, PluginError> {
    let request = RenderRequest {
        application: "guestbook".into(),
        namespace: Some("default".into()),
        revision: "0123".into(),
        commit_time_unix_secs: 1_700_000_000,
        kube_version: "1.35.4".into(),
        api_versions: ["v1/Pod".to_owned()].into(),
        parameters,
        ..RenderRequest::default()
    };
    let rendering = host.render("hostile", tree, &request)?;
    Ok((*rendering).clone())
}

pub(crate) fn render(host: &Host, parameters: Value) -> Result<Rendering, PluginError> {
    render_tree(host, "tree", parameters)
}

/// The value that the guest told in its ConfigMap.
pub(crate) fn told(rendering: &Rendering) -> Value {
    let text = rendering.objects[0].value()["data"]["value"]
        .as_str()
        .expect("a value");
    serde_json::from_str(text).expect("JSON")
}

/// Mode, its count, the code of the error, and what it must say.
type Misdeed = (&'static str, u64, &'static str, &'static str);

const MISDEEDS: &[Misdeed] = &[
    (
        "endless-loop",
        0,
        "plugin-deadline",
        "did not end within 1000 ms",
    ),
    (
        "endless-reads",
        0,
        "plugin-deadline",
        "did not end within 1000 ms",
    ),
    (
        "endless-sleep",
        0,
        "plugin-deadline",
        "did not end within 1000 ms",
    ),
    (
        "memory-bomb",
        0,
        "plugin-memory",
        "bytes of memory; at most 8388608 are allowed",
    ),
    (
        "memory-use",
        1 << 30,
        "plugin-memory",
        "at most 8388608 are allowed",
    ),
    (
        "deep-recursion",
        1 << 30,
        "plugin-stack",
        "stack of 1048576 bytes",
    ),
    (
        "huge-output",
        2 << 20,
        "plugin-output",
        "handed over more than",
    ),
    (
        "huge-output",
        (1 << 20) + 1,
        "plugin-output",
        "rendered 1048577 bytes; at most 1048576",
    ),
    (
        "shared-output",
        1_024,
        "plugin-output",
        "handed over more than",
    ),
    (
        "chatter",
        1 << 20,
        "plugin-deadline",
        "did not end within 1000 ms",
    ),
    (
        "many-documents",
        101,
        "plugin-output",
        "rendered 101 documents; at most 100",
    ),
    (
        "panic",
        0,
        "plugin-trap",
        "/ the sky is falling, in gantry_hostile::exhaust::fail, called by <gantry_hostile::",
    ),
    ("exit", 0, "plugin-trap", "exited with status 1"),
    ("refuse", 0, "no-mood", "not in the mood"),
    ("bad-document", 0, "not-an-object", "told.yaml:3"),
    ("bad-yaml", 0, "yaml", "told.yaml:"),
];

#[test]
fn every_misdeed_ends_in_one_clear_error_while_others_go_on() {
    let host = host();
    render(&host, json!({"mode": "good"})).expect("the first render, with its load");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            while !done.load(Ordering::Relaxed) {
                let start = Instant::now();
                render(&host, json!({"mode": "good"})).expect("a good render beside bad ones");
                slowest = slowest.max(start.elapsed());
                std::thread::sleep(Duration::from_millis(1));
            }
            slowest
        });
        let judged = scope
            .spawn(|| MISDEEDS.iter().for_each(|case| check(&host, case)))
            .join();
        done.store(true, Ordering::Relaxed);
        let slowest = beside.join().expect("all good renders succeed");
        judged.expect("all bad renders fail as they should");
        assert!(
            slowest < LATENCY_MAX,
            "a good render took {slowest:?} beside bad ones"
        );
    });
}

fn check(host: &Host, (mode, count, code, message): &Misdeed) {
    let start = Instant::now();
    let error = render(host, json!({"mode": mode, "count": count})).expect_err(mode);
    let took = start.elapsed();
    let diagnostics = error.diagnostics();
    let [diagnostic] = &diagnostics[..] else {
        panic!("{mode}: {diagnostics:?}")
    };
    assert_eq!(diagnostic.code, *code, "{mode}: {diagnostic}");
    assert!(
        diagnostic.to_string().contains(message),
        "{mode}: {diagnostic}"
    );
    assert!(
        took < Duration::from_millis(DEADLINE_MS) + LATENCY_MAX,
        "{mode} took {took:?}"
    );
}

#[test]
fn what_stays_within_the_limits_is_rendered() {
    // Time enough for a busy machine.
    let host = host_with(Limits {
        render_deadline_ms: 20_000,
        ..limits()
    });
    for (mode, count) in [
        ("memory-use", 4 << 20),
        ("deep-recursion", 1_000),
        ("chatter", 2_000),
        ("block", 0),
        ("no-op", 0),
    ] {
        render(&host, json!({"mode": mode, "count": count})).expect(mode);
    }
    let escapes = render(&host, json!({"mode": "escapes"})).expect("JSON with escapes");
    assert_eq!(
        escapes.objects[0].value()["data"]["value"],
        json!("\"😀é\t\"")
    );
    let good = render(&host, json!({"mode": "good"})).expect("good");
    let expected = json!({
        "application": "guestbook",
        "namespace": "default",
        "revision": "0123",
        "kubeVersion": "1.35.4",
        "apiVersions": ["v1/Pod"],
    });
    assert_eq!(told(&good), expected);
    assert_eq!(
        good.objects[0].origin().map(ToString::to_string).as_deref(),
        Some("told.yaml:3")
    );
}

#[test]
fn nothing_outside_of_the_tree_can_be_read() {
    let rendering = render(&host(), json!({"mode": "escape"})).expect("an answer");
    for (path, got) in told(&rendering).as_object().expect("a mapping") {
        assert_eq!(*got, json!([false, false, false, false]), "{path}");
    }
}

#[test]
fn the_world_outside_cannot_be_seen_and_what_is_seen_is_always_the_same() {
    let host = host();
    let look = |tree: &str| {
        let rendering = render_tree(&host, tree, json!({"mode": "look"}));
        told(&rendering.expect("an answer"))
    };
    let mut seen = look("tree");
    assert_eq!(seen, look("tree"));
    // A commit that changes nothing that is read changes no random number either.
    assert_eq!(seen, look("other tree"));
    let others = RenderRequest {
        application: "other".into(),
        parameters: json!({"mode": "look"}),
        ..RenderRequest::default()
    };
    let tree = MemoryTree::of("tree", &[]);
    let others = host.render("hostile", tree, &others).expect("an answer");
    assert_ne!(seen["random"].take(), told(&others)["random"]);
    let since_start = seen["sinceStartNanos"].take().as_u64().expect("a number");
    assert!(
        (3_600_000_000_000..3_600_001_000_000).contains(&since_start),
        "{since_start}"
    );
    let nothing = json!({
        "environment": [],
        "arguments": 1,
        "currentDirectory": "/",
        "readable": ["/src"],
        "written": false,
        "input": 0,
        "wallClockSecs": 1_700_000_000,
        "sleptSecs": 3_600,
        "sinceStartNanos": null,
        "random": null,
    });
    assert_eq!(seen, nothing);
}

#[test]
fn parameters_are_checked_before_the_plugin_runs() {
    let host = host();
    let error = render(&host, json!({"mood": "good"})).expect_err("wrong parameters");
    let fields: Vec<_> = error
        .diagnostics()
        .into_iter()
        .filter_map(|d| d.field)
        .collect();
    assert_eq!(fields, ["mood", "mode"]);
    // As Argo CD's manifests have them.
    render(&host, json!({"mode": "memory-use", "count": "100"})).expect("a number in a string");
}

#[test]
fn more_renders_than_slots_wait_for_their_turn() {
    let host = host();
    std::thread::scope(|scope| {
        let renders: Vec<_> = (0..24)
            .map(|_| scope.spawn(|| render(&host, json!({"mode": "good"}))))
            .collect();
        for render in renders {
            render.join().expect("a thread").expect("a render");
        }
    });
}
