//! Into the plugin directory, in one step.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use gantry_model::is_plugin_name;
use gantry_plugins::SIGNATURE_SUFFIX;

use crate::error::RegistryError;
use crate::pull::Pulled;

/// What a plugin's file may be used for by others than its owner: it is read.
const MODE: u32 = 0o644;

/// Keeps a plugin as `NAME.wasm` in a directory, which is made when missing, and the proof of its
/// signature beside it; returns the file's path. A file of that name is replaced as a whole.
///
/// # Errors
/// When the name cannot be a plugin's, or the directory cannot be written to.
pub fn place(directory: &Path, name: &str, pulled: &Pulled) -> Result<PathBuf, RegistryError> {
    if !is_plugin_name(name) {
        return Err(RegistryError::Name {
            name: name.to_owned(),
        });
    }
    let path = directory.join(format!("{name}.wasm"));
    let signature = directory.join(format!("{name}.wasm{SIGNATURE_SUFFIX}"));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| RegistryError::Write {
            path,
            reason: error.to_string(),
        }
    };
    std::fs::create_dir_all(directory).map_err(failed(directory))?;
    // Whoever loads in between sees a file whose signature does not fit, and refuses it.
    write(directory, &path, &pulled.wasm).map_err(failed(&path))?;
    match &pulled.signature {
        Some((proof, _)) => write(directory, &signature, proof.to_json().as_bytes()),
        None => remove(&signature),
    }
    .map_err(failed(&signature))?;
    Ok(path)
}

/// Beside the file first, then renamed: half a file never has a plugin's name.
fn write(directory: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".pull-")
        .suffix(".partial")
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The signature of what was there before.
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
