//! Plugins in OCI registries: pulled into the plugin directory, and pushed from a file.
//!
//! An artifact is a manifest with one layer, the plugin: the layout of the CNCF's Wasm OCI artifact,
//! and what ORAS makes of a file. From a reference to a file: `layout` (which layer) → `cosign` (who
//! signed it) → `file` (into the directory, in one step).

mod cosign;
mod error;
mod file;
mod layout;
mod pull;
mod push;

pub use error::RegistryError;
pub use file::place;
pub use gantry_oci::{Connection, Credentials, Registry};
pub use pull::{Pull, Pulled};
pub use push::{Push, Pushed};
