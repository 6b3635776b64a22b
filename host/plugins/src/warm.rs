//! Instances of health plugins that stay between calls. Judging is a pure function of the object,
//! so that nothing is lost by it, and a language runtime has to start only once. A call that fails
//! ends its instance; so do many calls, and much memory.

use std::sync::{Mutex, PoisonError};

use gantry_model::limits;
use wasmtime::Store;

use crate::bindings::health::{HealthPlugin, HealthPluginPre};
use crate::error::Fault;
use crate::sandbox::{Grant, Sandbox, State};
use crate::slots::Permit;

/// The idle instances of one plugin.
#[derive(Default)]
pub(crate) struct Warm(Mutex<Vec<Instance>>);

struct Instance {
    store: Store<State>,
    plugin: HealthPlugin,
    calls: u32,
    _place: Permit,
}

impl Warm {
    /// Calls an idle instance, or a fresh one where none is idle.
    pub(crate) fn call<T>(
        &self,
        sandbox: &Sandbox,
        grant: &Grant,
        pre: &HealthPluginPre<State>,
        call: impl FnOnce(&HealthPlugin, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        // Not in the condition: the lock would be held for the call.
        let idle = self.lock().pop();
        if let Some(mut instance) = idle {
            let Instance { store, plugin, .. } = &mut instance;
            let called = sandbox.call(grant, store, |store| call(plugin, store));
            instance.calls += 1;
            if called.is_ok() {
                self.keep(instance, grant);
            }
            return called;
        }
        let Some(place) = sandbox.warm.take() else {
            return sandbox.run(grant, |store| call(&pre.instantiate(&mut *store)?, store));
        };
        let mut store = sandbox.store(grant);
        let (plugin, told) = sandbox.call(grant, &mut store, |store| {
            let plugin = pre.instantiate(&mut *store)?;
            let told = call(&plugin, store)?;
            Ok((plugin, told))
        })?;
        let instance = Instance {
            store,
            plugin,
            calls: 1,
            _place: place,
        };
        self.keep(instance, grant);
        Ok(told)
    }

    fn keep(&self, instance: Instance, grant: &Grant) {
        let memory = instance.store.data().memory_bytes();
        if instance.calls < limits::WARM_CALLS_MAX && memory <= grant.memory_max_bytes / 2 {
            self.lock().push(instance);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Instance>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
