//! The `tree` resource: a guest's view of a [`SourceTree`].

mod matching;
mod patterns;

use std::sync::Arc;

use gantry_model::{EntryKind, SourceTree, TreeError, limits};
use wasmtime::Trap;
use wasmtime::component::Resource;

use crate::bindings::renderer::gantry::plugin::source::{
    Entry, EntryKind as WitKind, File, Host, HostTree, ReadError,
};
use crate::bindings::renderer::gantry::plugin::types;
use crate::sandbox::State;
use matching::Stop;

/// What stands behind one handle.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct TreeView {
    /// The tree.
    pub(crate) tree: Arc<dyn SourceTree>,
    /// The application's directory in it.
    pub(crate) path: String,
}

impl State {
    fn tree(&self, handle: &Resource<TreeView>) -> wasmtime::Result<&TreeView> {
        Ok(self.table.get(handle)?)
    }
}

/// A path becomes names to walk, many times its bytes.
fn check_path(path: &str) -> Result<(), ReadError> {
    let max = limits::TREE_PATH_MAX_BYTES;
    if path.len() > max {
        let reason = format!(
            "a path of {} bytes; at most {max} are looked at",
            path.len()
        );
        return Err(ReadError::Failed(reason));
    }
    Ok(())
}

impl types::Host for State {}

impl Host for State {}

impl HostTree for State {
    fn id(&mut self, handle: Resource<TreeView>) -> wasmtime::Result<String> {
        Ok(self.tree(&handle)?.tree.id())
    }

    fn path(&mut self, handle: Resource<TreeView>) -> wasmtime::Result<String> {
        Ok(self.tree(&handle)?.path.clone())
    }

    fn kind(
        &mut self,
        handle: Resource<TreeView>,
        path: String,
    ) -> wasmtime::Result<Result<WitKind, ReadError>> {
        let tree = &self.tree(&handle)?.tree;
        let kind = check_path(&path).and_then(|()| Ok(tree.kind(&path)?));
        Ok(kind.map(WitKind::from))
    }

    fn list(
        &mut self,
        handle: Resource<TreeView>,
        directory: String,
    ) -> wasmtime::Result<Result<Vec<Entry>, ReadError>> {
        let tree = &self.tree(&handle)?.tree;
        let entries = check_path(&directory).and_then(|()| Ok(tree.list(&directory)?));
        let convert = |entry: gantry_model::Entry| Entry {
            name: entry.name,
            kind: entry.kind.into(),
        };
        Ok(entries.map(|entries| entries.into_iter().map(convert).collect()))
    }

    fn read(
        &mut self,
        handle: Resource<TreeView>,
        path: String,
    ) -> wasmtime::Result<Result<Vec<u8>, ReadError>> {
        let tree = &self.tree(&handle)?.tree;
        Ok(check_path(&path).and_then(|()| Ok(tree.read(&path)?)))
    }

    fn read_matching(
        &mut self,
        handle: Resource<TreeView>,
        directory: String,
        globs: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<File>, ReadError>> {
        if let Err(error) = check_path(&directory) {
            return Ok(Err(error));
        }
        let tree = self.tree(&handle)?.tree.as_ref();
        match matching::read_matching(tree, &directory, &globs, self.deadline) {
            Ok(files) => Ok(Ok(files)),
            Err(Stop::Refused(error)) => Ok(Err(error)),
            Err(Stop::Late) => Err(Trap::Interrupt.into()),
        }
    }

    fn drop(&mut self, handle: Resource<TreeView>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl From<EntryKind> for WitKind {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::File => Self::File,
            EntryKind::Directory => Self::Directory,
            EntryKind::BrokenLink => Self::BrokenLink,
        }
    }
}

impl From<TreeError> for ReadError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::NotFound(_) => Self::NotFound,
            TreeError::NotAFile(_) => Self::NotAFile,
            TreeError::NotADirectory(_) => Self::NotADirectory,
            TreeError::Outside(_) => Self::Outside,
            TreeError::TooLarge { size_bytes, .. } => Self::TooLarge(size_bytes),
            error @ (TreeError::Loop(_) | TreeError::NotALink(_) | TreeError::Io { .. }) => {
                Self::Failed(error.to_string())
            }
        }
    }
}
