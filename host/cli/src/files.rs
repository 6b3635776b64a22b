//! The files behind `-f`: single ones, directories, or standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use gantry_model::{Diagnostic, Span};
use gantry_yaml::Document;

use crate::failure::Failure;

/// Endings of manifests, as kubectl takes them from a directory.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The documents of one file.
pub(crate) struct ManifestFile {
    /// As the user named it, or found below the directory that the user named.
    pub(crate) name: String,
    /// In the order of the file, without empty ones.
    pub(crate) documents: Vec<Document>,
}

/// Reads every file that `-f` names. A file that cannot be read or parsed does not hide the
/// problems of the others: all are told at once.
pub(crate) fn read(names: &[PathBuf]) -> Result<Vec<ManifestFile>, Failure> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        match expand(name) {
            Ok(paths) => {
                for path in paths {
                    match read_one(&path) {
                        Ok(file) => files.push(file),
                        Err(problem) => problems.push(problem),
                    }
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems.into()) }
}

/// The manifests of a directory in name order (not of those below it), or the file itself.
fn expand(name: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    if !name.is_dir() {
        return Ok(vec![name.to_owned()]);
    }
    let entries = std::fs::read_dir(name).map_err(|error| unreadable(name, &error))?;
    let is_manifest = |path: &PathBuf| {
        path.is_file()
            && path.extension().and_then(|e| e.to_str()).is_some_and(|e| ENDINGS.contains(&e))
    };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_manifest).collect();
    paths.sort();
    if paths.is_empty() {
        let message = format!("{} holds no *.yaml, *.yml or *.json file", name.display());
        return Err(Diagnostic::error("no-manifests", message));
    }
    Ok(paths)
}

fn read_one(path: &Path) -> Result<ManifestFile, Diagnostic> {
    let name = path.display().to_string();
    let bytes = if name == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| unreadable(path, &error))?
    } else {
        std::fs::read(path).map_err(|error| unreadable(path, &error))?
    };
    let documents = gantry_yaml::parse_bytes(&bytes).map_err(|error| error.diagnostic(&name))?;
    Ok(ManifestFile { name, documents })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let name = path.display().to_string();
    let message = format!("cannot be read: {error}");
    Diagnostic::error("file", message).at(Span { path: name, start: None })
}
