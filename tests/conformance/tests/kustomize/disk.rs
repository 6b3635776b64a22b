//! A folder as a source tree.

use std::path::PathBuf;
use std::{fs, io};

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Entry, EntryKind, ReadError};

/// A folder.
pub(crate) struct Disk {
    root: PathBuf,
}

impl Disk {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }
}

impl Files for Disk {
    fn list(&self, directory: &str) -> Result<Vec<Entry>, ReadError> {
        let entries = fs::read_dir(self.root.join(directory)).map_err(|e| refusal(&e))?;
        let mut entries = entries
            .map(|entry| {
                let entry = entry.map_err(|e| refusal(&e))?;
                Ok(Entry {
                    name: entry.file_name().to_string_lossy().into_owned(),
                    kind: kind(entry.path().is_dir()),
                })
            })
            .collect::<Result<Vec<_>, ReadError>>()?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        fs::read(self.root.join(path)).map_err(|e| refusal(&e))
    }

    fn kind(&self, path: &str) -> Result<EntryKind, ReadError> {
        let metadata = fs::metadata(self.root.join(path)).map_err(|e| refusal(&e))?;
        Ok(kind(metadata.is_dir()))
    }
}

fn kind(is_directory: bool) -> EntryKind {
    if is_directory {
        EntryKind::Directory
    } else {
        EntryKind::File
    }
}

fn refusal(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::NotFound,
        io::ErrorKind::IsADirectory => ReadError::NotAFile,
        _ => ReadError::Failed(error.to_string()),
    }
}
