//! What a host is made of: the built-in plugins, a directory of more, a cache, and limits.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use gantry_model::{SourceTree, limits};

use crate::limits::LimitOverrides;
use crate::trust::Policy;
use gantry_model::digest::Digest;

/// A plugin that comes inside the binary.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// The name applications use.
    pub name: &'static str,
    /// The component.
    pub wasm: &'static [u8],
    /// Of the component, where it is known: to hash a large one is a good part of loading it.
    pub digest: Option<Digest>,
}

/// Is told of plugins that are being loaded, which takes long where one is compiled.
pub trait Loading: Debug + Send + Sync {
    /// A plugin is loaded from here on.
    fn begins(&self, plugin: &str);
    /// It is there, or it has failed.
    fn ends(&self, plugin: &str);
}

/// Finds the files that belong to plugins, such as the scripts of one that runs scripts.
pub trait PluginData: Debug + Send + Sync {
    /// The files of one plugin, asked once, when it is loaded. None: it has none.
    fn of(&self, plugin: &str) -> Option<Arc<dyn SourceTree>>;
}

/// What a [`Host`](crate::Host) is made of.
#[derive(Clone, Debug, Default)]
pub struct HostConfig {
    /// Plugins inside the binary. Where two judge the health of one kind, the first does.
    pub builtins: &'static [Builtin],
    /// Those of them that judge nothing without files of their own: they are not loaded to be asked.
    pub need_data: &'static [&'static str],
    /// A directory of `.wasm` files, which must exist. A file of a built-in's name takes its place.
    pub directory: Option<PathBuf>,
    /// Where compiled code is kept between runs; made when missing. Only wasmtime writes there,
    /// and whoever else can write there can run code: it belongs to the user alone.
    pub compile_cache: Option<PathBuf>,
    /// Where health plugins' own files are; a plugin reads them at `/data`. Renderers have none:
    /// what they render depends on the source tree alone.
    pub data: Option<Arc<dyn PluginData>>,
    /// Where renders are remembered.
    pub cache: CacheConfig,
    /// What one call may use.
    pub limits: Limits,
    /// What a call of the plugin of that name may use instead.
    pub overrides: BTreeMap<String, LimitOverrides>,
    /// Which files of the directory may be loaded.
    pub trust: Policy,
    /// Who is told of loads.
    pub loading: Option<Arc<dyn Loading>>,
}

impl HostConfig {
    /// What one call of this plugin may use.
    pub fn limits_of(&self, plugin: &str) -> Limits {
        match self.overrides.get(plugin) {
            Some(overrides) => self.limits.with(overrides),
            None => self.limits.clone(),
        }
    }

    /// The most memory that any plugin may use, in bytes: what the pool has room for.
    pub(crate) fn memory_max_bytes(&self) -> usize {
        let of_plugins = self.overrides.values().map(|o| self.limits.with(o));
        of_plugins
            .chain([self.limits.clone()])
            .map(|limits| {
                limits
                    .render_memory_max_bytes
                    .max(limits.health_memory_max_bytes)
            })
            .max()
            .unwrap_or_default()
    }
}

/// Where renders are remembered.
#[derive(Clone, Debug)]
pub struct CacheConfig {
    /// Bytes of all renders in memory; 0 remembers none there.
    pub memory_max_bytes: u64,
    /// A directory for renders from run to run, which belongs to the user alone; made when missing.
    pub directory: Option<PathBuf>,
}

impl CacheConfig {
    /// Remembers nothing: each render is done.
    pub const OFF: Self = Self {
        memory_max_bytes: 0,
        directory: None,
    };
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            memory_max_bytes: limits::RENDER_CACHE_MEMORY_MAX_BYTES,
            directory: None,
        }
    }
}

/// What one call may use. The default is the table in [`gantry_model::limits`]; tests lower it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Wall-clock time of one render, in milliseconds.
    pub render_deadline_ms: u64,
    /// Wall-clock time of one health batch, in milliseconds.
    pub health_deadline_ms: u64,
    /// Wall-clock time of the calls made once at load, in milliseconds.
    pub load_deadline_ms: u64,
    /// Linear memory of one renderer, in bytes.
    pub render_memory_max_bytes: usize,
    /// Linear memory of one health plugin, in bytes.
    pub health_memory_max_bytes: usize,
    /// Native stack of one guest, in bytes.
    pub stack_max_bytes: usize,
    /// Size of a `.wasm` file, in bytes.
    pub file_max_bytes: u64,
    /// All documents of one render together, in bytes.
    pub output_max_bytes: usize,
    /// Documents of one render.
    pub documents_max: usize,
    /// Captured output of one call, in bytes.
    pub log_max_bytes: usize,
    /// Instances alive at once; a further call waits for its turn.
    pub instances_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            render_deadline_ms: limits::RENDER_DEADLINE_MS,
            health_deadline_ms: limits::HEALTH_DEADLINE_MS,
            load_deadline_ms: limits::LOAD_DEADLINE_MS,
            render_memory_max_bytes: limits::RENDER_MEMORY_MAX_BYTES,
            health_memory_max_bytes: limits::HEALTH_MEMORY_MAX_BYTES,
            stack_max_bytes: limits::GUEST_STACK_MAX_BYTES,
            file_max_bytes: limits::PLUGIN_FILE_MAX_BYTES,
            output_max_bytes: limits::RENDER_OUTPUT_MAX_BYTES,
            documents_max: limits::RENDER_DOCUMENTS_MAX,
            log_max_bytes: limits::GUEST_LOG_MAX_BYTES,
            instances_max: limits::INSTANCES_MAX,
        }
    }
}
