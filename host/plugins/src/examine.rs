//! What one file is, for authors: it need not lie in the plugin directory, nor be used by anybody.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use wasmparser::{Parser, Payload};
use wasmtime::component::Component;

use crate::config::{HostConfig, Limits};
use crate::directory::Directory;
use crate::error::{LoadError, PluginError};
use crate::info::PluginFacts;
use crate::inspect::{Inspected, Kind, inspect};
use crate::plugin::{Body, Plugin};
use crate::sandbox::Sandbox;
use gantry_model::digest::Digest;

/// Bytes of a page of linear memory, unless a memory says otherwise.
const PAGE_BYTES_LOG2: u32 = 16;

/// All there is to say of a plugin.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Examination {
    /// What lists tell, too.
    #[serde(flatten)]
    pub facts: PluginFacts,
    /// The version of `gantry:plugin` that it implements.
    pub interface_version: String,
    /// What it imports, in its own order.
    pub imports: Vec<String>,
    /// The kinds that it judges; none for a renderer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Its linear memory.
    pub memory: Memory,
    /// What its loading takes.
    pub load: LoadTimes,
}

/// A kind that a health plugin judges; `*` stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
}

/// Linear memory, as the component declares it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// What an instance starts with.
    pub initial_bytes: u64,
    /// What it grows to by its own word; none where it names no bound.
    pub maximum_bytes: Option<u64>,
    /// What the host lets it have.
    pub limit_bytes: u64,
}

/// What the loading of a plugin takes.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadTimes {
    /// To compile it, once for each version of it on a machine.
    pub compile_ms: f64,
    /// To take it from the cache of compiled plugins, link it, and ask it about itself: once in
    /// each process.
    pub cached_ms: f64,
}

/// Looks at one file as closely as the host does when it loads it, and at what nobody else asks.
/// `scratch` is an empty directory, for the compiled code.
///
/// # Errors
/// [`PluginError::Load`] says why the file is no usable plugin.
pub fn examine(
    file: &Path,
    name: &str,
    scratch: &Path,
    limits: &Limits,
) -> Result<Examination, PluginError> {
    let failed = |error: LoadError| PluginError::Load {
        name: name.to_owned(),
        error,
    };
    let wasm = read(file, limits.file_max_bytes).map_err(failed)?;
    let Inspected { kind, imports, .. } = inspect(&wasm).map_err(failed)?;
    let config = HostConfig {
        compile_cache: Some(scratch.to_owned()),
        limits: limits.clone(),
        ..HostConfig::default()
    };
    let sandbox =
        Sandbox::start(&config).map_err(|error| PluginError::Start(format!("{error:#}")))?;
    let digest = Digest::of(&wasm);
    let (compiled, compile_ms) = timed(|| Component::from_binary(&sandbox.engine, &wasm));
    compiled.map_err(|error| failed(LoadError::Invalid(format!("{error:#}"))))?;
    let (plugin, cached_ms) = timed(|| Plugin::load(&sandbox, name, &wasm, digest));
    let plugin = plugin.map_err(failed)?;
    let limit = match kind {
        Kind::Renderer => limits.render_memory_max_bytes,
        Kind::Health => limits.health_memory_max_bytes,
    };
    let version = plugin.world.rsplit_once('@').map(|(_, version)| version);
    Ok(Examination {
        interface_version: version.unwrap_or_default().to_owned(),
        facts: PluginFacts::of(&plugin),
        imports,
        claims: claims(&plugin),
        memory: Memory {
            limit_bytes: limit as u64,
            ..memory(&wasm).map_err(failed)?
        },
        load: LoadTimes {
            compile_ms,
            cached_ms,
        },
    })
}

fn claims(plugin: &Plugin) -> Vec<Claim> {
    let Body::Health { claims, .. } = &plugin.body else {
        return Vec::new();
    };
    let claim = |(group, kind): &(String, String)| Claim {
        group: group.clone(),
        kind: kind.clone(),
    };
    claims.iter().map(claim).collect()
}

/// The file, whatever links lead to it.
fn read(file: &Path, max_bytes: u64) -> Result<Vec<u8>, LoadError> {
    let unreadable = |error: std::io::Error| LoadError::Unreadable(error.to_string());
    let real = file.canonicalize().map_err(unreadable)?;
    let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
        return Err(LoadError::Unreadable("it is not a file".to_owned()));
    };
    let directory = Directory::open(parent).map_err(unreadable)?;
    directory.read(Path::new(name), max_bytes)
}

/// The memories of all modules within the component, taken together.
fn memory(wasm: &[u8]) -> Result<Memory, LoadError> {
    let invalid = |error: wasmparser::BinaryReaderError| LoadError::Invalid(error.to_string());
    let mut memory = Memory {
        maximum_bytes: Some(0),
        ..Memory::default()
    };
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::MemorySection(section) = payload.map_err(invalid)? else {
            continue;
        };
        for declared in section {
            let declared = declared.map_err(invalid)?;
            let page = declared.page_size_log2.unwrap_or(PAGE_BYTES_LOG2);
            let bytes = |pages: u64| pages.saturating_mul(1u64.checked_shl(page).unwrap_or(0));
            memory.initial_bytes = memory.initial_bytes.saturating_add(bytes(declared.initial));
            memory.maximum_bytes = memory
                .maximum_bytes
                .zip(declared.maximum)
                .map(|(sum, pages)| sum.saturating_add(bytes(pages)));
        }
    }
    Ok(memory)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, millis(start.elapsed()))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::{Memory, memory};

    #[test]
    fn the_memories_of_all_modules_count() {
        let cases = [
            ("(component)", 0, Some(0)),
            (
                "(component (core module (memory 2 5)))",
                2 << 16,
                Some(5 << 16),
            ),
            (
                "(component (core module (memory 1 2)) (core module (memory 3)))",
                4 << 16,
                None,
            ),
        ];
        for (text, initial_bytes, maximum_bytes) in cases {
            let wasm = wat::parse_str(text).expect("valid text");
            let expected = Memory {
                initial_bytes,
                maximum_bytes,
                limit_bytes: 0,
            };
            assert_eq!(memory(&wasm), Ok(expected), "{text}");
        }
    }
}
