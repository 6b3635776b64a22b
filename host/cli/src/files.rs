//! The files behind `-f`: single ones, directories, or standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use gantry_model::{Diagnostic, Span};
use gantry_yaml::Document;

/// Endings of manifests, as kubectl takes them from a directory.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// One file and its documents.
pub(crate) struct ManifestFile {
    /// As the user named it, or found in the directory that the user named.
    pub(crate) name: String,
    /// The text, for the places of problems.
    pub(crate) text: String,
    /// In the order of the file, without empty ones.
    pub(crate) documents: Vec<Document>,
}

/// Reads every file that `-f` names. A file that cannot be read or parsed does not hide the
/// others: its problem is told beside them.
pub(crate) fn read(names: &[PathBuf]) -> (Vec<ManifestFile>, Vec<Diagnostic>) {
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
    (files, problems)
}

/// The manifests of a directory in name order (not of those below it), or the file itself.
fn expand(name: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    if !name.is_dir() {
        return Ok(vec![name.to_owned()]);
    }
    let entries = std::fs::read_dir(name).map_err(|error| unreadable(name, &error))?;
    let is_manifest = |path: &PathBuf| {
        path.is_file()
            && path
                .extension()
                .and_then(|e| e.to_str())
                .is_some_and(|e| ENDINGS.contains(&e))
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(is_manifest)
        .collect();
    paths.sort();
    if paths.is_empty() {
        let message = format!("{} holds no *.yaml, *.yml or *.json file", name.display());
        return Err(Diagnostic::error("no-manifests", message));
    }
    Ok(paths)
}

fn read_one(path: &Path) -> Result<ManifestFile, Diagnostic> {
    parse(path.display().to_string(), &bytes(path)?)
}

/// Reads the documents of a text; `name` is what problems call it.
pub(crate) fn parse(name: String, bytes: &[u8]) -> Result<ManifestFile, Diagnostic> {
    let documents = gantry_yaml::parse_bytes(bytes).map_err(|error| error.diagnostic(&name))?;
    // Parsed as UTF-8 a line above.
    let text = String::from_utf8_lossy(bytes).into_owned();
    Ok(ManifestFile {
        name,
        text,
        documents,
    })
}

/// The content of a file, or of standard input for `-`.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let name = path.display().to_string();
    let message = format!("cannot be read: {error}");
    Diagnostic::error("file", message).at(Span {
        path: name,
        start: None,
    })
}
