//! A place in a mounted tree.

use std::sync::Arc;

use gantry_model::{EntryKind, SourceTree, TreeError, limits};
use sha2::{Digest, Sha256};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::Mount;
use super::refusal::Refusal;

/// What is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    /// A symbolic link that was not to be followed.
    Link,
}

/// A place in a mounted tree, and what is there.
#[derive(Clone, Debug)]
pub(super) struct Node {
    mount: Mount,
    /// Relative to the tree's root, without empty names; `""` is the root.
    path: String,
    pub(super) kind: Kind,
}

impl Node {
    pub(super) fn root(mount: Mount) -> Self {
        let path = String::new();
        let kind = Kind::Directory;
        Self { mount, path, kind }
    }

    pub(super) fn tree(&self) -> &dyn SourceTree {
        self.mount.tree.as_ref()
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// What a path leads to from this directory. `..` may leave this directory, since all of the
    /// tree may be read; it is the tree that lets nothing lead outside.
    pub(super) fn at(&self, path: &str, follow: bool) -> Result<Self, Refusal> {
        let full = self.join(path)?;
        let is_directory_wanted = path.ends_with('/') || path.ends_with("/.");
        if !follow && !is_directory_wanted && self.tree().is_link(&full)? {
            return Ok(self.with(full, Kind::Link));
        }
        match self.tree().kind(&full)? {
            EntryKind::Directory => Ok(self.with(full, Kind::Directory)),
            EntryKind::File if is_directory_wanted => Err(ErrorCode::NotDirectory.into()),
            EntryKind::File => Ok(self.with(full, Kind::File)),
            EntryKind::BrokenLink => Err(self.broken(&full)),
        }
    }

    /// Of a file its bytes, even where they are too many to be read; of a link those of its target.
    pub(super) fn size(&self) -> Result<u64, Refusal> {
        match self.kind {
            Kind::File => match self.tree().read(&self.path) {
                Ok(content) => Ok(content.len() as u64),
                Err(TreeError::TooLarge { size_bytes, .. }) => Ok(size_bytes),
                Err(error) => Err(error.into()),
            },
            Kind::Link => Ok(self.target()?.len() as u64),
            Kind::Directory => Ok(0),
        }
    }

    pub(super) fn read(&self) -> Result<Vec<u8>, Refusal> {
        Ok(self.tree().read(&self.path)?)
    }

    /// Where a link leads, as it is written.
    pub(super) fn target(&self) -> Result<String, Refusal> {
        Ok(self.tree().read_link(&self.path)?)
    }

    /// A name in this directory.
    pub(super) fn child(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.path)
        }
    }

    /// The same for the same place, and for no other.
    pub(super) fn hash(&self) -> (u64, u64) {
        let digest = Sha256::new()
            .chain_update(self.mount.path)
            .chain_update([0])
            .chain_update(&self.path)
            .chain_update([0, u8::from(self.kind == Kind::Link)])
            .finalize();
        let half = |from: usize| {
            let bytes = digest.iter().skip(from).take(8);
            bytes.fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        (half(0), half(8))
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.mount.tree, &other.mount.tree)
            && (self.path == other.path && self.kind == other.kind)
    }

    fn with(&self, path: String, kind: Kind) -> Self {
        let mount = self.mount.clone();
        Self { mount, path, kind }
    }

    /// Names one after the other, without those that say nothing. `..` stays: what it leads to is
    /// known only where the links before it lead.
    fn join(&self, path: &str) -> Result<String, Refusal> {
        if self.kind != Kind::Directory {
            return Err(ErrorCode::NotDirectory.into());
        }
        if path.is_empty() {
            return Err(ErrorCode::NoEntry.into());
        }
        if path.starts_with('/') {
            return Err(ErrorCode::NotPermitted.into());
        }
        if path.contains('\0') {
            return Err(ErrorCode::Invalid.into());
        }
        if self.path.len() + path.len() >= limits::TREE_PATH_MAX_BYTES {
            return Err(ErrorCode::NameTooLong.into());
        }
        let mut full = self.path.clone();
        for name in path.split('/').filter(|name| !matches!(*name, "" | ".")) {
            if !full.is_empty() {
                full.push('/');
            }
            full.push_str(name);
        }
        Ok(full)
    }

    /// Why a link leads nowhere: only reading tells.
    fn broken(&self, path: &str) -> Refusal {
        match self.tree().read(path) {
            Err(error @ (TreeError::Outside(_) | TreeError::Loop(_) | TreeError::Io { .. })) => {
                error.into()
            }
            Err(_) | Ok(_) => ErrorCode::NoEntry.into(),
        }
    }
}
