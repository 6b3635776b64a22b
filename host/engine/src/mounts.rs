//! Trees within a tree: `$values/prod.yaml` is `prod.yaml` of the source whose `ref` is `values`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gantry_model::{Entry, EntryKind, SourceTree, TreeError};

/// A source's tree with those of others at its root. The listing of the root is the main tree's
/// own, so that nothing finds the others who does not look for them by name. Links of each tree
/// stay inside it.
#[derive(Debug)]
pub(crate) struct Mounts {
    main: Arc<dyn SourceTree>,
    /// By their names, `$` included.
    others: BTreeMap<String, Arc<dyn SourceTree>>,
}

impl Mounts {
    /// The main tree alone where there are no others.
    pub(crate) fn over(
        main: Arc<dyn SourceTree>,
        others: BTreeMap<String, Arc<dyn SourceTree>>,
    ) -> Arc<dyn SourceTree> {
        if others.is_empty() {
            return main;
        }
        Arc::new(Self { main, others })
    }

    /// The tree that has the path, and the path in it. `..` counts by the names as they are written:
    /// `a/../$values/x` is in `$values`.
    fn at<'a>(&self, path: &'a str) -> (&dyn SourceTree, &'a str) {
        let mut depth = 0usize;
        let mut from = 0;
        for name in path.split('/') {
            let rest = from + name.len();
            match name {
                "" | "." => {}
                ".." if depth == 0 => break,
                ".." => depth -= 1,
                name => {
                    let other = self.others.get(name).filter(|_| depth == 0);
                    if let Some(other) = other {
                        let within = path.get(rest..).unwrap_or_default();
                        return (&**other, within.trim_start_matches('/'));
                    }
                    depth += 1;
                }
            }
            from = rest + 1;
        }
        (&*self.main, path)
    }

    /// An error with the path as it was asked for.
    fn named(path: &str, error: TreeError) -> TreeError {
        let path = path.to_owned();
        match error {
            TreeError::NotFound(_) => TreeError::NotFound(path),
            TreeError::NotAFile(_) => TreeError::NotAFile(path),
            TreeError::NotADirectory(_) => TreeError::NotADirectory(path),
            TreeError::Outside(_) => TreeError::Outside(path),
            TreeError::Loop(_) => TreeError::Loop(path),
            TreeError::NotALink(_) => TreeError::NotALink(path),
            TreeError::TooLarge {
                size_bytes,
                max_bytes,
                ..
            } => TreeError::TooLarge {
                path,
                size_bytes,
                max_bytes,
            },
            TreeError::Io { reason, .. } => TreeError::Io { path, reason },
        }
    }

    fn ask<T>(
        &self,
        path: &str,
        ask: impl FnOnce(&dyn SourceTree, &str) -> Result<T, TreeError>,
    ) -> Result<T, TreeError> {
        let (tree, within) = self.at(path);
        ask(tree, within).map_err(|error| Self::named(path, error))
    }
}

impl SourceTree for Mounts {
    fn id(&self) -> String {
        let others = self.others.iter();
        let others = others.map(|(name, tree)| format!(" {name}={}", tree.id()));
        self.main.id() + &others.collect::<String>()
    }

    fn is_versioned(&self) -> bool {
        self.main.is_versioned() && self.others.values().all(|tree| tree.is_versioned())
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        self.ask(path, |tree, path| tree.kind(path))
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        self.ask(path, |tree, path| tree.is_link(path))
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        self.ask(path, |tree, path| tree.read_link(path))
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        self.ask(directory, |tree, path| tree.list(path))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        self.ask(path, |tree, path| tree.read(path))
    }

    fn content_id(&self, path: &str) -> Result<Option<String>, TreeError> {
        self.ask(path, |tree, path| tree.content_id(path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use gantry_model::{EntryKind, SourceTree, TreeError};
    use gantry_source::DirTree;

    use super::Mounts;

    fn tree(folder: &Path) -> Arc<dyn SourceTree> {
        Arc::new(DirTree::open(folder).expect("a tree"))
    }

    #[test]
    fn a_mounted_tree_is_found_by_its_name_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let [main, values] = ["main", "values"].map(|name| folder.path().join(name));
        for path in [main.join("charts/web"), values.join("env")] {
            fs::create_dir_all(path).expect("a folder");
        }
        fs::write(main.join("a.yaml"), "main").expect("a file");
        fs::write(values.join("env/prod.yaml"), "prod").expect("a file");
        std::os::unix::fs::symlink("../main/a.yaml", values.join("out")).expect("a link");
        std::os::unix::fs::symlink("env/prod.yaml", values.join("in")).expect("a link");

        let others = [("$values".to_owned(), tree(&values))].into();
        let mounted = Mounts::over(tree(&main), others);
        let read = |path: &str| {
            let read = mounted.read(path);
            read.map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
        };
        for (path, expected) in [
            ("a.yaml", "main"),
            ("$values/env/prod.yaml", "prod"),
            ("./$values//env/prod.yaml", "prod"),
            ("charts/web/../../$values/env/prod.yaml", "prod"),
            ("$values/in", "prod"),
        ] {
            assert_eq!(read(path), Ok(expected.to_owned()), "{path}");
        }
        for path in [
            "$values/out",
            "$values/../a.yaml",
            "../$values/env/prod.yaml",
        ] {
            assert_eq!(read(path), Err(TreeError::Outside(path.to_owned())));
        }
        for path in [
            "$other/a.yaml",
            "charts/$values/env/prod.yaml",
            "$values/no",
        ] {
            assert_eq!(read(path), Err(TreeError::NotFound(path.to_owned())));
        }
        let names = |directory: &str| {
            let entries = mounted.list(directory).expect("a listing").into_iter();
            entries.map(|entry| entry.name).collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["a.yaml", "charts"]);
        assert_eq!(names("$values"), ["env", "in", "out"]);
        assert_eq!(mounted.kind("$values"), Ok(EntryKind::Directory));
        assert_ne!(mounted.id(), tree(&main).id());
    }
}
