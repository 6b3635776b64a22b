//! The files that belong to a plugin, such as the scripts of one that runs scripts.

use std::sync::Arc;

use gantry_model::{EntryKind, SourceTree, TreeError, limits};
use sha2::{Digest, Sha256};

use crate::sandbox::Sandbox;
use crate::wasi::files::{self, Mount};
use gantry_model::digest::hex;

/// A plugin's files as they were when it was loaded.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    tree: Arc<dyn SourceTree>,
    /// Equal only if the files are; none where they could not all be read.
    print: Option<String>,
}

impl Data {
    /// The files of a plugin, if it has any.
    pub(crate) fn of(sandbox: &Sandbox, plugin: &str) -> Option<Self> {
        let tree = sandbox.config.data.as_ref()?.of(plugin)?;
        let print = fingerprint(&*tree)
            .inspect_err(|error| tracing::warn!(plugin, %error, "its files cannot all be read"))
            .ok();
        Some(Self { tree, print })
    }

    /// Whether the plugin would find the same files if it were loaded now.
    pub(crate) fn is_current(loaded: Option<&Self>, sandbox: &Sandbox, plugin: &str) -> bool {
        let now = Self::of(sandbox, plugin);
        loaded.map(|data| &data.print) == now.as_ref().map(|data| &data.print)
    }

    pub(crate) fn mount(&self) -> Mount {
        Mount {
            path: files::DATA,
            tree: Arc::clone(&self.tree),
        }
    }
}

/// Names and contents of all files, linked directories aside.
fn fingerprint(tree: &dyn SourceTree) -> Result<String, TreeError> {
    let mut hash = Sha256::new();
    let mut left = vec![(String::new(), 0)];
    while let Some((directory, depth)) = left.pop() {
        for entry in tree.list(&directory)? {
            let path = format!("{directory}/{}", entry.name);
            let path = path.trim_start_matches('/').to_owned();
            hash.update(path.len().to_le_bytes());
            hash.update(&path);
            match entry.kind {
                EntryKind::File => hash.update(Sha256::digest(tree.read(&path)?)),
                EntryKind::Directory
                    if depth < limits::TREE_WALK_MAX_DEPTH && !tree.is_link(&path)? =>
                {
                    left.push((path, depth + 1));
                }
                EntryKind::Directory | EntryKind::BrokenLink => {}
            }
        }
    }
    Ok(hex(&hash.finalize()))
}
