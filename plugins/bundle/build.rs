//! Builds the built-in plugins for WebAssembly, so that one `cargo build` makes the whole binary.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The plugins in Go: the folder, which is the name, and flags for its linker.
const GO_PLUGINS: [(&str, &str); 2] = [
    ("health-lua", "-s -w"),
    // What a template is told of Helm, which is else told by Helm's own build.
    (
        "helm",
        "-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1",
    ),
];
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
    for (name, linker_flags) in GO_PLUGINS {
        let core = out.join(format!("{name}.core.wasm"));
        build_go(&root.join("plugins").join(name), linker_flags, &core)?;
        let component = gantry_componentize::componentize(&fs::read(&core)?, None)
            .map_err(|error| format!("{}: {error}", core.display()))?;
        fs::write(out.join(format!("{name}.wasm")), component)?;
    }
    Ok(())
}

fn build_go(folder: &Path, linker_flags: &str, core: &Path) -> Result<(), Box<dyn Error>> {
    let status = Command::new("go")
        .current_dir(folder)
        .args(["build", "-buildmode=c-shared", "-trimpath"])
        .arg(format!("-ldflags={linker_flags}"))
        .arg("-o")
        .arg(core)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
        // Wasmtime has both: smaller code.
        .env("GOWASM", "satconv,signext")
        // A workspace around this one is not meant, nor are flags for native programs.
        .envs([("GOWORK", "off"), ("GOFLAGS", "")])
        .status()
        .map_err(|error| {
            format!("cannot run go, which builds {}: {error}: install Go from https://go.dev", folder.display())
        })?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{} does not build; is Go at least 1.26?", folder.display()).into())
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
