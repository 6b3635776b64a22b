//! The read-only view of one directory of one revision: all that a renderer can see.

mod nodes;

use std::fmt;

pub use nodes::{Node, NodeOf, Nodes};

/// What a directory holds under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file, or a symbolic link that leads to one inside the tree.
    File,
    /// A directory, or a symbolic link that leads to one inside the tree.
    Directory,
    /// A symbolic link that leads nowhere inside the tree. Reading it fails.
    BrokenLink,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, without a path.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// Why a path could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Nothing is there.
    #[error("{0}: no such file or directory")]
    NotFound(String),
    /// A directory, where a file was asked for.
    #[error("{0} is a directory, not a file")]
    NotAFile(String),
    /// A file, where a directory was asked for.
    #[error("{0} is a file, not a directory")]
    NotADirectory(String),
    /// The path is absolute, or leads out of the tree by `..` or a symbolic link.
    #[error("{0} leads outside the source tree")]
    Outside(String),
    /// Symbolic links lead to symbolic links, for longer than they are followed.
    #[error("{0}: too many levels of symbolic links")]
    Loop(String),
    /// A file or directory, where a symbolic link was asked for.
    #[error("{0} is not a symbolic link")]
    NotALink(String),
    /// The file is larger than the host reads.
    #[error("{path} has {size_bytes} bytes; at most {max_bytes} are read")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        size_bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// The object database or the disk failed.
    #[error("{path}: {reason}")]
    Io {
        /// The path that was read.
        path: String,
        /// What failed.
        reason: String,
    },
}

/// A read-only tree of files. Paths are `/`-separated and relative to its root; `""` and `.` are
/// the root. There is no path out of it: `..` may not climb above the root, and a symbolic link
/// is followed only to a target inside.
pub trait SourceTree: Send + Sync + fmt::Debug {
    /// Equal ids mean equal content, if [`is_versioned`](Self::is_versioned). For a Git tree, its
    /// object id.
    fn id(&self) -> String;

    /// Whether the [`id`](Self::id) stands for the content: a plain directory may change under it.
    fn is_versioned(&self) -> bool {
        true
    }

    /// What is at a path.
    ///
    /// # Errors
    /// [`TreeError`] says why nothing can be read there.
    fn kind(&self, path: &str) -> Result<EntryKind, TreeError>;

    /// Whether the path's last name is itself a symbolic link. A walk asks it before it enters a
    /// directory: what is reached through links would be seen twice, or for ever.
    ///
    /// # Errors
    /// [`TreeError`] says why nothing can be read there.
    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        self.kind(path).map(|_| false)
    }

    /// The target of a symbolic link, as it is written there: it may lead nowhere, or outside.
    ///
    /// # Errors
    /// [`TreeError`] says why there is none.
    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        self.kind(path)?;
        Err(TreeError::NotALink(path.to_owned()))
    }

    /// The names in a directory, in byte order.
    ///
    /// # Errors
    /// [`TreeError`] says why it cannot be listed.
    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError>;

    /// A file's content.
    ///
    /// # Errors
    /// [`TreeError`] says why it cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError>;

    /// What a file's content is known by, where that costs less than to read it, as the id of a Git
    /// blob does: equal ids mean equal content. None: the content itself has to be compared.
    ///
    /// # Errors
    /// [`TreeError`], as [`read`](Self::read) would fail; but a file may be too large for that.
    fn content_id(&self, _path: &str) -> Result<Option<String>, TreeError> {
        Ok(None)
    }

    /// What all that is at a path and below it is known by, links not followed: equal ids mean equal
    /// content, also where there is nothing. None: nothing tells.
    fn content_below(&self, _path: &str) -> Option<String> {
        None
    }
}
