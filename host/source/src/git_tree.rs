//! One commit's files, read from the object database.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gantry_model::tree::{Node, NodeOf, Nodes};
use gantry_model::{Entry, EntryKind, SourceTree, TreeError, limits};
use gix::ObjectId;
use gix::objs::tree::EntryKind as Mode;

use crate::generation::InUse;

/// The tree of one commit. Nothing is checked out; directories that were read are remembered.
pub struct GitTree {
    repository: gix::ThreadSafeRepository,
    root: ObjectId,
    listings: Mutex<HashMap<ObjectId, Arc<Vec<Item>>>>,
    /// Keeps its files where they are; none in a repository that is not ours.
    _in_use: Option<Arc<InUse>>,
}

/// One name in a directory, as Git has it.
struct Item {
    name: String,
    mode: Mode,
    id: ObjectId,
}

impl fmt::Debug for GitTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitTree({})", self.root)
    }
}

impl GitTree {
    pub(crate) fn new(
        repository: gix::ThreadSafeRepository,
        root: ObjectId,
        in_use: Option<Arc<InUse>>,
    ) -> Self {
        Self {
            repository,
            root,
            _in_use: in_use,
            listings: Mutex::default(),
        }
    }

    /// Where it is read from.
    pub(crate) fn repository(&self) -> gix::Repository {
        self.repository.to_thread_local()
    }

    fn listing(&self, id: ObjectId, path: &str) -> Result<Arc<Vec<Item>>, TreeError> {
        let lock = || self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&id) {
            return Ok(Arc::clone(known));
        }
        let repository = self.repository();
        let tree = repository
            .find_tree(id)
            .map_err(|error| unread(path, &error))?;
        let mut items = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|error| io(path, &error.to_string()))?;
            items.push(Item {
                name: String::from_utf8_lossy(entry.filename()).into_owned(),
                mode: entry.kind(),
                id: entry.object_id(),
            });
            if items.len() > limits::TREE_ENTRIES_MAX {
                let reason = format!(
                    "more than {} names in one directory",
                    limits::TREE_ENTRIES_MAX
                );
                return Err(io(path, &reason));
            }
        }
        // Git sorts directories as if their names ended in a slash.
        items.sort_by(|a, b| a.name.cmp(&b.name));
        let items = Arc::new(items);
        lock().insert(id, Arc::clone(&items));
        Ok(items)
    }

    fn blob(&self, id: ObjectId, path: &str) -> Result<Vec<u8>, TreeError> {
        let repository = self.repository.to_thread_local();
        let header = repository
            .find_header(id)
            .map_err(|error| unread(path, &error))?;
        if header.size() > limits::TREE_FILE_MAX_BYTES {
            return Err(TreeError::TooLarge {
                path: path.to_owned(),
                size_bytes: header.size(),
                max_bytes: limits::TREE_FILE_MAX_BYTES,
            });
        }
        let object = repository
            .find_object(id)
            .map_err(|error| unread(path, &error))?;
        Ok(object.detach().data)
    }

    /// The kind of one entry. A submodule counts as a directory: reading it says that it is not
    /// fetched, where leaving it out would silently render less.
    fn entry_kind(&self, item: &Item, directory: &str) -> EntryKind {
        match item.mode {
            Mode::Tree | Mode::Commit => EntryKind::Directory,
            Mode::Blob | Mode::BlobExecutable => EntryKind::File,
            Mode::Link => self.kind_of_link(&join(directory, &item.name)),
        }
    }
}

impl Nodes for GitTree {
    type Directory = ObjectId;
    type File = ObjectId;
    type Link = ObjectId;

    fn root(&self) -> ObjectId {
        self.root
    }

    fn child(
        &self,
        directory: &ObjectId,
        name: &str,
        path: &str,
    ) -> Result<NodeOf<Self>, TreeError> {
        let listing = self.listing(*directory, path)?;
        let item = listing
            .binary_search_by(|item| item.name.as_str().cmp(name))
            .ok()
            .and_then(|index| listing.get(index))
            .ok_or_else(|| TreeError::NotFound(path.to_owned()))?;
        match item.mode {
            Mode::Tree => Ok(Node::Directory(item.id)),
            Mode::Blob | Mode::BlobExecutable => Ok(Node::File(item.id)),
            Mode::Link => Ok(Node::Link(item.id)),
            Mode::Commit => Err(submodule(path)),
        }
    }

    /// Where a link leads. Its size is looked at first: it becomes names to walk, many times its
    /// bytes.
    fn target(&self, link: &ObjectId, path: &str) -> Result<String, TreeError> {
        let header = self.repository.to_thread_local().find_header(*link);
        let size = header.map_err(|error| unread(path, &error))?.size();
        if size > limits::TREE_PATH_MAX_BYTES as u64 {
            let max = limits::TREE_PATH_MAX_BYTES;
            let reason = format!("a symbolic link's target has {size} bytes; at most {max} count");
            return Err(io(path, &reason));
        }
        let target = self.blob(*link, path)?;
        Ok(String::from_utf8_lossy(&target).into_owned())
    }
}

impl SourceTree for GitTree {
    fn id(&self) -> String {
        self.root.to_string()
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        self.kind_at(path)
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        self.is_link_at(path)
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        self.link_at(path)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let listing = self.listing(self.directory_at(directory)?, directory)?;
        let entry = |item: &Item| Entry {
            name: item.name.clone(),
            kind: self.entry_kind(item, directory),
        };
        Ok(listing.iter().map(entry).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        self.blob(self.file_at(path)?, path)
    }

    fn content_id(&self, path: &str) -> Result<Option<String>, TreeError> {
        Ok(Some(self.file_at(path)?.to_string()))
    }

    fn content_below(&self, path: &str) -> Option<String> {
        match self.follow(path, false) {
            Ok(Node::Directory(id) | Node::File(id) | Node::Link(id)) => Some(id.to_string()),
            Err(TreeError::NotFound(_)) => Some("nothing".to_owned()),
            Err(_) => None,
        }
    }
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}

fn io(path: &str, reason: &str) -> TreeError {
    TreeError::Io {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

fn unread(path: &str, error: &gix::Error) -> TreeError {
    io(path, &crate::error::reason(error))
}

fn submodule(path: &str) -> TreeError {
    io(
        path,
        "leads into a Git submodule, and submodules are not fetched yet",
    )
}
