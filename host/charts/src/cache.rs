//! What was fetched before: archives by who was given them and their digest, which version had which, and indexes.
//!
//! Each file is written beside its place and renamed, so that several processes can share a folder.
//! Whatever cannot be read is fetched again.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gantry_model::{Digest, limits};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ChartError;
use crate::http::Validators;
use crate::index::Index;

/// Charts may be private.
const MODE: u32 = 0o700;

/// The folder of fetched charts.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

/// The archives that one has been given: a chart's, of one repository, with one's credentials. Others may know the
/// digest of a private chart, and have to be given it by the repository that they name themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept<'a> {
    cache: &'a Cache,
    owner: Digest,
}

/// An index as it was last seen.
#[derive(Serialize, Deserialize)]
pub(crate) struct KnownIndex {
    etag: String,
    last_modified: String,
    pub(crate) index: Index,
}

impl KnownIndex {
    pub(crate) fn new(validators: Validators, index: Index) -> Self {
        Self {
            etag: validators.etag,
            last_modified: validators.last_modified,
            index,
        }
    }

    pub(crate) fn validators(&self) -> Validators {
        Validators {
            etag: self.etag.clone(),
            last_modified: self.last_modified.clone(),
        }
    }
}

/// The archive that an exact version had.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pin {
    pub(crate) version: String,
    pub(crate) digest: String,
}

impl Cache {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What that owner has been given.
    pub(crate) fn of(&self, owner: Digest) -> Kept<'_> {
        Kept { cache: self, owner }
    }

    pub(crate) fn index(&self, key: &Digest) -> Option<KnownIndex> {
        let path = self.index_path(key);
        touch(&path);
        read_json(&path)
    }

    pub(crate) fn keep_index(&self, key: &Digest, index: &KnownIndex) -> Result<(), ChartError> {
        self.write_json(&self.index_path(key), index)?;
        self.trim("indexes", limits::CHART_INDEXES_MAX_BYTES);
        Ok(())
    }

    pub(crate) fn pin(&self, key: &Digest) -> Option<Pin> {
        let path = self.pin_path(key);
        touch(&path);
        read_json(&path)
    }

    pub(crate) fn keep_pin(&self, key: &Digest, pin: &Pin) -> Result<(), ChartError> {
        self.write_json(&self.pin_path(key), pin)?;
        self.trim("versions", limits::CHART_VERSIONS_MAX_BYTES);
        Ok(())
    }

    fn index_path(&self, key: &Digest) -> PathBuf {
        let name = format!("{}.json", key.hex());
        self.folder.join("indexes").join(name)
    }

    fn pin_path(&self, key: &Digest) -> PathBuf {
        let name = format!("{}.json", key.hex());
        self.folder.join("versions").join(name)
    }

    fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), ChartError> {
        let content = serde_json::to_vec(value).map_err(|e| self.failed(&e.into()))?;
        self.write(path, &content)
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), ChartError> {
        let folder = path.parent().unwrap_or(&self.folder);
        let write = || {
            DirBuilder::new()
                .recursive(true)
                .mode(MODE)
                .create(folder)?;
            let mut file = tempfile::Builder::new()
                .prefix(".fetch-")
                .tempfile_in(folder)?;
            file.write_all(content)?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> ChartError {
        ChartError::Cache {
            path: self.folder.display().to_string(),
            reason: error.to_string(),
        }
    }

    /// Removes what was not used for the longest time, until the rest fits. What another process
    /// removes at the same time is gone all the same.
    fn trim(&self, folder: &str, max_bytes: u64) {
        let Ok(files) = fs::read_dir(self.folder.join(folder)) else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = files
            .flatten()
            .filter_map(|entry| {
                let metadata = entry.metadata().ok()?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if bytes <= max_bytes {
                return;
            }
            let _ = fs::remove_file(path);
            bytes = bytes.saturating_sub(size);
        }
    }
}

impl Kept<'_> {
    /// The archive of a digest. One that was changed on disk is removed.
    pub(crate) fn archive(&self, digest: &Digest) -> Option<Vec<u8>> {
        let path = self.path(digest);
        let content = fs::read(&path).ok()?;
        if Digest::of(&content) != *digest {
            tracing::warn!(path = %path.display(), "a kept chart was changed; it is fetched again");
            let _ = fs::remove_file(&path);
            return None;
        }
        touch(&path);
        Some(content)
    }

    pub(crate) fn keep(&self, digest: &Digest, content: &[u8]) -> Result<(), ChartError> {
        self.cache.write(&self.path(digest), content)?;
        self.cache.trim("archives", limits::CHART_CACHE_MAX_BYTES);
        Ok(())
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let both = [self.owner.to_string(), digest.to_string()];
        let name = format!("{}.tgz", Digest::of_texts(&both).hex());
        self.cache.folder.join("archives").join(name)
    }
}

/// The oldest go first, and this one is in use. Where its time cannot be set, it goes sooner.
fn touch(path: &Path) {
    let _ = File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use gantry_model::{Digest, limits};

    use super::{Cache, Pin};

    fn owner() -> Digest {
        Digest::of(b"somebody")
    }

    #[test]
    fn the_archives_that_were_used_last_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().join("charts"));
        let kept = cache.of(owner());
        let contents = [[1; 10], [2; 10], [3; 10]];
        for (age, content) in contents.iter().enumerate() {
            let digest = Digest::of(content);
            kept.keep(&digest, content).expect("kept");
            age_by(&kept.path(&digest), 3 - age as u64);
        }
        let known = |content: &[u8; 10]| kept.archive(&Digest::of(content)).is_some();
        assert!(known(&contents[0]), "the oldest is used again");
        cache.trim("archives", 20);
        assert_eq!(contents.each_ref().map(known), [true, false, true]);
        let mode = fs::metadata(folder.path().join("charts/archives")).expect("a folder");
        assert_eq!(mode.permissions().mode() & 0o777, 0o700);
        let mode = fs::metadata(folder.path().join("charts")).expect("a folder");
        assert_eq!(mode.permissions().mode() & 0o777, 0o700);
    }

    fn age_by(path: &Path, thousand_secs: u64) {
        let file = File::open(path).expect("the file");
        let age = Duration::from_secs(1_000 * thousand_secs);
        file.set_modified(SystemTime::now() - age).expect("a time");
    }

    #[test]
    fn the_versions_that_were_asked_for_last_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_owned());
        let keys = [0_u8, 1, 2].map(|key| Digest::of(&[key]));
        // Two of that size fit.
        let pin = Pin {
            version: "1".repeat(limits::CHART_VERSIONS_MAX_BYTES as usize * 2 / 5),
            digest: String::new(),
        };
        for (age, key) in keys.iter().take(2).enumerate() {
            cache.keep_pin(key, &pin).expect("kept");
            age_by(&cache.pin_path(key), 2 - age as u64);
        }
        assert!(cache.pin(&keys[0]).is_some(), "the oldest is used again");
        cache.keep_pin(&keys[2], &pin).expect("kept");
        let known = keys.map(|key| cache.pin(&key).is_some());
        assert_eq!(known, [true, false, true]);
    }

    #[test]
    fn an_archive_is_for_whoever_was_given_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_owned());
        let digest = Digest::of(b"chart");
        cache.of(owner()).keep(&digest, b"chart").expect("kept");
        assert!(cache.of(owner()).archive(&digest).is_some());
        let other = Digest::of(b"somebody else");
        assert_eq!(cache.of(other).archive(&digest), None);
    }

    #[test]
    fn cve_2024_31989_an_archive_that_somebody_has_changed_is_not_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_owned());
        let kept = cache.of(owner());
        let digest = Digest::of(b"chart");
        kept.keep(&digest, b"chart").expect("kept");
        fs::write(kept.path(&digest), b"other").expect("written");
        assert_eq!(kept.archive(&digest), None);
        assert!(!kept.path(&digest).exists());
    }
}
