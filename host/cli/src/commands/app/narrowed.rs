//! A directory of this machine of which only some files are seen: `app diff --local-include`.

use gantry_model::glob::Glob;
use gantry_model::{Diagnostic, Entry, EntryKind, SourceTree, TreeError};
use gantry_source::DirTree;

/// The directory, and which names of files are seen, in whatever directory they are.
#[derive(Debug)]
pub(super) struct Narrowed {
    tree: DirTree,
    names: Vec<Glob>,
}

impl Narrowed {
    /// Of a directory, the files that fit one of the globs.
    ///
    /// # Errors
    /// What is no glob.
    pub(super) fn new(tree: DirTree, globs: &[String]) -> Result<Self, Diagnostic> {
        let glob = |text: &String| {
            Glob::parse(text, '/').map_err(|error| {
                let message = format!("--local-include {text}: {error}");
                Diagnostic::error("flag", message).help("write it as *.yaml")
            })
        };
        let names = globs.iter().map(glob).collect::<Result<_, _>>()?;
        Ok(Self { tree, names })
    }

    fn fits(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.names.iter().any(|glob| glob.matches(name))
    }

    /// What is at a path, if it is seen.
    fn seen(&self, path: &str) -> Result<EntryKind, TreeError> {
        match self.tree.kind(path)? {
            EntryKind::Directory => Ok(EntryKind::Directory),
            kind if self.fits(path) => Ok(kind),
            _ => Err(TreeError::NotFound(path.to_owned())),
        }
    }
}

impl SourceTree for Narrowed {
    fn id(&self) -> String {
        self.tree.id()
    }

    fn is_versioned(&self) -> bool {
        false
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        self.seen(path)
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        self.seen(path)?;
        self.tree.is_link(path)
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        self.seen(path)?;
        self.tree.read_link(path)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let mut entries = self.tree.list(directory)?;
        entries.retain(|entry| entry.kind == EntryKind::Directory || self.fits(&entry.name));
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        self.seen(path)?;
        self.tree.read(path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gantry_model::{SourceTree, TreeError};
    use gantry_source::DirTree;

    use super::Narrowed;

    #[test]
    fn only_files_whose_names_fit_are_seen() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        fs::create_dir(root.join("base.txt")).expect("a directory");
        for name in ["a.yaml", "b.json", "base.txt/c.yaml", "base.txt/d.txt"] {
            fs::write(root.join(name), name).expect("a file");
        }
        let tree = || DirTree::open(root).expect("a tree");
        let globs = ["*.yaml".to_owned(), "b*".to_owned()];
        let narrowed = Narrowed::new(tree(), &globs).expect("globs");
        let names = |directory: &str| -> Vec<String> {
            let entries = narrowed.list(directory).expect("a directory");
            entries.into_iter().map(|entry| entry.name).collect()
        };
        assert_eq!(names(""), ["a.yaml", "b.json", "base.txt"]);
        assert_eq!(names("base.txt"), ["c.yaml"]);
        assert_eq!(
            narrowed.read("base.txt/c.yaml"),
            Ok(b"base.txt/c.yaml".to_vec())
        );
        let hidden = "base.txt/d.txt";
        let gone = TreeError::NotFound(hidden.to_owned());
        assert_eq!(narrowed.kind(hidden), Err(gone.clone()));
        assert_eq!(narrowed.read(hidden), Err(gone.clone()));
        assert_eq!(narrowed.is_link(hidden), Err(gone));
        let wrong = Narrowed::new(tree(), &["[".to_owned()]).expect_err("no glob");
        assert!(wrong.message.contains("--local-include ["), "{wrong}");
    }
}
