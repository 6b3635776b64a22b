//! A plain directory as a source tree: for `gantry render`, where no commit is needed.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};
use gantry_model::{Entry, EntryKind, SourceTree, TreeError, limits};

use crate::error::SourceError;

/// A directory, read-only. Opened once; links out of it are not followed. `.git` is not shown:
/// it is no part of what a commit holds.
#[derive(Debug)]
pub struct DirTree {
    directory: Dir,
    shown: String,
}

impl DirTree {
    /// Opens a directory.
    ///
    /// # Errors
    /// [`SourceError::Directory`] when there is none, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let shown = path.display().to_string();
        let failed = |reason: String| SourceError::Directory {
            path: shown.clone(),
            reason,
        };
        if path.is_file() {
            return Err(failed("a file, not a directory".to_owned()));
        }
        let directory = Dir::open_ambient_dir(path, ambient_authority())
            .map_err(|error| failed(format!("cannot be read: {error}")))?;
        Ok(Self { directory, shown })
    }

    fn metadata(&self, path: &str) -> Result<Metadata, TreeError> {
        let path = visible(path)?;
        self.directory
            .metadata(path)
            .map_err(|error| told(path, &error))
    }
}

impl SourceTree for DirTree {
    /// Nothing versions a plain directory: its id says where it is, not what it holds.
    fn id(&self) -> String {
        format!("directory:{}", self.shown)
    }

    fn is_versioned(&self) -> bool {
        false
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        match self.metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(EntryKind::Directory),
            Ok(metadata) if metadata.is_file() => Ok(EntryKind::File),
            // Pipes, sockets and devices hold no content.
            Ok(_) => Ok(EntryKind::BrokenLink),
            Err(_) if self.is_link(path).unwrap_or(false) => Ok(EntryKind::BrokenLink),
            Err(error) => Err(error),
        }
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        let path = visible(path)?;
        let metadata = self
            .directory
            .symlink_metadata(path)
            .map_err(|error| told(path, &error))?;
        Ok(metadata.is_symlink())
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        if !self.is_link(path)? {
            return Err(TreeError::NotALink(path.to_owned()));
        }
        // Told as it is written, where `read_link` would refuse one that leads outside.
        let target = self.directory.read_link_contents(visible(path)?);
        let target = target.map_err(|error| told(path, &error))?;
        Ok(target.to_string_lossy().into_owned())
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        if self.metadata(directory)?.is_file() {
            return Err(TreeError::NotADirectory(directory.to_owned()));
        }
        let failed = |error: std::io::Error| told(directory, &error);
        let mut entries = Vec::new();
        for entry in self
            .directory
            .read_dir(visible(directory)?)
            .map_err(failed)?
        {
            let name = entry
                .map_err(failed)?
                .file_name()
                .to_string_lossy()
                .into_owned();
            if name == ".git" {
                continue;
            }
            let path = format!("{}/{name}", visible(directory)?);
            let kind = self.kind(&path).unwrap_or(EntryKind::BrokenLink);
            entries.push(Entry { name, kind });
            if entries.len() > limits::TREE_ENTRIES_MAX {
                let reason = format!(
                    "more than {} names in one directory",
                    limits::TREE_ENTRIES_MAX
                );
                return Err(TreeError::Io {
                    path: directory.to_owned(),
                    reason,
                });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let metadata = self.metadata(path)?;
        if !metadata.is_file() {
            return Err(TreeError::NotAFile(path.to_owned()));
        }
        let too_large = |size_bytes| TreeError::TooLarge {
            path: path.to_owned(),
            size_bytes,
            max_bytes: limits::TREE_FILE_MAX_BYTES,
        };
        if metadata.len() > limits::TREE_FILE_MAX_BYTES {
            return Err(too_large(metadata.len()));
        }
        let file = self
            .directory
            .open(visible(path)?)
            .map_err(|error| told(path, &error))?;
        let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
        // A file that grows while it is read ends here too.
        file.take(limits::TREE_FILE_MAX_BYTES + 1)
            .read_to_end(&mut content)
            .map_err(|error| told(path, &error))?;
        let size = content.len() as u64;
        if size > limits::TREE_FILE_MAX_BYTES {
            Err(too_large(size))
        } else {
            Ok(content)
        }
    }
}

/// The path for cap-std, which has no empty one. `.git` does not exist.
fn visible(path: &str) -> Result<&str, TreeError> {
    if path.starts_with('/') {
        return Err(TreeError::Outside(path.to_owned()));
    }
    if path.split('/').any(|name| name == ".git") {
        return Err(TreeError::NotFound(path.to_owned()));
    }
    Ok(if path.is_empty() { "." } else { path })
}

fn told(path: &str, error: &std::io::Error) -> TreeError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => TreeError::NotFound(path),
        ErrorKind::NotADirectory => TreeError::NotADirectory(path),
        ErrorKind::IsADirectory => TreeError::NotAFile(path),
        // cap-std says so where a path or a link leads out.
        ErrorKind::PermissionDenied if error.raw_os_error().is_none() => TreeError::Outside(path),
        _ => TreeError::Io {
            path,
            reason: error.to_string(),
        },
    }
}

/// The root of the Git work tree that a directory lies in, if it lies in one.
pub fn enclosing_work_tree(directory: &Path) -> Option<PathBuf> {
    let directory = directory.canonicalize().ok()?;
    directory
        .ancestors()
        .find(|above| above.join(".git").exists())
        .map(Path::to_owned)
}
