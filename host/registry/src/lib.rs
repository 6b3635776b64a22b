//! Plugins in OCI registries: pulled into the plugin directory, and pushed from a file.
//!
//! The only room that names an OCI client. An artifact is a manifest with one layer, the plugin:
//! the layout of the CNCF's Wasm OCI artifact, and what ORAS makes of a file. From a reference to a
//! file: `session` (registry and credentials) → `layout` (which layer) → `cosign` (who signed it)
//! → `file` (into the directory, in one step).

mod cosign;
mod credentials;
mod error;
mod file;
mod layout;
mod pull;
mod push;
mod session;

pub use credentials::Credentials;
pub use error::RegistryError;
pub use file::place;
pub use pull::{Pull, Pulled};
pub use push::{Push, Pushed};
pub use session::Registry;
