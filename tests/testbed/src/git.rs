//! Real Git repositories, made by the `git` program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::TestbedError;

/// A repository with a work tree, in a folder that the test owns.
#[derive(Debug)]
pub struct GitRepository {
    folder: PathBuf,
}

impl GitRepository {
    /// Makes an empty repository with the branch `main`.
    ///
    /// # Errors
    /// When `git` fails.
    pub fn init(folder: &Path) -> Result<Self, TestbedError> {
        fs::create_dir_all(folder).map_err(TestbedError::io(folder.display().to_string()))?;
        let repository = Self {
            folder: folder.to_owned(),
        };
        repository.git(&["-c", "init.defaultBranch=main", "init", "--quiet"])?;
        Ok(repository)
    }

    /// The folder of the work tree.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A URL that reads it in place.
    pub fn file_url(&self) -> String {
        format!("file://{}", self.folder.display())
    }

    /// Writes files (an empty content removes one), commits all, and returns the commit's id.
    ///
    /// # Errors
    /// When a file cannot be written or `git` fails.
    pub fn commit(&self, files: &[(&str, &str)]) -> Result<String, TestbedError> {
        for (path, content) in files {
            let path = self.folder.join(path);
            let failed = || TestbedError::io(path.display().to_string());
            if content.is_empty() {
                fs::remove_file(&path).map_err(failed())?;
                continue;
            }
            fs::create_dir_all(path.parent().unwrap_or(&self.folder)).map_err(failed())?;
            fs::write(&path, content).map_err(failed())?;
        }
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "Change"])?;
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs `git` in the work tree; what it printed, without the last line break.
    ///
    /// # Errors
    /// When `git` fails.
    pub fn git(&self, arguments: &[&str]) -> Result<String, TestbedError> {
        let what = format!("git {}", arguments.join(" "));
        let output = Command::new("git")
            .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .map_err(TestbedError::io(what.clone()))?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(TestbedError::io(what)(std::io::Error::other(error)));
        }
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned())
    }
}
