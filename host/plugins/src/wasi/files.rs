//! Source trees as plain files: `wasi:filesystem` over [`SourceTree`], read-only.
//!
//! A guest finds each [`Mount`] as a directory that was opened for it; from there its language's
//! standard library serves ordinary file calls. Every look goes through the tree, so it is seen
//! and bounded like one through the `tree` resource; nothing lies on a disk and nothing blocks.
//!
//! From a call to its answer: `calls` (the interface) → `descriptor` (what a handle stands for) →
//! `node` (a place in a tree); `budget` counts what is held, `refusal` says why not.
//!
//! The generated bindings name wasmtime-wasi's own descriptor and stand for it by a number; behind
//! the number lies ours, and the table of handles gives out nothing else.

mod budget;
mod calls;
mod descriptor;
mod listing;
mod node;
mod refusal;

use std::sync::Arc;

use gantry_model::{SourceTree, limits};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::Descriptor as Named;

use crate::sandbox::State;
use budget::Budget;
use descriptor::Descriptor;
use node::Node;

/// Where a renderer finds its source tree.
pub(crate) const SOURCE: &str = "/src";
/// Where a plugin finds the files that belong to it.
pub(crate) const DATA: &str = "/data";

/// A source tree, and the directory that a guest finds it as.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    /// Such as `/src`.
    pub(crate) path: &'static str,
    /// What lies there.
    pub(crate) tree: Arc<dyn SourceTree>,
}

/// The files of one guest.
pub(crate) struct Files {
    mounts: Vec<Mount>,
    handles: Budget,
    bytes: Budget,
}

impl Files {
    pub(crate) fn new(mounts: &[Mount]) -> Self {
        Self {
            mounts: mounts.to_vec(),
            handles: Budget::new(limits::FILES_OPEN_MAX),
            bytes: Budget::new(limits::FILES_OPEN_MAX_BYTES),
        }
    }
}

impl preopens::Host for State {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Named>, String)>> {
        let mut directories = Vec::new();
        for mount in self.files.mounts.clone() {
            let name = mount.path.to_owned();
            let root = Descriptor::open(Node::root(mount), &self.files.handles)
                .map_err(|refusal| wasmtime::Error::msg(refusal.to_string()))?;
            directories.push((named(self.table.push(root)?), name));
        }
        Ok(directories)
    }
}

/// A handle of ours under the name that the bindings have for it.
fn named<Ours, Theirs: 'static>(handle: Resource<Ours>) -> Resource<Theirs>
where
    Ours: 'static,
{
    Resource::new_own(handle.rep())
}

/// What the bindings' handle is to us, to look at.
fn ours<Theirs: 'static, Ours: 'static>(handle: &Resource<Theirs>) -> Resource<Ours> {
    Resource::new_borrow(handle.rep())
}

/// What the bindings' handle is to us, to take out of the table.
fn owned<Theirs: 'static, Ours: 'static>(handle: &Resource<Theirs>) -> Resource<Ours> {
    Resource::new_own(handle.rep())
}
