//! What becomes a component, and what is refused with which words.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

use gantry_componentize::{World, componentize};
use wit_component::StringEncoding;
use wit_parser::Resolve;

const CLAIMS: &str = "gantry:plugin/health@0.1.1#claims";
const ASSESS: &str = "gantry:plugin/health@0.1.1#assess";
const ABOUT: &str = "gantry:plugin/about@0.1.1#about";

fn module(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {fields})")).expect("valid text")
}

/// A health plugin as a compiler for WASI preview 1 writes it.
fn judge(more: &str) -> Vec<u8> {
    module(&fields_of_judge(more))
}

fn fields_of_judge(more: &str) -> String {
    format!(
        r#"(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "_initialize"))
        (func (export "{ABOUT}") (result i32) unreachable)
        (func (export "{CLAIMS}") (result i32) unreachable)
        (func (export "{ASSESS}") (param i32 i32) (result i32) unreachable)
        {more}"#
    )
}

/// A module as bindings for C leave it.
fn with_its_world(mut module: Vec<u8>) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = include_str!("../../../wit/plugin.wit");
    let package = resolve.push_str("plugin.wit", wit).expect("valid WIT");
    let world = resolve
        .select_world(&[package], Some("health-plugin"))
        .expect("the world");
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("a module");
    module
}

#[test]
fn a_module_becomes_a_component_of_the_world_it_exports() {
    for (module, world) in [
        (judge(""), None),
        (judge(""), Some(World::Health)),
        (with_its_world(judge("")), None),
    ] {
        let component = componentize(&module, world).expect("a component");
        let decoded = wit_component::decode(&component).expect("a component's types");
        let resolve = decoded.resolve();
        let wit_component::DecodedWasm::Component(_, id) = decoded else {
            unreachable!("no component");
        };
        let exports = resolve.worlds[id].exports.keys();
        let names: Vec<_> = exports.map(|key| resolve.name_world_key(key)).collect();
        assert_eq!(
            names,
            ["gantry:plugin/about@0.1.1", "gantry:plugin/health@0.1.1"]
        );
        let imports = resolve.worlds[id].imports.keys();
        for name in imports.map(|key| resolve.name_world_key(key)) {
            assert!(name.starts_with("wasi:"), "{name}");
        }
    }
}

#[test]
fn a_module_written_for_an_earlier_version_keeps_it() {
    let earlier = module(&fields_of_judge("").replace("@0.1.1", "@0.1.0"));
    let component = componentize(&earlier, None).expect("a component");
    let decoded = wit_component::decode(&component).expect("a component's types");
    let packages = decoded.resolve().package_names.keys();
    let versions = packages.filter(|name| name.namespace == "gantry");
    let versions: Vec<_> = versions.map(ToString::to_string).collect();
    assert_eq!(versions, ["gantry:plugin@0.1.0"]);
}

#[test]
fn whatever_cannot_be_a_plugin_is_refused_with_what_to_do() {
    let whole = judge("");
    let component = componentize(&whole, None).expect("a component");
    let renderer = r#"(func (export "gantry:plugin/renderer@0.1.1#render") (param i32 i32) (result i32) unreachable)"#;
    let cases: &[(&[u8], Option<World>, &str)] = &[
        (b"#!/bin/sh\n", None, "not a WebAssembly file"),
        (&component, None, "a component already"),
        (&whole[..whole.len() - 2], None, "build it again"),
        (
            &module(r#"(func (export "_start"))"#),
            None,
            "-buildmode=c-shared",
        ),
        (&module(""), None, "import the SDK's package"),
        (&judge(renderer), None, "make two programs of it"),
        (&whole, Some(World::Renderer), "does not fit"),
    ];
    for (core, world, words) in cases {
        let error = componentize(core, *world).expect_err(words).to_string();
        assert!(error.contains(words), "{error:?} does not say {words:?}");
    }
}

#[test]
fn a_module_with_other_imports_is_refused_by_their_name() {
    let core = module(&format!(
        r#"(import "env" "getpid" (func (result i32)))
        (memory (export "memory") 1)
        (func (export "{ABOUT}") (result i32) unreachable)
        (func (export "{CLAIMS}") (result i32) unreachable)
        (func (export "{ASSESS}") (param i32 i32) (result i32) unreachable)"#
    ));
    let error = componentize(&core, None).expect_err("refused").to_string();
    assert!(error.contains("env") && error.contains("WASI"), "{error}");
}
