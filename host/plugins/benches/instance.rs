//! What a fresh instance costs: a no-op render through the host, beside bare wasmtime with the same
//! component. Run with `cargo bench -p gantry-plugins`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would, and tells people what it measured"
)]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/guests.rs"]
mod guests;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/memory_tree.rs"]
mod memory_tree;
mod times;

use std::hint::black_box;
use std::time::{Duration, Instant};

use gantry_plugins::{Builtin, CacheConfig, Host, HostConfig, RenderRequest};
use serde_json::json;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use times::measure;

const CALLS: usize = 3_000;

fn main() {
    let cache = tempfile::tempdir().expect("a folder");
    let builtins: &[Builtin] = vec![Builtin {
        name: "plugin",
        wasm: guests::renderer(),
        digest: None,
    }]
    .leak();
    let config = HostConfig {
        builtins,
        compile_cache: Some(cache.path().to_owned()),
        cache: CacheConfig::OFF,
        ..HostConfig::default()
    };
    let load = |what: &str| {
        let start = Instant::now();
        let host = Host::new(&config).expect("a host");
        let started = start.elapsed();
        host.check_renderer("plugin").expect("a renderer");
        println!(
            "{what:<34}{started:>10.1?} to start, {:>10.1?} to load",
            start.elapsed() - started
        );
        host
    };
    println!("component of {} bytes", guests::renderer().len());
    load("cold: compiled");
    let host = load("warm: from the cache");
    let tree = memory_tree::MemoryTree::of("tree", &[]);
    let request = RenderRequest {
        parameters: json!({"mode": "no-op"}),
        ..RenderRequest::default()
    };
    let render = || {
        black_box(
            host.render("plugin", tree.clone(), &request)
                .expect("a render"),
        );
    };
    let bare = Bare::new();
    report("fresh instance and no-op render", measure(CALLS, render));
    report(
        "bare wasmtime, fresh and `about`",
        measure(CALLS, || bare.call()),
    );
}

fn report(what: &str, times: Vec<Duration>) {
    let at = |percent: usize| times[times.len() * percent / 100];
    println!("{what:<34}{:>10.1?} p50, {:>10.1?} p99", at(50), at(99));
}

/// The least that wasmtime needs for a fresh instance and one call.
struct Bare {
    engine: Engine,
    linker: Linker<Empty>,
    component: Component,
}

struct Empty(WasiCtx, ResourceTable);

impl WasiView for Empty {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.0,
            table: &mut self.1,
        }
    }
}

impl Bare {
    fn new() -> Self {
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::pooling());
        let engine = Engine::new(&config).expect("an engine");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).expect("WASI");
        let component = Component::new(&engine, guests::renderer()).expect("a component");
        linker
            .define_unknown_imports_as_traps(&component)
            .expect("the rest");
        Self {
            engine,
            linker,
            component,
        }
    }

    fn call(&self) {
        let pre = self
            .linker
            .instantiate_pre(&self.component)
            .expect("linked");
        let state = Empty(WasiCtx::builder().build(), ResourceTable::new());
        let mut store = Store::new(&self.engine, state);
        let instance = pre.instantiate(&mut store).expect("an instance");
        let about = "gantry:plugin/about@0.1.1";
        let (_, interface) = instance.get_export(&mut store, None, about).expect(about);
        let (_, function) = instance
            .get_export(&mut store, Some(&interface), "about")
            .expect("about");
        let function = instance.get_func(&mut store, function).expect("a function");
        let mut results = [wasmtime::component::Val::Bool(false)];
        function
            .call(&mut store, &[], &mut results)
            .expect("an answer");
        black_box(results);
    }
}
