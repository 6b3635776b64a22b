//! Helm charts from Helm repositories and registries as source trees, and single files from the web.
//!
//! The only room with a web client of its own. From a request to a tree: `repository` (index, version,
//! archive) or `registry` (tags, manifest, layer) → `cache` (by digest, on disk) → `unpack` (limits,
//! nothing outside) → `tree` (in memory). `http` decides who gets credentials, `reach` which addresses
//! are asked at all; `chosen` is what polls ask. `exchange` sends single requests for other rooms.
//!
//! All calls block; they belong on a blocking thread.

mod access;
mod cache;
mod charts;
mod choose;
mod chosen;
mod client;
mod digest;
mod error;
mod exchange;
mod http;
mod index;
mod location;
mod reach;
mod registry;
mod repository;
mod told;
mod tree;
mod unpack;

pub use access::ChartAccess;
pub use charts::{Chart, ChartRequest, Charts};
pub use chosen::{Chosen, is_exact};
pub use error::ChartError;
pub use exchange::{Bounds, Exchange};
pub use reach::Reach;
