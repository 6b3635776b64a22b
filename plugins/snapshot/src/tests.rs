//! Modules in text, started.

use crate::{Error, snapshot};

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("valid text")
}

/// Runs a module that has nothing to start any more.
fn call(core: &[u8], name: &str) -> i32 {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, core).expect("a valid module");
    let mut store = wasmi::Store::new(&engine, ());
    let linker = wasmi::Linker::new(&engine);
    let instance = linker
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    assert!(instance.get_func(&store, "_initialize").is_none());
    let function = instance.get_typed_func::<(), i32>(&store, name);
    function
        .expect("the function")
        .call(&mut store, ())
        .expect("a number")
}

#[test]
fn what_a_start_leaves_is_there_from_the_beginning() {
    let core = wasm(
        r#"(module
            (memory (export "memory") 1)
            (global $count (mut i32) (i32.const 1))
            (global $kept i32 (i32.const 5))
            (data (i32.const 8) "ab")
            (func (export "_initialize")
                (global.set $count (i32.const 7))
                (drop (memory.grow (i32.const 2)))
                (i32.store8 (i32.const 8) (i32.const 0))
                (i32.store (i32.const 131072) (i32.const 41)))
            (func (export "count") (result i32) (global.get $count))
            (func (export "pages") (result i32) (memory.size))
            (func (export "first") (result i32) (i32.load16_u (i32.const 8)))
            (func (export "far") (result i32) (i32.load (i32.const 131072))))"#,
    );
    let started = snapshot(&core, &[]).expect("a snapshot");
    let found = ["count", "pages", "first", "far"].map(|name| call(&started, name));
    assert_eq!(found, [7, 3, i32::from(b'b') << 8, 41]);
}

#[test]
fn a_start_sees_the_directories_and_one_clock() {
    let core = wasm(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_prestat_get" (func $get (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_prestat_dir_name"
                (func $name (param i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "clock_time_get"
                (func $clock (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_initialize")
                (i32.store (i32.const 0) (call $get (i32.const 3) (i32.const 8)))
                (i32.store (i32.const 4) (call $get (i32.const 4) (i32.const 24)))
                (drop (call $name (i32.const 3) (i32.const 16) (i32.const 4)))
                (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 32))))
            (func (export "at") (result i32) (i32.load (i32.const 0)))
            (func (export "none") (result i32) (i32.load (i32.const 4)))
            (func (export "length") (result i32) (i32.load (i32.const 12)))
            (func (export "name") (result i32) (i32.load (i32.const 16)))
            (func (export "time") (result i32) (i32.load (i32.const 32))))"#,
    );
    // It keeps its imports, which the interpreter of this test does not have.
    let started = snapshot(&core, &["/src"]).expect("a snapshot");
    let data = wasmparser::Parser::new(0).parse_all(&started);
    let data = data.filter_map(|payload| match payload.expect("valid") {
        wasmparser::Payload::DataSection(section) => Some(section),
        _ => None,
    });
    let pieces: Vec<_> = data
        .flatten()
        .map(|piece| piece.expect("valid").data.to_vec())
        .collect();
    let start = [8, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, b'/', b's', b'r', b'c'];
    let mut expected = start.to_vec();
    expected.extend([0; 12]);
    expected.push(1);
    assert_eq!(pieces, [expected]);
}

#[test]
fn what_cannot_be_started_is_refused_with_the_reason() {
    let cases = [
        (
            r#"(module (memory (export "memory") 1))"#,
            "exports no _initialize",
        ),
        (
            r#"(module (func (export "_initialize")))"#,
            "exports no memory",
        ),
        (
            r#"(module (import "a" "b" (func $b)) (memory (export "memory") 1)
                (func (export "_initialize") (call $b)))"#,
            "a b is not there while the guest is built",
        ),
        (
            r#"(module (memory (export "memory") 1) (func (export "_initialize") unreachable))"#,
            "start failed",
        ),
        (
            r#"(module (memory (export "memory") 1) (func $f) (start $f))"#,
            "starts by itself",
        ),
    ];
    for (text, expected) in cases {
        let refused = snapshot(&wasm(text), &[])
            .map(|_| ())
            .map_err(|e| e.to_string());
        let message = refused.expect_err(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
    assert!(matches!(snapshot(b"\0asm", &[]), Err(Error::Damaged(_))));
}
