//! One Go instance that judges again and again, called without the host: what the guest's side of
//! the calls keeps must not grow, and its collector must not run while the host hands over values.

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, ResourceLimiter, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

mod bindings {
    wasmtime::component::bindgen!({ path: "../../wit/plugin.wit", world: "health-plugin" });
}

const BATCHES: usize = 400;
const BATCH: usize = 64;
/// Batches after which the collector has found its pace.
const WARM: usize = 100;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    bytes: usize,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        now: usize,
        wanted: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.bytes += wanted - now;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

#[test]
fn judging_for_ever_takes_no_more_memory() {
    let Some(wasm) = crate::go::build("plugins/health-lua") else {
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().join("example.com/Widget");
    std::fs::create_dir_all(&folder).expect("a folder");
    let script =
        "return {status = obj.status.word, message = obj.metadata.name .. ' ' .. #obj.status.pad}";
    std::fs::write(folder.join("health.lua"), script).expect("a script");

    let engine = Engine::new(&Config::new()).expect("an engine");
    let component = Component::from_binary(&engine, &wasm).expect("a component");
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).expect("WASI");
    let wasi = WasiCtxBuilder::new()
        .arg("health-lua")
        .preopened_dir(data.path(), "/data", FsPerms::ReadOnly)
        .expect("the folder")
        .build();
    let state = State {
        wasi,
        table: ResourceTable::new(),
        bytes: 0,
    };
    let mut store = Store::new(&engine, state);
    store.limiter(|state| state);
    let plugin =
        bindings::HealthPlugin::instantiate(&mut store, &component, &linker).expect("an instance");
    let pad = "x".repeat(4_000);
    let mut warm = 0;
    for batch in 0..BATCHES {
        let object = |n: usize| {
            let word = ["Healthy", "Degraded"][n % 2];
            format!(
                r#"{{"apiVersion":"example.com/v1","kind":"Widget","metadata":{{"name":"{batch}-{n}"}},"status":{{"word":"{word}","pad":"{pad}"}}}}"#
            )
        };
        let objects: Vec<String> = (0..BATCH).map(object).collect();
        let told = plugin
            .gantry_plugin_health()
            .call_assess(&mut store, &objects);
        let told = told.expect("verdicts");
        assert_eq!(told.len(), BATCH);
        for (n, verdict) in told.iter().enumerate() {
            let verdict = verdict.as_ref().expect("a verdict");
            assert_eq!(verdict.message, format!("{batch}-{n} 4000"));
        }
        if batch == WARM {
            warm = store.data().bytes;
        }
    }
    let bytes = store.data().bytes;
    assert!(bytes <= warm + warm / 4, "{warm} bytes became {bytes}");
}
