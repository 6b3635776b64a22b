//! A folder for tests that need no cluster.

use std::fs;
use std::path::Path;

use crate::world::{Ended, gantry};

/// A folder with its own data folder.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn write(&self, path: &str, content: &str) -> String {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(&path, content).expect("a file");
        path.display().to_string()
    }

    pub(crate) fn path(&self, path: &str) -> String {
        self.0.path().join(path).display().to_string()
    }

    pub(crate) fn gantry(&self, args: &[&str]) -> Ended {
        gantry(&self.0.path().join("data"), args)
    }
}
