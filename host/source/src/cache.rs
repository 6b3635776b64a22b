//! The bare repositories that remote ones are fetched into, one directory each.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gantry_model::limits;

use crate::error::{SourceError, reason};
use crate::generation::{self, Folders, InUse};
use crate::patience::Patience;

/// One cached repository, held against other processes and threads.
pub(crate) struct Cached {
    pub(crate) repository: gix::Repository,
    /// Whoever reads from it later keeps this.
    pub(crate) in_use: Arc<InUse>,
    /// Released when the file is closed.
    _lock: File,
}

/// Opens the cached repository of a URL (in its canonical form), making it when it is new.
pub(crate) fn open(
    cache: &Path,
    canonical: &str,
    shown: &str,
    settings: Vec<String>,
    patience: Patience,
) -> Result<Cached, SourceError> {
    let folders = Folders::new(cache, name(canonical));
    let failed = |reason: String| SourceError::Cache {
        path: cache.display().to_string(),
        reason,
    };
    let io_failed = |error: io::Error| failed(error.to_string());
    fs::create_dir_all(cache).map_err(io_failed)?;
    let lock = lock(&folders.lock_file(), shown, patience, &failed)?;
    lock.set_modified(SystemTime::now()).map_err(io_failed)?;
    generation::sweep_now_and_then(cache);
    folders.turn_over().map_err(io_failed)?;
    let directory = folders.current();
    let in_use = generation::hold(&directory);
    let in_use = in_use.ok_or_else(|| failed("it cannot be locked".to_owned()))?;
    remove_locks(&directory).map_err(io_failed)?;
    let options = gix::open::Options::default()
        .with(gix::sec::Trust::Full)
        .config_overrides(settings);
    let known = match complete(&directory, options.clone()) {
        Ok(known) => known,
        Err(problem) => {
            tracing::warn!(
                repository = shown,
                problem,
                "its cached copy is damaged, and is made anew"
            );
            fs::remove_dir_all(&directory).map_err(io_failed)?;
            None
        }
    };
    let repository = match known {
        Some(repository) => repository,
        None => init(&directory, options).map_err(|error| failed(reason(&error)))?,
    };
    Ok(Cached {
        repository,
        in_use,
        _lock: lock,
    })
}

/// The repository in a directory; none where there is nothing yet. Whoever was killed while it was made
/// has left a part of it.
fn complete(
    directory: &Path,
    options: gix::open::Options,
) -> Result<Option<gix::Repository>, String> {
    if !directory.exists() {
        return Ok(None);
    }
    // Its configuration is written last.
    for file in ["HEAD", "config"] {
        let written = fs::metadata(directory.join(file));
        if written.map_or(0, |written| written.len()) == 0 {
            return Err(format!("it has no {file}"));
        }
    }
    let opened = gix::open_opts(directory, options);
    opened.map(Some).map_err(|error| reason(&error))
}

fn init(directory: &Path, options: gix::open::Options) -> gix::Result<gix::Repository> {
    let made = gix::ThreadSafeRepository::init_opts(
        directory,
        gix::create::Kind::Bare,
        gix::create::Options {
            destination_must_be_empty: Some(false),
            ..Default::default()
        },
        options,
    )?;
    Ok(made.into())
}

/// Forgets what is cached of a URL (in its canonical form), since it cannot be read.
pub(crate) fn discard(cache: &Path, canonical: &str, shown: &str) -> Result<(), SourceError> {
    let folders = Folders::new(cache, name(canonical));
    let failed = |reason: String| SourceError::Cache {
        path: cache.display().to_string(),
        reason,
    };
    let patience = Patience::of_secs(limits::FETCH_TIMEOUT_SECS);
    let _lock = lock(&folders.lock_file(), shown, patience, &failed)?;
    folders.leave().map_err(|error| failed(error.to_string()))
}

/// The same for reading only, and held against nobody who writes: that adds objects, and takes none away. None
/// where there is none yet.
pub(crate) fn peek(cache: &Path, canonical: &str) -> Option<(gix::Repository, Arc<InUse>)> {
    let options = gix::open::Options::default().with(gix::sec::Trust::Full);
    let (directory, in_use) = Folders::new(cache, name(canonical)).hold_current()?;
    let repository = gix::open_opts(directory, options);
    Some((repository.ok()?, in_use))
}

/// Removes git's own lock files. Whoever holds ours is alone with the repository, so that they are those of
/// a process that was killed; with them it could never be written to again.
fn remove_locks(directory: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            // Objects have names of their own until they are complete.
            if entry.file_name() != "objects" {
                remove_locks(&path)?;
            }
        } else if path.extension().is_some_and(|end| end == "lock") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// A readable stem and enough of a hash to keep repositories apart.
fn name(canonical: &str) -> String {
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
    format!("{stem}-{digest}")
}

/// Waits for its turn, as long as somebody waits for the fetch.
fn lock(
    path: &Path,
    shown: &str,
    patience: Patience,
    failed: &impl Fn(String) -> SourceError,
) -> Result<File, SourceError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| failed(error.to_string()))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::Error(error)) => return Err(failed(error.to_string())),
            Err(fs::TryLockError::WouldBlock) => {
                if patience.left().is_zero() {
                    return Err(SourceError::late(shown, &patience.over()));
                }
                std::thread::sleep(Duration::from_millis(limits::CACHE_LOCK_POLL_MS));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use super::*;

    fn opened(cache: &Path) -> Result<Cached, SourceError> {
        let patience = Patience::of_secs(5);
        open(cache, "https://git.example/a", "", Vec::new(), patience)
    }

    #[test]
    fn what_a_killed_process_has_made_half_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = opened(folder.path())
            .expect("a repository")
            .repository
            .path()
            .to_owned();
        type Damage = fn(&Path) -> io::Result<()>;
        let damage: [(&str, Damage); 5] = [
            ("no configuration", |own| {
                fs::remove_file(own.join("config"))
            }),
            ("an empty HEAD", |own| fs::write(own.join("HEAD"), "")),
            ("no HEAD", |own| fs::remove_file(own.join("HEAD"))),
            ("a broken configuration", |own| {
                fs::write(own.join("config"), "[core")
            }),
            ("no objects", |own| fs::remove_dir_all(own.join("objects"))),
        ];
        for (what, damage) in damage {
            fs::write(own.join("mine"), "").expect("a file");
            damage(&own).expect(what);
            let again = opened(folder.path()).expect(what).repository;
            assert!(
                again.path() == own && own.join("objects").exists(),
                "{what}"
            );
            assert!(!own.join("mine").exists(), "{what}: it is made anew");
        }
        fs::write(own.join("mine"), "").expect("a file");
        opened(folder.path()).expect("the same again");
        assert!(own.join("mine").exists(), "what is whole stays");
        discard(folder.path(), "https://git.example/a", "").expect("it goes");
        assert!(!own.exists());
    }

    #[test]
    fn locks_of_a_killed_process_are_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = opened(folder.path()).expect("a repository").repository;
        let own = repository.path().to_owned();
        let refs = own.join("refs/gantry/tip");
        fs::create_dir_all(&refs).expect("a folder");
        let locks = [own.join("shallow.lock"), refs.join("6d61.lock")];
        for lock in &locks {
            fs::write(lock, "").expect("a lock");
        }
        drop(repository);
        opened(folder.path()).expect("the same again");
        assert!(locks.iter().all(|lock| !lock.exists()));
        assert!(own.join("HEAD").exists());
    }
}
