//! Builds the built-in plugins for WebAssembly, so that one `cargo build` makes the whole binary.

#![allow(
    clippy::print_stdout,
    reason = "cargo reads what a build script prints"
)]

mod go;
mod overlay;
mod rust;
mod stamp;

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// The plugins in Rust: package, and the plugin's name.
const RUST: [rust::Plugin; 4] = [
    ("gantry-plain-yaml", "plain-yaml"),
    ("gantry-template", "template"),
    ("gantry-kustomize", "kustomize"),
    ("gantry-health-core", "health-core"),
];
/// The plugins in Go.
const GO: [go::Plugin; 2] = [
    go::Plugin {
        name: "health-lua",
        linker_flags: "-s -w",
        started: false,
    },
    go::Plugin {
        name: "helm",
        // What a template is told of Helm, which Helm's own build tells it else.
        linker_flags: "-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1",
        started: true,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = here
        .ancestors()
        .nth(2)
        .ok_or("the workspace is two folders up")?;
    for watched in [
        "plugins",
        "host/model",
        "host/yaml",
        "wit",
        "Cargo.lock",
        "Cargo.toml",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    rust::build(root, &out, &RUST)?;
    for plugin in &GO {
        plugin.build(&root.join("plugins"), &out)?;
    }
    let names = RUST.iter().map(|(_, name)| *name);
    for name in names.chain(GO.iter().map(|plugin| plugin.name)) {
        let component = fs::read(out.join(format!("{name}.wasm")))?;
        let digits: String = Sha256::digest(&component)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        fs::write(
            out.join(format!("{name}.digest")),
            format!("sha256:{digits}"),
        )?;
    }
    Ok(())
}
