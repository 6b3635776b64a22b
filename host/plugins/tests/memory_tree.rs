//! A source tree in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gantry_model::{Entry, EntryKind, SourceTree, TreeError};

/// Files by path. `a/link-out` is a link that leads out of the tree.
#[derive(Debug)]
pub(crate) struct MemoryTree {
    id: String,
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryTree {
    /// A tree of some files, each of which holds its own path.
    pub(crate) fn of(id: &str, paths: &[&str]) -> Arc<dyn SourceTree> {
        let files = paths.iter().map(|path| (*path, *path));
        Self::with(id, files)
    }

    /// A tree of files with their content.
    pub(crate) fn with<'f>(
        id: &str,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Arc<dyn SourceTree> {
        let file = |(path, text): (&str, &str)| (path.to_owned(), text.as_bytes().to_vec());
        Arc::new(Self {
            id: id.to_owned(),
            files: files.into_iter().map(file).collect(),
        })
    }

    fn resolve(path: &str) -> Result<String, TreeError> {
        let outside = || TreeError::Outside(path.to_owned());
        if path.starts_with('/') || path.contains('\\') {
            return Err(outside());
        }
        let mut names: Vec<&str> = Vec::new();
        for name in path.split('/') {
            match name {
                "" | "." => {}
                ".." => drop(names.pop().ok_or_else(outside)?),
                name => names.push(name),
            }
        }
        Ok(names.join("/"))
    }
}

impl SourceTree for MemoryTree {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        let path = Self::resolve(path)?;
        if self.files.contains_key(&path) {
            return Ok(EntryKind::File);
        }
        self.list(&path).map(|_| EntryKind::Directory)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let path = Self::resolve(directory)?;
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let below = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(&prefix));
        let entries: BTreeSet<(String, bool)> = below
            .map(|rest| {
                rest.split_once('/')
                    .map_or((rest, true), |(name, _)| (name, false))
            })
            .map(|(name, is_file)| (name.to_owned(), is_file))
            .collect();
        if entries.is_empty() && !path.is_empty() {
            return Err(TreeError::NotFound(directory.to_owned()));
        }
        let kind = |is_file| {
            if is_file {
                EntryKind::File
            } else {
                EntryKind::Directory
            }
        };
        Ok(entries
            .into_iter()
            .map(|(name, is_file)| Entry {
                name,
                kind: kind(is_file),
            })
            .collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let path = Self::resolve(path)?;
        if path == "a/link-out" {
            return Err(TreeError::Outside(path));
        }
        self.files
            .get(&path)
            .cloned()
            .ok_or(TreeError::NotFound(path))
    }
}
