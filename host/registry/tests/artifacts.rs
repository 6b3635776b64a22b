//! Artifacts that others made, good and bad.

use std::fs;

use gantry_model::limits::PLUGIN_FILE_MAX_BYTES;
use gantry_plugins::Digest;
use gantry_registry::Pull;
use serde_json::{Value, json};

use crate::world::{World, names_in, plugin};

fn typed(mut layer: Value, media_type: &str) -> Value {
    layer["mediaType"] = json!(media_type);
    layer
}

#[test]
fn layouts_of_other_tools_are_taken() {
    let world = World::start(false);
    let layer = world.blob("helm", &plugin("one"));
    let mut titled = layer.clone();
    titled["annotations"] = json!({"org.opencontainers.image.title": "helm.wasm"});
    for (tag, layer) in [
        ("cncf", typed(layer.clone(), "application/wasm")),
        (
            "older",
            typed(layer, "application/vnd.wasm.content.layer.v1+wasm"),
        ),
        ("oras", titled),
    ] {
        world.manifest("helm", tag, &[layer]);
        let path = world.install(&format!("helm:{tag}"), &Pull::default());
        let content = fs::read(path.expect(tag)).expect("the plugin");
        assert_eq!(content, plugin("one"), "{tag}");
    }
}

#[test]
fn what_is_no_plugin_is_not_kept() {
    let world = World::start(false);
    let wasm = |content: &[u8]| typed(world.blob("bad", content), "application/wasm");
    let module = wat::parse_str("(module)").expect("valid text");
    let mut oversized = wasm(b"small");
    oversized["size"] = json!(PLUGIN_FILE_MAX_BYTES + 1);
    let mut longer = wasm(b"longer than it says");
    longer["size"] = json!(6);
    let mut shorter = wasm(b"shorter than it says");
    shorter["size"] = json!(1_000);
    let tar = typed(
        world.blob("bad", b"tar"),
        "application/vnd.oci.image.layer.v1.tar",
    );
    let cases = [
        (
            "tar",
            vec![tar],
            "its one layer is application/vnd.oci.image.layer.v1.tar",
        ),
        ("two", vec![wasm(b"a"), wasm(b"b")], "it has 2 layers"),
        ("empty", vec![], "it has no layer"),
        (
            "text",
            vec![wasm(b"apiVersion: v1")],
            "is not a WebAssembly file",
        ),
        ("module", vec![wasm(&module)], "is a core module"),
        ("oversized", vec![oversized], "at most 100663296 are pulled"),
        ("longer", vec![longer], "the content is another one"),
        ("shorter", vec![shorter], "the content is another one"),
    ];
    world
        .push("good:1", plugin("one"), &world.nobody())
        .expect("pushed");
    let path = world.install("good:1", &Pull::default()).expect("placed");
    for (tag, layers, expected) in cases {
        world.manifest("bad", tag, &layers);
        let error = world.install(&format!("bad:{tag}"), &Pull::default());
        let error = error.expect_err(tag).diagnostic();
        assert!(error.message.contains(expected), "{tag}: {error}");
        assert!(error.help.is_some(), "{tag}: {error}");
        assert_eq!(fs::read(&path).expect("the plugin"), plugin("one"), "{tag}");
    }
    assert_eq!(names_in(&world.path("plugins")), ["helm.wasm"]);
}

#[test]
fn a_registry_that_hands_out_other_content_is_found_out() {
    let world = World::start(false);
    let pushed = world
        .push("helm:1", plugin("one"), &world.nobody())
        .expect("pushed");
    for digest in [Digest::of(&plugin("one")), pushed.artifact] {
        let stored = world.stored(&digest);
        let before = fs::read(&stored).expect("the registry's file");
        let mut changed = before.clone();
        // In the mark of the plugin, or in the white space that a manifest does not have.
        *changed.last_mut().expect("content") ^= 1;
        fs::write(&stored, changed).expect("written");
        let by_digest = format!("helm@{}", pushed.artifact);
        let error = world.install(&by_digest, &Pull::default());
        error.expect_err("changed content");
        fs::write(&stored, before).expect("written");
        world
            .install(&by_digest, &Pull::default())
            .expect("restored");
    }
}
