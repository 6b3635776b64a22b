//! How a path is followed through a tree that has its own nodes: name by name from the root, so that
//! no link and no `..` leads out.

use std::collections::VecDeque;

use super::{EntryKind, TreeError};
use crate::limits;

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub enum Node<Directory, File, Link> {
    /// A directory.
    Directory(Directory),
    /// A file.
    File(File),
    /// A symbolic link.
    Link(Link),
}

/// A node of a tree.
pub type NodeOf<N> = Node<<N as Nodes>::Directory, <N as Nodes>::File, <N as Nodes>::Link>;

/// A tree's own nodes, which paths are followed through.
pub trait Nodes {
    /// A directory.
    type Directory;
    /// A file.
    type File;
    /// A symbolic link.
    type Link;

    /// The tree's root.
    fn root(&self) -> Self::Directory;

    /// What a directory has under a name. `path` is what is being followed, for errors.
    ///
    /// # Errors
    /// [`TreeError`], also where there is nothing of that name.
    fn child(
        &self,
        directory: &Self::Directory,
        name: &str,
        path: &str,
    ) -> Result<NodeOf<Self>, TreeError>;

    /// Where a link leads, as it is written there.
    ///
    /// # Errors
    /// [`TreeError`] says why it cannot be read.
    fn target(&self, link: &Self::Link, path: &str) -> Result<String, TreeError>;

    /// What a path leads to; of a path whose last name is a link, the link itself where it is not
    /// followed.
    ///
    /// # Errors
    /// [`TreeError`] says why there is nothing.
    fn follow(&self, path: &str, follow_last: bool) -> Result<NodeOf<Self>, TreeError> {
        let outside = || TreeError::Outside(path.to_owned());
        if path.starts_with('/') {
            return Err(outside());
        }
        // The root stays below: to leave it is to leave the tree.
        let mut above = Vec::new();
        let mut current = self.root();
        let mut names: VecDeque<String> = path.split('/').map(str::to_owned).collect();
        let mut links = 0;
        while let Some(name) = names.pop_front() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    current = above.pop().ok_or_else(outside)?;
                    continue;
                }
                _ => {}
            }
            let is_last = names.iter().all(|name| name.is_empty() || name == ".");
            match self.child(&current, &name, path)? {
                Node::Directory(directory) => {
                    above.push(std::mem::replace(&mut current, directory));
                }
                file @ Node::File(_) if is_last => return Ok(file),
                Node::File(_) => return Err(TreeError::NotADirectory(path.to_owned())),
                link @ Node::Link(_) if is_last && !follow_last => return Ok(link),
                Node::Link(link) => {
                    links += 1;
                    if links > limits::TREE_LINKS_MAX {
                        return Err(TreeError::Loop(path.to_owned()));
                    }
                    let target = self.target(&link, path)?;
                    if target.starts_with('/') {
                        return Err(outside());
                    }
                    for name in target.rsplit('/') {
                        names.push_front(name.to_owned());
                    }
                }
            }
        }
        Ok(Node::Directory(current))
    }

    /// What is at a path: [`SourceTree::kind`](super::SourceTree::kind).
    ///
    /// # Errors
    /// [`TreeError`] says why nothing can be read there.
    fn kind_at(&self, path: &str) -> Result<EntryKind, TreeError> {
        match self.follow(path, true) {
            Ok(Node::Directory(_)) => Ok(EntryKind::Directory),
            Ok(Node::File(_)) => Ok(EntryKind::File),
            Ok(Node::Link(_)) => Ok(EntryKind::BrokenLink),
            Err(error) => match self.follow(path, false) {
                Ok(Node::Link(_)) => Ok(EntryKind::BrokenLink),
                _ => Err(error),
            },
        }
    }

    /// What a listing says of the link at a path: what it leads to, if that is inside.
    fn kind_of_link(&self, path: &str) -> EntryKind {
        self.kind_at(path).unwrap_or(EntryKind::BrokenLink)
    }

    /// Whether there is a link: [`SourceTree::is_link`](super::SourceTree::is_link).
    ///
    /// # Errors
    /// [`TreeError`] says why nothing can be read there.
    fn is_link_at(&self, path: &str) -> Result<bool, TreeError> {
        Ok(matches!(self.follow(path, false)?, Node::Link(_)))
    }

    /// A link's target: [`SourceTree::read_link`](super::SourceTree::read_link).
    ///
    /// # Errors
    /// [`TreeError`] says why there is none.
    fn link_at(&self, path: &str) -> Result<String, TreeError> {
        match self.follow(path, false)? {
            Node::Link(link) => self.target(&link, path),
            Node::Directory(_) | Node::File(_) => Err(TreeError::NotALink(path.to_owned())),
        }
    }

    /// The directory at a path.
    ///
    /// # Errors
    /// [`TreeError`], also where something else is there.
    fn directory_at(&self, path: &str) -> Result<Self::Directory, TreeError> {
        match self.follow(path, true)? {
            Node::Directory(directory) => Ok(directory),
            Node::File(_) | Node::Link(_) => Err(TreeError::NotADirectory(path.to_owned())),
        }
    }

    /// The file at a path.
    ///
    /// # Errors
    /// [`TreeError`], also where something else is there.
    fn file_at(&self, path: &str) -> Result<Self::File, TreeError> {
        match self.follow(path, true)? {
            Node::File(file) => Ok(file),
            Node::Directory(_) | Node::Link(_) => Err(TreeError::NotAFile(path.to_owned())),
        }
    }
}
