//! The bare repositories that remote ones are fetched into, one directory each.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gantry_model::limits;

use crate::error::{SourceError, reason};

/// One cached repository, held against other processes and threads.
pub(crate) struct Cached {
    pub(crate) repository: gix::Repository,
    /// Released when the file is closed.
    _lock: File,
}

/// Opens the cached repository of a URL (in its canonical form), making it when it is new.
pub(crate) fn open(
    cache: &Path,
    canonical: &str,
    shown: &str,
    settings: Vec<String>,
) -> Result<Cached, SourceError> {
    let directory = cache.join(name(canonical));
    let failed = |reason: String| SourceError::Cache {
        path: cache.display().to_string(),
        reason,
    };
    fs::create_dir_all(cache).map_err(|error| failed(error.to_string()))?;
    let lock = lock(&directory.with_extension("lock"), shown, &failed)?;
    let options = gix::open::Options::default()
        .with(gix::sec::Trust::Full)
        .config_overrides(settings);
    let repository = if directory.join("HEAD").exists() {
        gix::open_opts(&directory, options)
    } else {
        gix::ThreadSafeRepository::init_opts(
            &directory,
            gix::create::Kind::Bare,
            gix::create::Options {
                destination_must_be_empty: Some(false),
                ..Default::default()
            },
            options,
        )
        .map(Into::into)
    };
    let repository = repository.map_err(|error| failed(reason(&error)))?;
    Ok(Cached {
        repository,
        _lock: lock,
    })
}

/// A readable stem and enough of a hash to keep repositories apart.
fn name(canonical: &str) -> PathBuf {
    let mut hash = gix::hash::hasher(gix::hash::Kind::Sha1);
    hash.update(canonical.as_bytes());
    let digest = hash
        .try_finalize()
        .map(|id| id.to_string())
        .unwrap_or_default();
    let stem: String = canonical
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(40)
        .collect();
    PathBuf::from(format!("{stem}-{digest}.git"))
}

/// Waits for its turn, as long as one fetch may take.
fn lock(
    path: &Path,
    shown: &str,
    failed: &impl Fn(String) -> SourceError,
) -> Result<File, SourceError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| failed(error.to_string()))?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::Error(error)) => return Err(failed(error.to_string())),
            Err(fs::TryLockError::WouldBlock) => {
                if start.elapsed() > Duration::from_secs(limits::FETCH_TIMEOUT_SECS) {
                    let (url, secs) = (shown.to_owned(), limits::FETCH_TIMEOUT_SECS);
                    return Err(SourceError::Timeout { url, secs });
                }
                std::thread::sleep(Duration::from_millis(limits::CACHE_LOCK_POLL_MS));
            }
        }
    }
}
