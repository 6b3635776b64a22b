//! Makes a plugin of a core WebAssembly module.
//!
//! Compilers that know nothing of components (Go, clang) write core modules for WASI preview 1.
//! [`componentize`] adds what is missing: the world of `wit/plugin.wit` that the module implements,
//! and the adapter that turns its WASI calls into those of WASI 0.2.

mod error;
mod surface;

pub use error::Error;

use surface::Surface;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// The interfaces, each version of them: a module names the one that it was written for.
const WITS: [(&str, &str); 2] = [
    (
        "0.1.0",
        include_str!("../../../wit/released/0.1.0/plugin.wit"),
    ),
    ("0.1.1", include_str!("../../../wit/plugin.wit")),
];

/// Which world a module implements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Turns a source tree into objects.
    Renderer,
    /// Judges live objects.
    Health,
}

impl World {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Renderer, Self::Health];

    /// `renderer` or `health`: the interface that only this world exports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Renderer => "renderer",
            Self::Health => "health",
        }
    }
}

/// Turns a core module into a component. Without a world, the one is taken that the module exports; a
/// module that brings its world along, as those with bindings for C do, keeps it.
///
/// # Errors
/// [`Error`] says why the module cannot be a plugin, and what to do.
pub fn componentize(core: &[u8], world: Option<World>) -> Result<Vec<u8>, Error> {
    let surface = Surface::read(core)?;
    let mut module = core.to_vec();
    if !surface.has_metadata {
        let world = match world {
            Some(world) => world,
            None => surface.world()?,
        };
        embed(&mut module, world, surface.interfaces(&WITS))?;
    }
    encode(&module).map_err(|error| Error::Unfit(format!("{error:#}")))
}

fn embed(module: &mut Vec<u8>, world: World, wit: &str) -> Result<(), Error> {
    let internal = |error| Error::Internal(format!("{error:#}"));
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", wit).map_err(internal)?;
    let name = format!("{}-plugin", world.as_str());
    let world = resolve
        .select_world(&[package], Some(&name))
        .map_err(internal)?;
    wit_component::embed_component_metadata(module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| Error::Internal(format!("{error:#}")))
}

fn encode(module: &[u8]) -> Result<Vec<u8>, impl std::fmt::Display> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?
        .encode()
}
