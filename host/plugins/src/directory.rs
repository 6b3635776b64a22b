//! The directory that plugins are dropped into.

use std::io::Read;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use gantry_model::limits;

use crate::error::LoadError;
use crate::trust::{SIGNATURE_SUFFIX, Untrusted};

/// An open directory of `.wasm` files. Nothing outside of it is read, whatever links say.
#[derive(Debug)]
pub(crate) struct Directory {
    dir: Dir,
    path: PathBuf,
}

/// One `.wasm` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The file's name without `.wasm`.
    pub(crate) stem: String,
    /// The file's name.
    pub(crate) file: PathBuf,
}

impl Directory {
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            dir: Dir::open_ambient_dir(path, ambient_authority())?,
            path: path.to_owned(),
        })
    }

    /// The `.wasm` files, by name. `.cwasm` files are never looked at: loading one is running it.
    pub(crate) fn scan(&self) -> std::io::Result<Vec<Found>> {
        let mut found = Vec::new();
        for entry in self.dir.entries()? {
            let file = PathBuf::from(entry?.file_name());
            if file
                .extension()
                .is_some_and(|extension| extension == "wasm")
                && let Some(stem) = file.file_stem()
            {
                found.push(Found {
                    stem: stem.to_string_lossy().into_owned(),
                    file,
                });
            }
        }
        found.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(found)
    }

    /// Where a file is, for messages.
    pub(crate) fn path_of(&self, file: &Path) -> PathBuf {
        self.path.join(file)
    }

    /// What lies beside a file as its signature. None: nothing does. What cannot be read is an
    /// error, not nothing.
    pub(crate) fn read_signature(&self, file: &Path) -> Result<Option<Vec<u8>>, LoadError> {
        let mut name = file.as_os_str().to_owned();
        name.push(SIGNATURE_SUFFIX);
        let signature = Path::new(&name);
        match self.dir.symlink_metadata(signature) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            _ => {
                let read = self.read(signature, limits::SIGNATURE_FILE_MAX_BYTES);
                read.map(Some).map_err(|error| {
                    let reason = error.to_string();
                    Untrusted::Garbled { reason }.into()
                })
            }
        }
    }

    /// A file's content.
    pub(crate) fn read(&self, file: &Path, max_bytes: u64) -> Result<Vec<u8>, LoadError> {
        let unreadable = |error: std::io::Error| LoadError::Unreadable(error.to_string());
        // Asked before it is opened: opening a pipe would wait for its other end.
        let metadata = self.dir.metadata(file).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(LoadError::Unreadable("it is not a file".to_owned()));
        }
        let size_bytes = metadata.len();
        if size_bytes > max_bytes {
            return Err(LoadError::TooLarge {
                size_bytes,
                max_bytes,
            });
        }
        let mut wasm = Vec::new();
        let opened = self.dir.open(file).map_err(unreadable)?;
        opened
            .take(max_bytes + 1)
            .read_to_end(&mut wasm)
            .map_err(unreadable)?;
        if wasm.len() as u64 > max_bytes {
            return Err(LoadError::TooLarge {
                size_bytes: wasm.len() as u64,
                max_bytes,
            });
        }
        Ok(wasm)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use gantry_model::limits::SIGNATURE_FILE_MAX_BYTES;

    use super::Directory;

    #[test]
    fn a_signature_lies_beside_its_file_and_must_be_readable() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("good.wasm.sig"), "signature").expect("written");
        fs::create_dir(at("folder.wasm.sig")).expect("made");
        std::os::unix::fs::symlink("/etc/hostname", at("outside.wasm.sig")).expect("linked");
        std::os::unix::fs::symlink("nowhere", at("dangling.wasm.sig")).expect("linked");
        let large = vec![b'x'; usize::try_from(SIGNATURE_FILE_MAX_BYTES).expect("small") + 1];
        fs::write(at("large.wasm.sig"), large).expect("written");
        let directory = Directory::open(folder.path()).expect("a directory");
        let read = |name: &str| directory.read_signature(Path::new(name));
        assert_eq!(read("missing.wasm"), Ok(None));
        assert_eq!(read("good.wasm"), Ok(Some(b"signature".to_vec())));
        for bad in ["folder.wasm", "outside.wasm", "dangling.wasm", "large.wasm"] {
            let error = read(bad).expect_err(bad).to_string();
            assert!(error.contains("signature that cannot be read"), "{error}");
        }
    }
}
