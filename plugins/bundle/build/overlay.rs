//! Packages of Go's standard library that a plugin replaces, since a module file cannot: those in its
//! folder `overlay`, laid out as the library is.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes the file that `go build -overlay` reads. None: the plugin replaces nothing.
pub(crate) fn write(folder: &Path, name: &Path) -> Result<Option<PathBuf>, Box<dyn Error>> {
    if !folder.exists() {
        return Ok(None);
    }
    let told = Command::new("go").args(["env", "GOROOT"]).output()?;
    let library = Path::new(String::from_utf8(told.stdout)?.trim()).join("src");
    let mut replaced = BTreeMap::new();
    packages(folder, folder, &library, &mut replaced)?;
    let pairs = replaced.iter();
    let pairs = pairs.map(|(from, to)| format!("{from:?}:{to:?}"));
    let text = format!(
        "{{\"Replace\":{{{}}}}}",
        pairs.collect::<Vec<_>>().join(",")
    );
    let file = name.with_extension("overlay.json");
    fs::write(&file, text)?;
    Ok(Some(file))
}

/// Every file of a replaced package goes, and the replacement's come.
fn packages(
    root: &Path,
    folder: &Path,
    library: &Path,
    replaced: &mut BTreeMap<PathBuf, PathBuf>,
) -> Result<(), Box<dyn Error>> {
    let package = library.join(folder.strip_prefix(root)?);
    let own = go_files(folder)?;
    if !own.is_empty() {
        for gone in go_files(&package)? {
            replaced.insert(gone, PathBuf::new());
        }
    }
    for file in own {
        let name = file.file_name().unwrap_or_default();
        replaced.insert(package.join(name), file.clone());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            packages(root, &path, library, replaced)?;
        }
    }
    Ok(())
}

fn go_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("go")) {
            files.push(path);
        }
    }
    Ok(files)
}
