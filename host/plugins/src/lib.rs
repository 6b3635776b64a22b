//! Runs plugins: WebAssembly components that render source trees or judge live objects.
//!
//! The only room that names wasmtime. A [`Host`] knows the built-in plugins and those of a
//! directory, loads each when it is first used, and calls it in a sandbox: a fresh instance, a
//! deadline, a memory limit, no access but to what the call hands over (`wit/plugin.wit`).
//!
//! From a call to its result: [`Host::render`] → `registry` (which component) → `plugin` (compiled
//! and asked about itself) → `parameters` (checked) → `sandbox` (store and limits, over `wasi` and
//! `source`) → `documents` (text to objects). `cache` remembers what came of it, `observe` what it
//! depended on.

mod bindings;
mod cache;
mod candidate;
mod claims;
mod clock;
mod compile;
mod config;
mod data;
mod diagnostics;
mod directory;
mod documents;
mod engine;
mod error;
mod examine;
mod health;
mod host;
mod info;
mod inspect;
mod limits;
mod metrics;
mod nested;
mod observe;
mod outside;
mod parameters;
mod plugin;
mod recording;
mod reference;
mod registry;
mod render;
mod request;
mod sandbox;
mod shelf;
mod slots;
mod source;
mod trust;
mod warm;
mod wasi;
mod watch;

pub use compile::Compiled;
pub use config::{Builtin, CacheConfig, HostConfig, Limits, Loading, PluginData};
pub use error::{Fault, LoadError, PluginError, did_you_mean};
pub use examine::{Claim, Examination, LoadTimes, Memory, examine};
pub use gantry_model::{Digest, NoDigest};
pub use health::Verdict;
pub use host::Host;
pub use info::{PluginFacts, PluginInfo};
pub use inspect::{Kind, Surface, check};
pub use limits::{Limit, LimitOverrides, OutOfBounds, Unit};
pub use metrics::PluginMetrics;
pub use outside::Supplier;
pub use recording::{NotARecording, Outcome, Recording};
pub use reference::PluginRef;
pub use render::Rendering;
pub use request::RenderRequest;
pub use trust::{
    ImageSignature, KeyError, Keys, Mismatch, NoKeyFits, Policy, SIGNATURE_SUFFIX, Untrusted,
};
pub use watch::Watch;
