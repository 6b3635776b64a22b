//! What a guest may use: the one place where a `Store` is made, always with a deadline, a memory
//! limit, bounded copies and a WASI with nothing in it but the trees that are granted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry_model::limits;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime::{Cache, Engine, ResourceLimiter, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::bindings::renderer::gantry::plugin::{context, source, types};
use crate::clock::Clock;
use crate::config::HostConfig;
use crate::error::Fault;
use crate::metrics::{Meter, Meters};
use crate::outside::Lent;
use crate::slots::{Permits, Slots};
use crate::wasi::files::{Files, Mount};
use crate::wasi::log::GuestLog;
use crate::wasi::{self, Surroundings};

/// The engine with all that a guest can import, and the turns to take.
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    clock: Clock,
    pub(crate) linker: Linker<State>,
    /// What the operator decided.
    pub(crate) config: HostConfig,
    pub(crate) meters: Meters,
    /// Where compiled code is kept.
    pub(crate) cache: Option<Cache>,
    /// Turns of fresh instances, each of which lives as long as its call.
    slots: Slots,
    /// Turns of instances that others wait for, who hold a turn of their own.
    inner: Slots,
    /// Places for instances that stay between calls.
    pub(crate) warm: Arc<Permits>,
}

/// What one call may use.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) plugin: Arc<str>,
    pub(crate) deadline_ms: u64,
    pub(crate) memory_max_bytes: usize,
    /// Bytes that the guest may hand over in one crossing.
    pub(crate) crossing_max_bytes: usize,
    /// Captured output, in bytes.
    pub(crate) log_max_bytes: usize,
    pub(crate) surroundings: Surroundings,
    /// What the guest may read as plain files.
    pub(crate) mounts: Vec<Mount>,
    /// Where the call is counted.
    pub(crate) meter: Arc<Meter>,
}

/// What the host keeps for one guest.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) wasi: WasiCtx,
    /// Nanoseconds on the guest's monotonic clock.
    pub(crate) monotonic_nanos: u64,
    pub(crate) log: GuestLog,
    pub(crate) files: Files,
    /// When its time is over. It moves by the time that the host works for it.
    pub(crate) deadline: Instant,
    pub(crate) lent: Lent,
    memory: MemoryLimiter,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Sandbox {
    pub(crate) fn start(config: &HostConfig) -> wasmtime::Result<Self> {
        let cache = config.compile_cache.as_deref();
        let cache = cache.and_then(crate::engine::open_cache);
        let engine = crate::engine::start(config, cache.clone())?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker)?;
        types::add_to_linker::<State, wasi::Own>(&mut linker, |state| state)?;
        source::add_to_linker::<State, wasi::Own>(&mut linker, |state| state)?;
        context::add_to_linker::<State, wasi::Own>(&mut linker, |state| state)?;
        let slots = Slots::new(config.limits.instances_max);
        let inner = Slots::new(limits::INNER_INSTANCES_MAX);
        Ok(Self {
            clock: Clock::start(&engine),
            engine,
            linker,
            config: config.clone(),
            meters: Meters::default(),
            cache,
            slots,
            inner,
            warm: Permits::new(limits::WARM_INSTANCES_MAX),
        })
    }

    /// Waits for its turn, then runs a guest in a fresh store, of which nothing is left after.
    pub(crate) fn run<T>(
        &self,
        grant: &Grant,
        call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let _turn = self.slots.take();
        self.call(grant, &mut self.store(grant), call)
    }

    /// The same for a guest that another one may wait for: it must not wait for a turn that the
    /// other one holds, nor for anybody else.
    pub(crate) fn run_inner<T>(
        &self,
        grant: &Grant,
        call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let _turn = self.inner.take();
        self.call(grant, &mut self.store(grant), call)
    }

    /// Runs a guest in a store that it may have been called in before. After a fault the store is
    /// of no more use.
    pub(crate) fn call<T>(
        &self,
        grant: &Grant,
        store: &mut Store<State>,
        call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let _ticking = self.clock.tick();
        // One tick more: the current one has partly passed.
        store.set_epoch_deadline(grant.deadline_ms / limits::EPOCH_TICK_MS + 1);
        store.set_hostcall_fuel(grant.crossing_max_bytes);
        store.data().log.restart(grant.log_max_bytes);
        let start = Instant::now();
        store.data_mut().deadline = start + Duration::from_millis(grant.deadline_ms);
        let called = call(store).map_err(|error| {
            let output = store.data().log.tail();
            Fault::of(&error, grant, self.config.limits.stack_max_bytes, output)
        });
        let memory = store.data().memory_bytes();
        let fault = called.as_ref().err();
        grant.meter.called(start.elapsed(), memory, fault);
        called
    }

    /// A fresh store, in which nothing may run but through [`call`](Self::call).
    pub(crate) fn store(&self, grant: &Grant) -> Store<State> {
        let log = GuestLog::new(Arc::clone(&grant.plugin), grant.log_max_bytes);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits::GUEST_HANDLES_MAX);
        let memory = MemoryLimiter {
            max_bytes: grant.memory_max_bytes,
            used_bytes: 0,
        };
        let wasi = grant.surroundings.context(&grant.plugin);
        let mut store = Store::new(
            &self.engine,
            State {
                table,
                wasi,
                monotonic_nanos: 0,
                log,
                files: Files::new(&grant.mounts),
                deadline: Instant::now() + Duration::from_millis(grant.deadline_ms),
                lent: Lent::default(),
                memory,
            },
        );
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_callback(|store| {
            let left = store
                .data()
                .deadline
                .saturating_duration_since(Instant::now());
            Ok(if left.is_zero() {
                UpdateDeadline::Interrupt
            } else {
                let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
                UpdateDeadline::Continue(left_ms / limits::EPOCH_TICK_MS + 1)
            })
        });
        store
    }
}

/// The guest asked for more memory than it may have.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{wanted_bytes} bytes of memory wanted, {max_bytes} allowed")]
pub(crate) struct OutOfMemory {
    pub(crate) wanted_bytes: usize,
    pub(crate) max_bytes: usize,
}

#[derive(Debug)]
struct MemoryLimiter {
    max_bytes: usize,
    used_bytes: usize,
}

impl State {
    /// Linear memory that the guest has, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory.used_bytes
    }
}

impl ResourceLimiter for MemoryLimiter {
    /// Ends the guest rather than tell it that memory is short: it would only abort with a worse
    /// message.
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted_bytes = self
            .used_bytes
            .saturating_add(desired.saturating_sub(current));
        if wanted_bytes > self.max_bytes {
            return Err(OutOfMemory {
                wanted_bytes,
                max_bytes: self.max_bytes,
            }
            .into());
        }
        self.used_bytes = wanted_bytes;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= limits::GUEST_TABLE_MAX_ELEMENTS)
    }
}
