//! A tree in memory.

use std::collections::BTreeMap;

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Entry, EntryKind, ReadError};

/// Files by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map(BTreeMap<String, Vec<u8>>);

impl Map {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter();
        Self(
            files
                .map(|(path, text)| ((*path).to_owned(), (*text).into()))
                .collect(),
        )
    }
}

impl Files for Map {
    fn list(&self, directory: &str) -> Result<Vec<Entry>, ReadError> {
        let mut entries: Vec<Entry> = Vec::new();
        for path in self.0.keys() {
            let below = match directory {
                "" => Some(path.as_str()),
                directory => path
                    .strip_prefix(directory)
                    .and_then(|p| p.strip_prefix('/')),
            };
            let Some(below) = below else { continue };
            let (name, kind) = match below.split_once('/') {
                Some((name, _)) => (name, EntryKind::Directory),
                None => (below, EntryKind::File),
            };
            if entries.last().is_none_or(|last| last.name != name) {
                let name = name.to_owned();
                entries.push(Entry { name, kind });
            }
        }
        match entries.is_empty() {
            true => Err(ReadError::NotFound),
            false => Ok(entries),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.0.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.list(path).is_ok() => Err(ReadError::NotAFile),
            None => Err(ReadError::NotFound),
        }
    }
}
