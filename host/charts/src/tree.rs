//! An unpacked archive in memory, as a source tree.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fmt;
use std::sync::Arc;

use gantry_model::tree::{self, NodeOf, Nodes};
use gantry_model::{Digest, Entry, EntryKind, SourceTree, TreeError, limits};

/// The files of one archive; its id is the archive's digest.
pub(crate) struct ArchiveTree {
    digest: Digest,
    root: Directory,
}

pub(crate) type Directory = BTreeMap<String, Node>;

/// What an archive has under a name.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    File { content: Arc<[u8]>, digest: Digest },
    Link(String),
    Directory(Directory),
}

impl Node {
    pub(crate) fn file(content: Vec<u8>) -> Self {
        let digest = Digest::of(&content);
        let content = content.into();
        Self::File { content, digest }
    }
}

impl ArchiveTree {
    pub(crate) fn new(digest: Digest, root: Directory) -> Self {
        Self { digest, root }
    }

    fn entry_kind(&self, node: &Node, path: &str) -> EntryKind {
        match node {
            Node::Directory(_) => EntryKind::Directory,
            Node::File { .. } => EntryKind::File,
            Node::Link(_) => self.kind_of_link(path),
        }
    }
}

impl<'t> Nodes for &'t ArchiveTree {
    type Directory = &'t Directory;
    type File = (&'t [u8], &'t Digest);
    type Link = &'t str;

    fn root(&self) -> &'t Directory {
        &self.root
    }

    fn child(
        &self,
        directory: &&'t Directory,
        name: &str,
        path: &str,
    ) -> Result<NodeOf<Self>, TreeError> {
        match directory.get(name) {
            Some(Node::Directory(below)) => Ok(tree::Node::Directory(below)),
            Some(Node::File { content, digest }) => Ok(tree::Node::File((content, digest))),
            Some(Node::Link(target)) => Ok(tree::Node::Link(target)),
            None => Err(TreeError::NotFound(path.to_owned())),
        }
    }

    fn target(&self, link: &&'t str, _path: &str) -> Result<String, TreeError> {
        Ok((*link).to_owned())
    }
}

impl SourceTree for ArchiveTree {
    fn id(&self) -> String {
        self.digest.to_string()
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
        let found = self.directory_at(directory)?;
        let entry = |(name, node): (&String, &Node)| Entry {
            name: name.clone(),
            // The root's name is empty, and a path must not begin with a slash.
            kind: self.entry_kind(node, &format!("./{directory}/{name}")),
        };
        Ok(found.iter().map(entry).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let (content, _) = self.file_at(path)?;
        let size_bytes = content.len() as u64;
        if size_bytes > limits::TREE_FILE_MAX_BYTES {
            return Err(TreeError::TooLarge {
                path: path.to_owned(),
                size_bytes,
                max_bytes: limits::TREE_FILE_MAX_BYTES,
            });
        }
        Ok(content.to_vec())
    }

    fn content_id(&self, path: &str) -> Result<Option<String>, TreeError> {
        let (_, digest) = self.file_at(path)?;
        Ok(Some(digest.to_string()))
    }
}

impl fmt::Debug for ArchiveTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArchiveTree({})", self.digest)
    }
}

/// Puts a node at a path, making the directories above it. Returns how many nodes are new.
///
/// # Errors
/// When something else is there, or a name above it is no directory.
pub(crate) fn put(root: &mut Directory, names: &[&str], node: Node) -> Result<usize, String> {
    let Some((last, above)) = names.split_last() else {
        return Err("it has no name".to_owned());
    };
    let mut added = 0;
    let mut directory = root;
    for name in above {
        let below = directory.entry((*name).to_owned()).or_insert_with(|| {
            added += 1;
            Node::Directory(Directory::new())
        });
        let Node::Directory(below) = below else {
            return Err(format!("{name} above it is no directory"));
        };
        directory = below;
    }
    match directory.entry((*last).to_owned()) {
        Slot::Vacant(slot) => {
            slot.insert(node);
            added += 1;
        }
        Slot::Occupied(mut slot) => match (slot.get_mut(), node) {
            (Node::Directory(_), Node::Directory(_)) => {}
            (Node::Directory(_), _) | (_, Node::Directory(_)) => {
                return Err("it is both a directory and something else".to_owned());
            }
            // As tar unpacks it: the last one stays.
            (slot, node) => *slot = node,
        },
    }
    Ok(added)
}

/// The file at a path, for a hard link to it.
pub(crate) fn file_at(root: &Directory, names: &[&str]) -> Option<Node> {
    let (last, above) = names.split_last()?;
    let mut directory = root;
    for name in above {
        match directory.get(*name)? {
            Node::Directory(below) => directory = below,
            _ => return None,
        }
    }
    let node = directory.get(*last)?;
    matches!(node, Node::File { .. }).then(|| node.clone())
}
