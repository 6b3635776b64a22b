//! An unpacked archive in memory, as a source tree.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

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

/// What a path leads to.
enum Found<'a> {
    Directory(&'a Directory),
    File(&'a [u8], &'a Digest),
    Link(&'a str),
}

impl ArchiveTree {
    pub(crate) fn new(digest: Digest, root: Directory) -> Self {
        Self { digest, root }
    }

    /// Follows a path from the root, name by name, so that no link and no `..` leads out.
    fn walk(&self, path: &str, follow_last: bool) -> Result<Found<'_>, TreeError> {
        let outside = || TreeError::Outside(path.to_owned());
        if path.starts_with('/') {
            return Err(outside());
        }
        let mut above = vec![&self.root];
        let mut names: VecDeque<&str> = path.split('/').collect();
        let mut links = 0;
        while let Some(name) = names.pop_front() {
            match name {
                "" | "." => continue,
                ".." => {
                    above.pop();
                    if above.is_empty() {
                        return Err(outside());
                    }
                    continue;
                }
                _ => {}
            }
            let directory = above.last().copied().unwrap_or(&self.root);
            let node = directory.get(name);
            let node = node.ok_or_else(|| TreeError::NotFound(path.to_owned()))?;
            let is_last = names.iter().all(|name| matches!(*name, "" | "."));
            match node {
                Node::Directory(directory) => above.push(directory),
                Node::File { content, digest } if is_last => {
                    return Ok(Found::File(content, digest));
                }
                Node::File { .. } => return Err(TreeError::NotADirectory(path.to_owned())),
                Node::Link(target) if is_last && !follow_last => return Ok(Found::Link(target)),
                Node::Link(target) => {
                    links += 1;
                    if links > limits::TREE_LINKS_MAX {
                        return Err(TreeError::Loop(path.to_owned()));
                    }
                    if target.starts_with('/') {
                        return Err(outside());
                    }
                    for name in target.rsplit('/') {
                        names.push_front(name);
                    }
                }
            }
        }
        Ok(Found::Directory(
            above.last().copied().unwrap_or(&self.root),
        ))
    }

    fn entry_kind(&self, node: &Node, path: &str) -> EntryKind {
        match node {
            Node::Directory(_) => EntryKind::Directory,
            Node::File { .. } => EntryKind::File,
            Node::Link(_) => match self.walk(path, true) {
                Ok(Found::Directory(_)) => EntryKind::Directory,
                Ok(Found::File(..)) => EntryKind::File,
                Ok(Found::Link(_)) | Err(_) => EntryKind::BrokenLink,
            },
        }
    }
}

impl SourceTree for ArchiveTree {
    fn id(&self) -> String {
        self.digest.to_string()
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        match self.walk(path, true) {
            Ok(Found::Directory(_)) => Ok(EntryKind::Directory),
            Ok(Found::File(..)) => Ok(EntryKind::File),
            Ok(Found::Link(_)) => Ok(EntryKind::BrokenLink),
            Err(error) => match self.walk(path, false) {
                Ok(Found::Link(_)) => Ok(EntryKind::BrokenLink),
                _ => Err(error),
            },
        }
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        Ok(matches!(self.walk(path, false)?, Found::Link(_)))
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        match self.walk(path, false)? {
            Found::Link(target) => Ok(target.to_owned()),
            _ => Err(TreeError::NotALink(path.to_owned())),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let Found::Directory(found) = self.walk(directory, true)? else {
            return Err(TreeError::NotADirectory(directory.to_owned()));
        };
        let entry = |(name, node): (&String, &Node)| Entry {
            name: name.clone(),
            // The root's name is empty, and a path must not begin with a slash.
            kind: self.entry_kind(node, &format!("./{directory}/{name}")),
        };
        Ok(found.iter().map(entry).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        match self.walk(path, true)? {
            Found::File(content, _) => {
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
            _ => Err(TreeError::NotAFile(path.to_owned())),
        }
    }

    fn content_id(&self, path: &str) -> Result<Option<String>, TreeError> {
        match self.walk(path, true)? {
            Found::File(_, digest) => Ok(Some(digest.to_string())),
            _ => Err(TreeError::NotAFile(path.to_owned())),
        }
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
