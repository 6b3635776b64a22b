//! The names in a directory, one by one.

use gantry_model::{Entry, EntryKind};
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{DescriptorType, DirectoryEntry};

use super::budget::{Budget, Share};
use super::node::Node;
use super::refusal::Refusal;

/// What is left of a directory's names.
pub(super) struct Listing {
    directory: Node,
    entries: std::vec::IntoIter<Entry>,
    _held: Share,
}

impl Listing {
    pub(super) fn of(directory: &Node, budget: &Budget) -> Result<Self, Refusal> {
        let entries = directory.tree().list(directory.path())?;
        let sizes = entries.iter().map(|e| size_of::<Entry>() + e.name.len());
        let held = budget.take(sizes.sum()).ok_or(Refusal::Bytes)?;
        Ok(Self {
            directory: directory.clone(),
            entries: entries.into_iter(),
            _held: held,
        })
    }

    /// The next name. A link to a directory is told as a link, so that a walk does not enter it: it
    /// would see its files twice, or for ever. A link to a file is told as the file that it is read
    /// as, which saves a look at every one.
    pub(super) fn next(&mut self) -> Result<Option<DirectoryEntry>, Refusal> {
        let Some(Entry { name, kind }) = self.entries.next() else {
            return Ok(None);
        };
        let type_ = match kind {
            EntryKind::File => DescriptorType::RegularFile,
            EntryKind::BrokenLink => DescriptorType::SymbolicLink,
            EntryKind::Directory => {
                let path = self.directory.child(&name);
                if self.directory.tree().is_link(&path)? {
                    DescriptorType::SymbolicLink
                } else {
                    DescriptorType::Directory
                }
            }
        };
        Ok(Some(DirectoryEntry { type_, name }))
    }
}
