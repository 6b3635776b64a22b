//! A source tree in memory, with symbolic links as Git has them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use gantry_model::{Entry, EntryKind, SourceTree, TreeError, limits};

/// What lies at one path.
#[derive(Clone, Debug)]
enum Item {
    File(Vec<u8>),
    /// Its target.
    Link(String),
}

/// Files and links by path.
#[derive(Debug)]
pub(crate) struct MemoryTree {
    id: String,
    items: BTreeMap<String, Item>,
}

impl MemoryTree {
    /// A tree of some files, each of which holds its own path. `link-out` is a link that leads out.
    pub(crate) fn of(id: &str, paths: &[&str]) -> Arc<dyn SourceTree> {
        let (links, files): (Vec<&&str>, Vec<&&str>) =
            paths.iter().partition(|path| path.ends_with("link-out"));
        let files = files.into_iter().map(|path| (*path, *path));
        let links = links.into_iter().map(|path| (*path, "../../../secret"));
        Self::with_links(id, files, links)
    }

    /// A tree of files with their content.
    pub(crate) fn with<'f>(
        id: &str,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Arc<dyn SourceTree> {
        Self::with_links(id, files, [])
    }

    /// A tree of files with their content and links with their targets.
    pub(crate) fn with_links<'f>(
        id: &str,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
        links: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Arc<dyn SourceTree> {
        let file = |(path, text): (&str, &str)| (path.to_owned(), Item::File(text.into()));
        let link = |(path, to): (&str, &str)| (path.to_owned(), Item::Link(to.to_owned()));
        let items = files.into_iter().map(file);
        Arc::new(Self {
            id: id.to_owned(),
            items: items.chain(links.into_iter().map(link)).collect(),
        })
    }

    /// The path without links and `..`; the last name may be a link where it is not followed.
    fn resolve(&self, path: &str, follow_last: bool) -> Result<String, TreeError> {
        let outside = || TreeError::Outside(path.to_owned());
        if path.starts_with('/') || path.contains('\\') {
            return Err(outside());
        }
        let mut rest: VecDeque<String> = path.split('/').map(str::to_owned).collect();
        let (mut names, mut links): (Vec<String>, usize) = (Vec::new(), 0);
        while let Some(name) = rest.pop_front() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    names.pop().ok_or_else(outside)?;
                    continue;
                }
                _ => names.push(name),
            }
            let is_last = rest.iter().all(|name| name.is_empty() || name == ".");
            match self.items.get(&names.join("/")) {
                Some(Item::File(_)) if !is_last => {
                    return Err(TreeError::NotADirectory(path.to_owned()));
                }
                Some(Item::Link(target)) if follow_last || !is_last => {
                    links += 1;
                    if links > limits::TREE_LINKS_MAX {
                        return Err(TreeError::Loop(path.to_owned()));
                    }
                    if target.starts_with('/') {
                        return Err(outside());
                    }
                    names.pop();
                    for name in target.rsplit('/') {
                        rest.push_front(name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(names.join("/"))
    }

    /// The names below a path and whether each is an item itself.
    fn below(&self, path: &str) -> BTreeSet<(String, bool)> {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let from = self.items.range(prefix.clone()..);
        let below = from.map_while(|(item, _)| item.strip_prefix(&prefix));
        below
            .map(|rest| match rest.split_once('/') {
                Some((name, _)) => (name.to_owned(), false),
                None => (rest.to_owned(), true),
            })
            .collect()
    }
}

impl SourceTree for MemoryTree {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        match self.list(path) {
            Ok(_) => Ok(EntryKind::Directory),
            Err(TreeError::NotADirectory(_)) if self.read(path).is_ok() => Ok(EntryKind::File),
            Err(_) if self.is_link(path).unwrap_or(false) => Ok(EntryKind::BrokenLink),
            Err(error) => Err(error),
        }
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        Ok(self.read_link(path).is_ok())
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        match self.items.get(&self.resolve(path, false)?) {
            Some(Item::Link(target)) => Ok(target.clone()),
            _ => Err(TreeError::NotALink(path.to_owned())),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let path = self.resolve(directory, true)?;
        if self.items.contains_key(&path) {
            return Err(TreeError::NotADirectory(directory.to_owned()));
        }
        let below = self.below(&path);
        if below.is_empty() && !path.is_empty() {
            return Err(TreeError::NotFound(directory.to_owned()));
        }
        let entry = |(name, is_item): (String, bool)| {
            let path = format!("{path}/{name}");
            let path = path.trim_start_matches('/');
            let kind = match self.items.get(path) {
                Some(Item::Link(_)) => self.kind(path).unwrap_or(EntryKind::BrokenLink),
                _ if is_item => EntryKind::File,
                _ => EntryKind::Directory,
            };
            Entry { name, kind }
        };
        Ok(below.into_iter().map(entry).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let resolved = self.resolve(path, true)?;
        match self.items.get(&resolved) {
            Some(Item::File(content)) => Ok(content.clone()),
            _ if self.below(&resolved).is_empty() => Err(TreeError::NotFound(path.to_owned())),
            _ => Err(TreeError::NotAFile(path.to_owned())),
        }
    }
}
