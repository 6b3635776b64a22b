//! What a renderer in Rust is written with: one trait and one macro for the renderer world of
//! `wit/plugin.wit`. Build with `cargo build --target wasm32-wasip2 --release`. (Health plugins:
//! `gantry-sdk-health`.)
//!
//! ```
//! use gantry_sdk::renderer::{Document, Problems, Renderer, Rendering, Request, Tree};
//! use gantry_sdk::schemars::{self, JsonSchema};
//! use serde::Deserialize;
//!
//! struct Greeting;
//! gantry_sdk::export_renderer!(Greeting);
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Parameters {
//!     /// Whom to greet.
//!     name: String,
//! }
//!
//! impl Renderer for Greeting {
//!     const SUMMARY: &'static str = "greets";
//!     type Parameters = Parameters;
//!
//!     fn render(_: &Tree, _: &Request, parameters: Parameters) -> Result<Rendering, Problems> {
//!         Ok(vec![Document::json(&serde_json::json!({
//!             "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "greeting"},
//!             "data": {"hello": parameters.name},
//!         }))]
//!         .into())
//!     }
//! }
//! ```

mod diagnostic;
mod document;
pub mod files;
mod parameters;
pub mod renderer;

pub use schemars;
