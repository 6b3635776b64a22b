//! The one wasmtime engine of a host: how guests are compiled, pooled and interrupted.

use std::path::Path;

use gantry_model::limits;
use wasmtime::{
    Cache, CacheConfig, Config, Enabled, Engine, InstanceAllocationStrategy,
    PoolingAllocationConfig,
};

use crate::config::{HostConfig, Limits};

/// Core modules of one component. Those that `wit-component` makes have up to four: the guest, two
/// that tie its knots, and an adapter for WASI preview 1. CPython, linked from shared libraries, has
/// 38.
const CORE_INSTANCES_PER_COMPONENT: u32 = 48;
/// Memories of one component: the guest's, and one to spare for a language runtime.
const MEMORIES_PER_COMPONENT: u32 = 2;
/// Tables of one component: the guest's, and those of the modules that tie its knots.
const TABLES_PER_COMPONENT: u32 = 4;
/// Memory of a used slot that is cleared by hand instead of given back to the system, in bytes: a
/// small guest then starts without page faults.
const MEMORY_KEPT_RESIDENT_BYTES: usize = 1 << 20;
/// The same for tables, in bytes.
const TABLE_KEPT_RESIDENT_BYTES: usize = 64 << 10;

/// Makes the engine.
pub(crate) fn start(host: &HostConfig, cache: Option<Cache>) -> wasmtime::Result<Engine> {
    let mut pooled = config(&host.limits, cache.clone());
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(host)));
    Engine::new(&pooled).or_else(|error| {
        // The pool reserves some 500 GiB of address space, which `ulimit -v` may forbid.
        tracing::debug!(%error, "no pool of instances: they are allocated one by one");
        Engine::new(&config(&host.limits, cache))
    })
}

fn config(limits: &Limits, cache: Option<Cache>) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack_max_bytes)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Lines of the plugin's source in traps, where its author left debug information.
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable)
        // Only debuggers and foreign unwinders read these, and each process would load them.
        .debug_symbols(false)
        .native_unwind_info(false)
        .cache(cache);
    config
}

fn pool(host: &HostConfig) -> PoolingAllocationConfig {
    let instances =
        host.limits.instances_max + limits::INNER_INSTANCES_MAX + limits::WARM_INSTANCES_MAX;
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_core_instances(instances * CORE_INSTANCES_PER_COMPONENT)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .total_memories(instances * MEMORIES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .total_tables(instances * TABLES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .table_elements(limits::GUEST_TABLE_MAX_ELEMENTS)
        .max_memory_size(host.memory_max_bytes())
        // Guests run on the caller's stack.
        .total_stacks(0)
        .linear_memory_keep_resident(MEMORY_KEPT_RESIDENT_BYTES)
        .table_keep_resident(TABLE_KEPT_RESIDENT_BYTES)
        // Where the system tells which pages were written, no others are cleared.
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Wasmtime's own cache, which only ever loads what it wrote for this very version and machine.
pub(crate) fn open_cache(directory: &Path) -> Option<Cache> {
    let open = || {
        let directory = std::path::absolute(directory)?;
        std::fs::create_dir_all(&directory)?;
        let mut config = CacheConfig::new();
        config
            .with_directory(directory)
            .with_files_total_size_soft_limit(limits::COMPILE_CACHE_MAX_BYTES)
            // Wasmtime would press what is used often harder, for a minute of one core.
            .with_optimized_compression_usage_counter_threshold(u64::MAX);
        Cache::new(config)
    };
    open()
        .inspect_err(|error| {
            let path = directory.display();
            tracing::warn!(%path, %error, "no cache: plugins are compiled anew by each process");
        })
        .ok()
}
