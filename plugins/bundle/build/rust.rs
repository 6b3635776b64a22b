//! Plugins in Rust: packages of this workspace.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "wasm32-wasip2";

/// Package, and the plugin's name.
pub(crate) type Plugin = (&'static str, &'static str);

/// Builds all of them into `out`.
pub(crate) fn build(root: &Path, out: &Path, plugins: &[Plugin]) -> Result<(), Box<dyn Error>> {
    // A target directory of its own: the outer build holds the lock of the usual one.
    let target = out.join("guests");
    let mut cargo = Command::new(env::var("CARGO")?);
    cargo
        .current_dir(root)
        .args(["build", "--target", TARGET, "--profile", "guest"]);
    cargo.arg("--target-dir").arg(&target);
    for (package, _) in plugins {
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
    if !cargo.status()?.success() {
        let message = "the built-in plugins do not build; is the target there?";
        return Err(format!("{message} rustup target add {TARGET}").into());
    }
    for (package, name) in plugins {
        let file = format!("{}.wasm", package.replace('-', "_"));
        fs::copy(
            target.join(TARGET).join("guest").join(file),
            out.join(format!("{name}.wasm")),
        )?;
    }
    Ok(())
}
