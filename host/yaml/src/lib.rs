//! The one Kubernetes YAML dialect: what `sigs.k8s.io/yaml` makes of a document, is what this
//! makes of it. Text to JSON values with places, and back.
//!
//! The rules are those of `goyaml.v2/resolve.go` and `decode.go` of that module: YAML 1.1 booleans
//! for unquoted words, Go's integer syntax (`0777` is octal), merge keys in the order of the text,
//! the last of duplicate keys wins, dates stay strings, keys that are no strings become strings.

mod dialect;
mod document;
mod emit;
mod error;
mod load;
mod locate;
mod objects;
mod plain;
mod quote;
mod resolve;
pub mod styled;
mod timestamp;

pub use dialect::Dialect;
pub use document::{Document, parse, parse_as, parse_bytes};
pub use emit::{emit, emit_all};
pub use error::YamlError;
pub use objects::{list_items, objects, objects_in};
