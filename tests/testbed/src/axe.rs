//! axe-core, which finds what keeps people out of a web page. It is fetched once, by npm, from wherever npm is
//! told to fetch.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::TestbedError;
use crate::binaries::{cache_folder, lock, say};

/// The version that is fetched.
pub const AXE_VERSION: &str = "4.10.3";

/// The digest of its package.
const SHA256: &str = "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292";

/// The script; none where there is no npm.
///
/// # Errors
/// When it cannot be fetched, or is not what it should be.
pub fn axe() -> Result<Option<String>, TestbedError> {
    let folder = cache_folder().join("gantry-testbed");
    fs::create_dir_all(&folder).map_err(TestbedError::io(format!("{}", folder.display())))?;
    let script = folder.join(format!("axe-core-{AXE_VERSION}.js"));
    let _lock = lock(&folder)?;
    if !script.exists() {
        if !has_npm() {
            return Ok(None);
        }
        say(&format!(
            "fetching axe-core {AXE_VERSION} with npm, once a machine"
        ));
        fetch(&folder, &script)?;
    }
    let text = fs::read_to_string(&script).map_err(TestbedError::io("axe-core"))?;
    Ok(Some(text))
}

fn has_npm() -> bool {
    let mut npm = Command::new("npm");
    let asked = npm
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

fn fetch(folder: &Path, script: &Path) -> Result<(), TestbedError> {
    let wrong = |why: String| TestbedError::io("axe-core")(std::io::Error::other(why));
    let place = tempfile::tempdir_in(folder).map_err(TestbedError::io("a temporary folder"))?;
    run(Command::new("npm").current_dir(place.path()).args([
        "pack",
        "--silent",
        &format!("axe-core@{AXE_VERSION}"),
    ]))?;
    let package = place.path().join(format!("axe-core-{AXE_VERSION}.tgz"));
    let bytes = fs::read(&package).map_err(TestbedError::io("npm pack's file"))?;
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if digest != SHA256 {
        return Err(wrong(format!("its digest is {digest}, not {SHA256}")));
    }
    let member = "package/axe.min.js";
    run(Command::new("tar")
        .current_dir(place.path())
        .arg("-xzf")
        .arg(&package)
        .arg(member))?;
    fs::rename(place.path().join(member), script).map_err(TestbedError::io("axe-core"))
}

fn run(command: &mut Command) -> Result<(), TestbedError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(TestbedError::io(&name))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(TestbedError::io(name)(std::io::Error::other(said)))
}
