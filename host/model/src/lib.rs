//! What every room of Gantry speaks of: objects, applications, source trees, clusters, health.
//!
//! Serde only, no I/O and no clock. The traits here, [`SourceTree`], [`Outside`] and [`Cluster`],
//! are the borders between rooms that never name each other: `source` implements the first and
//! `plugins` reads through it, `control` stands behind the second, `cluster` implements the last and
//! `sync` drives it.

pub mod application;
pub mod cluster;
pub mod diagnostic;
pub mod digest;
pub mod field;
pub mod glob;
pub mod health;
pub mod limits;
pub mod manifest;
pub mod merge_patch;
pub mod metrics;
pub mod object;
pub mod outside;
pub mod plugin_name;
pub mod project;
pub mod push;
pub mod repository_url;
pub mod schema;
pub mod secrets;
pub mod settings;
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
pub use outside::{Granted, NoOutside, Outside, Pinned, Withheld};
pub use plugin_name::is_plugin_name;
pub use push::{Push, WebhookSecrets};
pub use repository_url::{same_repository, without_password, without_secrets};
pub use tree::{Entry, EntryKind, SourceTree, TreeError};
