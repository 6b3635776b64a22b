//! Builds the built-in plugins for WebAssembly, so that one `cargo build` makes the whole binary.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The one plugin in Go: its folder, which is its name.
const GO_PLUGIN: &str = "health-lua";
/// Package, and the plugin's name.
const PLUGINS: [(&str, &str); 4] = [
    ("gantry-plain-yaml", "plain-yaml"),
    ("gantry-template", "template"),
    ("gantry-kustomize", "kustomize"),
    ("gantry-health-core", "health-core"),
];
const TARGET: &str = "wasm32-wasip2";

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
    // A target directory of its own: the outer build holds the lock of the usual one.
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let target = out.join("guests");
    build(root, &target)?;
    for (package, name) in PLUGINS {
        let file = format!("{}.wasm", package.replace('-', "_"));
        fs::copy(
            target.join(TARGET).join("guest").join(file),
            out.join(format!("{name}.wasm")),
        )?;
    }
    let core = out.join(format!("{GO_PLUGIN}.core.wasm"));
    build_go(&root.join("plugins").join(GO_PLUGIN), &core)?;
    let component = gantry_componentize::componentize(&fs::read(&core)?, None)
        .map_err(|error| format!("{}: {error}", core.display()))?;
    fs::write(out.join(format!("{GO_PLUGIN}.wasm")), component)?;
    Ok(())
}

fn build_go(folder: &Path, core: &Path) -> Result<(), Box<dyn Error>> {
    let status = Command::new("go")
        .current_dir(folder)
        .args(["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w"])
        .arg("-o")
        .arg(core)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
        // A workspace around this one is not meant, nor are flags for native programs.
        .envs([("GOWORK", "off"), ("GOFLAGS", "")])
        .status()
        .map_err(|error| {
            format!("cannot run go, which builds plugins/{GO_PLUGIN}: {error}: install Go from https://go.dev")
        })?;
    if status.success() {
        return Ok(());
    }
    Err(format!("plugins/{GO_PLUGIN} does not build; is Go at least 1.24?").into())
}

fn build(root: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let mut cargo = Command::new(env::var("CARGO")?);
    cargo
        .current_dir(root)
        .args(["build", "--target", TARGET, "--profile", "guest"]);
    cargo.arg("--target-dir").arg(target);
    for (package, _) in PLUGINS {
        cargo.args(["--package", package]);
    }
    // What the outer build says of its own compiler is not meant for the guests.
    for variable in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
    ] {
        cargo.env_remove(variable);
    }
    if cargo.status()?.success() {
        return Ok(());
    }
    Err(format!(
        "the built-in plugins do not build; is the target there? rustup target add {TARGET}"
    )
    .into())
}
