//! The misbehaving plugins of `tests/hostile`, and the built-in ones that these tests run, built when
//! a test first needs them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The renderer.
pub(crate) fn renderer() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| read("gantry_hostile.wasm"))
}

/// The health plugin.
pub(crate) fn judge() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| read("examples/judge.wasm"))
}

/// The template renderer.
pub(crate) fn template() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| read("gantry_template.wasm"))
}

/// Where the tests keep compiled code from run to run.
pub(crate) fn compiled() -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins"))
}

fn read(file: &str) -> Vec<u8> {
    let path = built().join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Builds all with the profile that the built-in plugins have, beside them.
fn built() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .expect("a workspace");
        let target = workspace.join("target/guests");
        let status = Command::new(env!("CARGO"))
            .current_dir(workspace)
            .args([
                "build",
                "--package",
                "gantry-hostile",
                "--package",
                "gantry-template",
                "--lib",
                "--example",
                "judge",
            ])
            .args([
                "--target",
                "wasm32-wasip2",
                "--profile",
                "guest",
                "--target-dir",
            ])
            .arg(&target)
            // Meant for the host: a guest is always the same.
            .env_remove("RUSTFLAGS")
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the plugins do not build");
        target.join("wasm32-wasip2/guest")
    })
}
