//! Edits of Kubernetes objects, as kustomize makes them: strategic merge, JSON patch, field specs,
//! labels, images, replicas and replacements, on plain JSON values.
//!
//! Nothing here reads files or keeps state; errors carry facts, the caller adds file and line.

pub mod defaults;
mod error;
pub mod fields;
mod id;
pub mod images;
pub mod json_patch;
pub mod labels;
pub mod merge;
pub mod order;
pub mod replacements;
pub mod replicas;
mod scalar;
mod schema;
pub mod selector;
pub mod value_add;

pub use error::PatchError;
pub use id::{Gvk, Id, split_api_version};
pub use schema::Schema;
