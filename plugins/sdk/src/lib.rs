//! What a renderer in Rust is written with: one trait and one macro for the renderer world of
//! `wit/plugin.wit`. Build with `cargo build --target wasm32-wasip2 --release`. (Health plugins:
//! `gantry-sdk-health`.)

pub mod files;
pub mod renderer;
