//! Reads files for one kustomization: from which tree, below which root, and on which way it came
//! there (`api/internal/loader`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Diagnostic, EntryKind, ReadError};

use crate::manifest::{self, Manifest};
use crate::options::LoadRestrictor;
use crate::outside::Outside;
use crate::path::{is_within, resolve, shown};
use crate::problem::{Problem, Result};
use crate::repository::{Repository, is_http};

/// A tree and what was read of it.
pub(crate) struct Source<'a> {
    files: Held<'a>,
    /// How the tree is told in errors: empty for the application's own.
    label: String,
    manifests: RefCell<HashMap<String, Seen>>,
}

enum Held<'a> {
    Lent(&'a dyn Files),
    Granted(Rc<dyn Files>),
}

/// A file that was read once is rarely read again; what is read twice is kept.
enum Seen {
    Once,
    Kept(Rc<Vec<Manifest>>),
}

impl<'a> Source<'a> {
    pub(crate) fn lent(files: &'a dyn Files) -> Rc<Self> {
        Rc::new(Self::new(Held::Lent(files), String::new()))
    }

    pub(crate) fn granted(files: Rc<dyn Files>, label: &str) -> Rc<Self> {
        Rc::new(Self::new(Held::Granted(files), label.to_owned()))
    }

    fn new(files: Held<'a>, label: String) -> Self {
        Self {
            files,
            label,
            manifests: RefCell::default(),
        }
    }

    pub(crate) fn files(&self) -> &dyn Files {
        match &self.files {
            Held::Lent(files) => *files,
            Held::Granted(files) => &**files,
        }
    }

    /// Whether it is the application's own tree.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.files, Held::Lent(_))
    }

    /// How a path of this tree is told in errors.
    pub(crate) fn told(&self, path: &str) -> String {
        match (&*self.label, path) {
            ("", path) => path.to_owned(),
            (label, "") => label.to_owned(),
            (label, path) => format!("{label}//{path}"),
        }
    }
}

/// What reads for a kustomization.
#[derive(Clone)]
pub(crate) struct Loader<'a> {
    pub(crate) source: Rc<Source<'a>>,
    /// The kustomization's directory.
    pub(crate) root: String,
    restrictor: LoadRestrictor,
    repository: Option<Repository>,
    parent: Option<Rc<Loader<'a>>>,
}

/// What a path leads to.
pub(crate) enum Found {
    File(String),
    Directory(String),
}

/// What a path of `resources` leads to.
pub(crate) enum Opened {
    Manifests(Vec<Manifest>),
    Directory(String),
}

impl<'a> Loader<'a> {
    pub(crate) fn new(source: Rc<Source<'a>>, root: &str, restrictor: LoadRestrictor) -> Self {
        Self {
            source,
            root: root.to_owned(),
            restrictor,
            repository: None,
            parent: None,
        }
    }

    /// What a path of the kustomization leads to.
    pub(crate) fn find(&self, path: &str) -> Result<Found> {
        let full = self.resolve(path)?;
        match self.source.files().kind(&full) {
            Ok(EntryKind::Directory) => {
                Self::check_ambiguity(path)?;
                Ok(Found::Directory(full))
            }
            Ok(EntryKind::File) => Ok(Found::File(full)),
            Ok(EntryKind::BrokenLink) => Err(self.unreadable(path, &full, &ReadError::NotFound)),
            Err(error) => Err(self.unreadable(path, &full, &error)),
        }
    }

    /// A file's content.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>> {
        let full = self.resolve(path)?;
        self.check(path, &full)?;
        let bytes = self.source.files().read(&full);
        bytes.map_err(|error| self.unreadable(path, &full, &error))
    }

    /// The same, from the web where the path is an address.
    pub(crate) fn read_or_download(&self, path: &str, outside: &dyn Outside) -> Result<Vec<u8>> {
        if is_http(path) {
            return download(path, outside);
        }
        self.read(path)
    }

    /// The same as text.
    pub(crate) fn text(&self, path: &str, outside: &dyn Outside) -> Result<String> {
        let bytes = self.read_or_download(path, outside)?;
        text(bytes, &self.told(path))
    }

    /// The objects in a file, or the directory that a path leads to. Most paths are files, so the
    /// file is read without looking first.
    pub(crate) fn open(&self, path: &str) -> Result<Opened> {
        let full = self.resolve(path)?;
        if let Err(outside) = self.check(path, &full) {
            return match self.find(path)? {
                Found::Directory(directory) => Ok(Opened::Directory(directory)),
                Found::File(_) => Err(outside),
            };
        }
        if let Some(Seen::Kept(kept)) = self.source.manifests.borrow().get(&full) {
            return Ok(Opened::Manifests(kept.to_vec()));
        }
        let bytes = match self.source.files().read(&full) {
            Ok(bytes) => bytes,
            Err(ReadError::NotAFile) => {
                Self::check_ambiguity(path)?;
                return Ok(Opened::Directory(full));
            }
            Err(error) => return Err(self.unreadable(path, &full, &error)),
        };
        let told = self.told(path);
        let read = manifest::read(&text(bytes, &told)?, &told)?;
        let mut seen = self.source.manifests.borrow_mut();
        let again = match seen.get(&full) {
            None => Seen::Once,
            Some(_) => Seen::Kept(Rc::new(read.clone())),
        };
        seen.insert(full, again);
        Ok(Opened::Manifests(read))
    }

    /// How a path of this kustomization is told in errors.
    pub(crate) fn told(&self, path: &str) -> String {
        match resolve(&self.root, path) {
            Some(full) if !is_http(path) => self.source.told(&full),
            _ => path.to_owned(),
        }
    }

    /// How the kustomization itself is told.
    pub(crate) fn told_root(&self) -> String {
        self.source.told(shown(&self.root))
    }

    /// The loader of a directory that this kustomization refers to.
    pub(crate) fn enter(&self, directory: String) -> Result<Self> {
        let is_visited = |loader: &&Self| {
            Rc::ptr_eq(&loader.source, &self.source) && is_within(&loader.root, &directory)
        };
        if let Some(visited) = self.way().find(is_visited) {
            return Err(self.cycle(&directory, visited));
        }
        Ok(Self {
            source: Rc::clone(&self.source),
            root: directory,
            restrictor: self.restrictor,
            repository: None,
            parent: Some(Rc::new(self.clone())),
        })
    }

    /// This one and those through which it was reached, back to the first.
    fn way(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |loader| loader.parent.as_deref())
    }

    /// The loader of a directory of another repository.
    pub(crate) fn enter_repository(
        &self,
        repository: &Repository,
        source: Rc<Source<'a>>,
    ) -> Result<Self> {
        Ok(Self {
            source,
            root: repository.directory.clone(),
            // What comes from elsewhere never reaches beyond its own root.
            restrictor: LoadRestrictor::RootOnly,
            repository: Some(repository.clone()),
            parent: Some(Rc::new(self.clone())),
        })
    }

    /// A repository that this one was reached through must not be entered again.
    pub(crate) fn check_repository(&self, next: &Repository) -> Result<()> {
        let mut previous = self.way().filter_map(|loader| loader.repository.as_ref());
        let Some(previous) = previous.find(|previous| previous.raw.starts_with(&next.raw)) else {
            return Ok(());
        };
        let message = format!(
            "cycle detected: URI '{}' referenced by previous URI '{}'",
            next.raw, previous.raw
        );
        Err(Problem::new("cycle", message).help("remove one of these references"))
    }

    fn cycle(&self, directory: &str, visited: &Self) -> Problem {
        let candidate = self.source.told(shown(directory));
        let mut way: Vec<String> = self.way().map(Self::told_root).collect();
        way.reverse();
        way.push(candidate.clone());
        let message = format!(
            "cycle detected: candidate root '{candidate}' contains visited root '{}': {}",
            visited.told_root(),
            way.join(" -> "),
        );
        Problem::new("cycle", message).help("remove one of these references")
    }

    /// Two entries of a list that were indented into one.
    fn check_ambiguity(path: &str) -> Result<()> {
        let is_odd = |part: &str| part != ".." && part.contains("..");
        if !path.split('/').any(is_odd) {
            return Ok(());
        }
        let message = format!(
            "path {path:?} is ambiguous: it resolves to {:?} after normalization, which is likely not the intended target",
            crate::path::join_relative("", path)
        );
        Err(Problem::new("not-found", message)
            .help("check the indentation of the list in the kustomization"))
    }

    fn resolve(&self, path: &str) -> Result<String> {
        if path.is_empty() {
            return Err(Problem::new("not-found", "the path is empty"));
        }
        if path.starts_with('/') {
            let message = format!("'{path}' cannot be absolute");
            let help = "write it relative to the kustomization";
            return Err(Problem::new("outside", message).help(help));
        }
        resolve(&self.root, path).ok_or_else(|| {
            let message = format!("'{path}' leads out of the source tree");
            let help = "the tree ends at the repository; of a folder that is none, \
                `gantry render --root DIR` says where";
            Problem::new("outside", message).help(help)
        })
    }

    /// Files come from the kustomization's root or below it.
    fn check(&self, path: &str, full: &str) -> Result<()> {
        if self.restrictor == LoadRestrictor::None || is_within(full, &self.root) {
            return Ok(());
        }
        let message = format!(
            "security; file '{path}' is not in or below '{}'",
            self.told_root()
        );
        Err(Problem::new("outside-root", message)
            .help("move the file, or make its directory a base or component of its own"))
    }

    fn unreadable(&self, path: &str, full: &str, error: &ReadError) -> Problem {
        let reason = Diagnostic::unreadable(full, error).message;
        let code = match error {
            ReadError::NotFound => "not-found",
            _ => "unreadable",
        };
        let told = self.source.told(full);
        Problem::new(code, format!("'{path}' ({told}): {reason}"))
    }
}

/// A file over http(s).
pub(crate) fn download(url: &str, outside: &dyn Outside) -> Result<Vec<u8>> {
    let bytes = outside.download(url);
    bytes.map_err(|reason| Problem::new("download", format!("'{url}': {reason}")))
}

/// Bytes as text.
pub(crate) fn text(bytes: Vec<u8>, told: &str) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| {
        Problem::new("not-utf-8", format!("{told} is not UTF-8"))
            .in_file(told)
            .help("save it as UTF-8")
    })
}
