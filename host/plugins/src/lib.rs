//! Runs plugins: WebAssembly components that render source trees or judge live objects.
//!
//! The only room that names wasmtime. A [`Host`] knows the built-in plugins and those of a
//! directory, loads each when it is first used, and calls it in a sandbox: a fresh instance, a
//! deadline, a memory limit, no access but to what the call hands over (`wit/plugin.wit`).
//!
//! From a call to its result: [`Host::render`] → `registry` (which component) → `plugin` (compiled
//! and asked about itself) → `parameters` (checked) → `sandbox` (store and limits, over `wasi` and
//! `source`) → `documents` (text to objects).

mod bindings;
mod config;
mod directory;
mod documents;
mod engine;
mod error;
mod health;
mod host;
mod info;
mod inspect;
mod parameters;
mod plugin;
mod registry;
mod render;
mod request;
mod sandbox;
mod slots;
mod source;
mod wasi;

pub use config::{Builtin, HostConfig, Limits, PluginData};
pub use error::{Fault, LoadError, PluginError};
pub use health::Verdict;
pub use host::Host;
pub use info::{PluginFacts, PluginInfo};
pub use inspect::Kind;
pub use render::Rendering;
pub use request::RenderRequest;
