//! What every room of Gantry speaks of: objects, applications, source trees, clusters, health.
//!
//! Serde only, no I/O and no clock. The two traits here, [`SourceTree`] and [`Cluster`], are the
//! borders between rooms that never name each other: `source` implements the one and `plugins`
//! reads through it, `cluster` implements the other and `sync` drives it.

pub mod application;
pub mod cluster;
pub mod diagnostic;
pub mod digest;
pub mod field;
pub mod health;
pub mod limits;
pub mod manifest;
pub mod object;
pub mod plugin_name;
pub mod project;
pub mod schema;
pub mod secrets;
pub mod tree;
pub mod version;

pub use application::{Application, Destination, SyncOptions};
pub use cluster::{Cluster, ClusterError};
pub use diagnostic::{Diagnostic, Position, Severity, Span};
pub use digest::{Digest, NoDigest};
pub use field::field_pointer;
pub use health::{Health, HealthStatus};
pub use manifest::{Manifest, Parsed, read_manifest};
pub use object::{Gvk, Object, ObjectError, ObjectRef, Origin};
pub use plugin_name::is_plugin_name;
pub use tree::{Entry, EntryKind, SourceTree, TreeError};
