//! Whether what was built is still what would be built.

use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// All that a build depends on, as one number beside what it made.
pub(crate) struct Stamp {
    file: PathBuf,
    hash: DefaultHasher,
}

impl Stamp {
    pub(crate) fn new(file: PathBuf) -> Self {
        let hash = DefaultHasher::new();
        Self { file, hash }
    }

    pub(crate) fn with(mut self, texts: &[&str]) -> Self {
        texts.hash(&mut self.hash);
        self
    }

    pub(crate) fn with_file(mut self, file: &Path) -> Result<Self, Box<dyn Error>> {
        fs::read(file)?.hash(&mut self.hash);
        Ok(self)
    }

    /// Every file of a folder and those below.
    pub(crate) fn with_files(self, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut paths = fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        paths.into_iter().try_fold(self, |stamp, path| {
            let stamp = stamp.with(&[&path.to_string_lossy()]);
            if path.is_dir() {
                stamp.with_files(&path)
            } else {
                stamp.with_file(&path)
            }
        })
    }

    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|written| written == self.text())
    }

    pub(crate) fn write(&self) -> std::io::Result<()> {
        fs::write(&self.file, self.text())
    }

    fn text(&self) -> String {
        self.hash.finish().to_string()
    }
}
