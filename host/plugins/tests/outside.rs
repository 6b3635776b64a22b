//! What a renderer is handed from outside of its source: pinned, remembered by its pin, recorded.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use gantry_model::{Outside, Pinned, SourceTree, Withheld};
use gantry_plugins::{
    Builtin, CacheConfig, Host, HostConfig, Limits, Recording, RenderRequest, Supplier,
};
use serde_json::{Value, json};

use crate::guests;
use crate::memory_tree::MemoryTree;

/// Long enough for a render, shorter than what [`World::delay`] takes.
const DEADLINE_MS: u64 = 1_500;

/// A world outside whose things change.
#[derive(Debug, Default)]
struct World {
    /// The content of the one file that each thing has, by the thing's name.
    things: Mutex<BTreeMap<String, String>>,
    asked: AtomicU32,
    delay: Duration,
}

impl World {
    fn of(things: &[(&str, &str)]) -> Arc<Self> {
        let things = things
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Arc::new(Self {
            things: Mutex::new(things.collect()),
            ..Self::default()
        })
    }

    fn set(&self, thing: &str, content: &str) {
        let mut things = self.things.lock().expect("no panic before");
        things.insert(thing.to_owned(), content.to_owned());
    }

    fn get(&self, thing: &str) -> Result<String, Withheld> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        thread::sleep(self.delay);
        if thing.starts_with("secret") {
            return Err(Withheld::Refused("not this one".to_owned()));
        }
        let things = self.things.lock().expect("no panic before");
        let found = things.get(thing).cloned();
        found.ok_or_else(|| Withheld::Failed(format!("no {thing}")))
    }

    fn tree(&self, thing: &str) -> Result<Pinned, Withheld> {
        let content = self.get(thing)?;
        let pin = format!("pin-of-{content}");
        let tree = MemoryTree::with(&pin, [("file", content.as_str()), ("other", "other")]);
        Ok(Pinned { pin, tree })
    }
}

impl Outside for World {
    fn git(&self, repository: &str, revision: &str) -> Result<Pinned, Withheld> {
        self.tree(&format!("{repository} {revision}"))
    }

    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Pinned, Withheld> {
        self.tree(&format!("{repository} {name} {version}"))
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, Withheld> {
        self.get(url).map(String::into_bytes)
    }
}

fn host(cache: CacheConfig, limits: Limits) -> Host {
    let [plugin, other] = ["plugin", "other"].map(|name| Builtin {
        name,
        wasm: guests::renderer(),
        digest: None,
    });
    Host::new(&HostConfig {
        builtins: vec![plugin, other].leak(),
        compile_cache: guests::compiled(),
        cache,
        limits,
        ..HostConfig::default()
    })
    .expect("a host")
}

fn source() -> Arc<dyn SourceTree> {
    MemoryTree::with("main", [("file", "own")])
}

fn asking(world: &Arc<World>, questions: Value) -> RenderRequest {
    let mut parameters = questions;
    parameters["mode"] = json!("ask");
    RenderRequest {
        application: "shop".into(),
        parameters,
        outside: Supplier(Arc::<World>::clone(world)),
        ..RenderRequest::default()
    }
}

fn told(rendering: &gantry_plugins::Rendering) -> Value {
    let object = rendering.objects.first().expect("an object");
    let text = object.value()["data"]["value"].as_str().expect("a text");
    serde_json::from_str(text).expect("JSON")
}

fn hits(host: &Host) -> u64 {
    host.metrics().iter().map(|plugin| plugin.cache_hits).sum()
}

#[test]
fn things_from_outside_are_handed_over_and_told_with_their_pins() {
    let world = World::of(&[
        ("https://u:p@example.com/base v1", "base"),
        ("oci://example.com/charts web 1.x", "chart"),
        ("https://example.com/values.yaml?token=secret", "values"),
    ]);
    let request = asking(
        &world,
        json!({
            "git": ["https://u:p@example.com/base v1 file", "secret main file", "gone main file"],
            "chart": ["oci://example.com/charts web 1.x file", "secret web 1 file"],
            "download": ["https://example.com/values.yaml?token=secret", "secret", "gone"],
        }),
    );
    let host = host(CacheConfig::OFF, Limits::default());
    let rendering = host.render("plugin", source(), &request).expect("a render");
    let answers = told(&rendering);
    let [refused, gone] = [
        "Withheld::Refused(\"not this one\")",
        "Withheld::Failed(\"no gone main\")",
    ];
    assert_eq!(answers["git"], json!(["base", refused, gone]));
    assert_eq!(answers["chart"], json!(["chart", refused]));
    let gone = "Withheld::Failed(\"no gone\")";
    assert_eq!(answers["download"], json!(["values", refused, gone]));
    let granted: Vec<String> = rendering.granted.iter().map(ToString::to_string).collect();
    let [git, chart, file] = granted.as_slice() else {
        panic!("{granted:?}");
    };
    assert_eq!(git, "https://u:***@example.com/base v1 = pin-of-base");
    assert_eq!(chart, "oci://example.com/charts web 1.x = pin-of-chart");
    let prefix = "https://example.com/values.yaml = sha256:";
    assert!(
        file.starts_with(prefix) && file.len() == prefix.len() + 64,
        "{file}"
    );
}

#[test]
fn a_render_is_remembered_while_what_it_was_handed_is_the_same() {
    let cases = [
        (json!({"git": ["base main file"]}), "base main"),
        (json!({"chart": ["repo web 1.x file"]}), "repo web 1.x"),
        (json!({"download": ["values"]}), "values"),
        // Read by the renderer within, over the tree that the outer one was handed.
        (
            json!({"render": [r#"other  {"mode":"ask","read":["file"]} base"#]}),
            "base main",
        ),
    ];
    for (questions, thing) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let on_disk = || CacheConfig {
            directory: Some(folder.path().to_owned()),
            ..CacheConfig::default()
        };
        let world = World::of(&[(thing, "one")]);
        let request = asking(&world, questions.clone());
        let first = host(on_disk(), Limits::default());
        let before = first
            .render("plugin", source(), &request)
            .expect("a render");
        // The same process, and another one.
        for host in [first, host(on_disk(), Limits::default())] {
            let again = host.render("plugin", source(), &request).expect("a render");
            assert_eq!(
                (again, hits(&host)),
                (Arc::clone(&before), 1),
                "{questions}"
            );
        }
        world.set(thing, "two");
        let other = host(on_disk(), Limits::default());
        let after = other
            .render("plugin", source(), &request)
            .expect("a render");
        assert_eq!(hits(&other), 0, "{questions}");
        assert_ne!(before.granted, after.granted);
        assert!(told(&after).to_string().contains("two"), "{questions}");
    }
}

#[test]
fn what_was_withheld_is_asked_for_again() {
    let world = World::of(&[]);
    let request = asking(&world, json!({"git": ["base main file"]}));
    let host = host(CacheConfig::default(), Limits::default());
    let failed = host.render("plugin", source(), &request).expect("a render");
    world.set("base main", "there now");
    let there = host.render("plugin", source(), &request).expect("a render");
    assert_eq!(
        told(&failed)["git"],
        json!(["Withheld::Failed(\"no base main\")"])
    );
    assert_eq!(told(&there)["git"], json!(["there now"]));
}

#[test]
fn a_renderer_calls_another_one_but_no_third() {
    let world = World::of(&[("base main", "base")]);
    let inner =
        r#"{"mode":"ask","read":["file"],"git":["base main file"]}"#.replace(' ', "\\u0020");
    let third = r#"{"mode":"ask","render":["plugin\u0020\u0020{}"]}"#;
    let request = asking(
        &world,
        json!({"render": [
            format!("other  {inner}"),
            format!("other  {inner} base"),
            format!("other  {third}"),
            "nobody  {}",
            "other  {\"mode\":\"ask\",\"unknown\":1}",
            "other  {\"mode\":\"panic\"}",
            "other  no-json",
        ]}),
    );
    let host = host(CacheConfig::OFF, Limits::default());
    let rendering = host.render("plugin", source(), &request).expect("a render");
    let answers = told(&rendering);
    let answers: Vec<&str> = (0..7)
        .filter_map(|i| answers["render"][i].as_str())
        .collect();
    let expected = [
        r#"\"read\":[\"own\"]"#,
        r#"\"read\":[\"base\"]"#,
        "calls none",
        "plugin-not-found",
        "unknown",
        "the sky is falling",
        "are no JSON",
    ];
    assert_eq!(answers.len(), expected.len(), "{answers:?}");
    for (answer, words) in answers.iter().zip(expected) {
        assert!(answer.contains(words), "{words}: {answer}");
    }
    assert_eq!(rendering.granted.len(), 1, "what the inner one was handed");
    let request = asking(&world, json!({"render": [r#"other  {"mode":"warn"}"#]}));
    let rendering = host.render("plugin", source(), &request).expect("a render");
    assert_eq!(rendering.warnings.len(), 1, "what the inner one warns of");
}

#[test]
fn the_hosts_own_time_is_not_the_renderers() {
    let world = Arc::new(World {
        delay: Duration::from_millis(DEADLINE_MS + 200),
        ..World::default()
    });
    world.set("slow", "slow");
    let limits = || Limits {
        render_deadline_ms: DEADLINE_MS,
        ..Limits::default()
    };
    let host = host(CacheConfig::OFF, limits());
    let request = asking(&world, json!({"download": ["slow"]}));
    let rendering = host.render("plugin", source(), &request).expect("a render");
    assert_eq!(told(&rendering)["download"], json!(["slow"]));
    // An inner one that does not end takes its own time, and the outer one goes on.
    let quick = World::of(&[]);
    let endless = r#"other  {"mode":"endless-loop"}"#;
    let request = asking(&quick, json!({"render": [endless, endless]}));
    let rendering = host.render("plugin", source(), &request).expect("a render");
    let answers = told(&rendering)["render"].to_string();
    assert_eq!(answers.matches("plugin-deadline").count(), 2, "{answers}");
}

#[test]
fn renders_within_renders_do_not_wait_for_each_other() {
    let limits = Limits {
        instances_max: 2,
        ..Limits::default()
    };
    let (host, world) = (host(CacheConfig::OFF, limits), World::of(&[]));
    let request = asking(&world, json!({"render": [r#"other  {"mode":"good"}"#]}));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let rendering = host.render("plugin", source(), &request).expect("a render");
                let answer = told(&rendering)["render"].to_string();
                assert!(answer.contains("ConfigMap"), "{answer}");
            });
        }
    });
}

#[test]
fn a_recording_holds_what_was_handed_over() {
    let world = World::of(&[("base main", "base"), ("r web 1", "chart"), ("values", "v")]);
    let questions = json!({
        "git": ["base main file", "gone main file"],
        "chart": ["r web 1 file"],
        "download": ["values"],
        "render": [r#"other  {"mode":"ask","read":["file"]} base"#],
    });
    let host = host(CacheConfig::OFF, Limits::default());
    let recording = host
        .record("plugin", &source(), &asking(&world, questions))
        .expect("a recording");
    let text = serde_json::to_vec(&recording).expect("JSON");
    let asked = world.asked.load(Ordering::SeqCst);
    let recording = Recording::read(&text).expect("a recording");
    let request = RenderRequest {
        outside: recording.outside(),
        ..recording.request.clone()
    };
    let again = host.render("plugin", recording.tree(), &request);
    assert_eq!(gantry_plugins::Outcome::of(&again), recording.outcome);
    assert_eq!(world.asked.load(Ordering::SeqCst), asked, "no network");
    let unknown = recording
        .outside()
        .0
        .git("other", "main")
        .expect_err("unknown");
    assert!(unknown.to_string().contains("when the render was recorded"));
}

#[test]
fn a_renderer_in_go_downloads() {
    let Some(wasm) = crate::go::build("tests/hostile/go") else {
        return;
    };
    let builtins = vec![Builtin {
        name: "plugin",
        wasm: wasm.leak(),
        digest: None,
    }];
    let host = Host::new(&HostConfig {
        builtins: builtins.leak(),
        compile_cache: guests::compiled(),
        ..HostConfig::default()
    })
    .expect("a host");
    let large = "0123456789".repeat(100_000);
    let world = World::of(&[("values", "a: 1"), ("empty", ""), ("large", &large)]);
    let urls = ["values", "empty", "large", "secret", "gone"];
    let request = RenderRequest {
        parameters: json!({ "urls": urls }),
        outside: Supplier(world),
        ..RenderRequest::default()
    };
    let rendering = host.render("plugin", source(), &request).expect("a render");
    let answers = told(&rendering);
    let expected = [
        "a: 1",
        "",
        &large,
        "refused: not this one",
        "failed: no gone",
    ];
    for (url, expected) in urls.iter().zip(expected) {
        assert!(answers[url] == expected, "{url}");
    }
}
