//! Plugins compiled ahead of their use.

use std::time::Instant;

use serde::Serialize;

use crate::error::PluginError;
use crate::host::{Host, Parts};

/// A plugin that is ready on this machine.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compiled {
    /// The plugin's name.
    pub name: String,
    /// Size of its file.
    pub size_bytes: u64,
    /// Whether it had been compiled before.
    pub was_ready: bool,
    /// Time to compile it, or to take it from where compiled plugins are kept.
    pub load_ms: f64,
}

impl Host {
    /// Compiles a plugin, so that its first call need not wait for that.
    ///
    /// # Errors
    /// [`PluginError`] says why there is no plugin of that name.
    pub fn compile(&self, name: &str) -> Result<Compiled, PluginError> {
        let misses = self.0.compilations();
        let start = Instant::now();
        let plugin = self.0.load(&self.0.registry.current(), name)?;
        Ok(Compiled {
            name: name.to_owned(),
            size_bytes: plugin.size_bytes,
            was_ready: self.0.compilations() == misses,
            load_ms: start.elapsed().as_secs_f64() * 1e3,
        })
    }
}

impl Parts {
    /// How often this process looked for compiled code in vain.
    fn compilations(&self) -> Option<usize> {
        let cache = self.sandbox.cache.as_ref();
        cache.map(wasmtime::Cache::cache_misses)
    }
}
