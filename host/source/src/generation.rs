//! Which folder a repository is cached in. Each fetch leaves a pack there, and nothing packs them anew: one that has
//! many is left for an empty one, its next generation, and goes once nobody reads it any longer.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use gantry_model::limits;

/// The folders of one repository.
pub(crate) struct Folders {
    cache: PathBuf,
    /// What their names begin with.
    stem: String,
}

/// Keeps a folder from being removed, by this process or another.
pub(crate) struct InUse {
    _lock: File,
}

/// Those of this process: a folder is held once, however many commits are read from it.
static IN_USE: Mutex<BTreeMap<PathBuf, Weak<InUse>>> = Mutex::new(BTreeMap::new());

/// When this process last looked for what is no longer used.
static SWEPT: Mutex<Option<Instant>> = Mutex::new(None);

impl Folders {
    pub(crate) fn new(cache: &Path, stem: String) -> Self {
        let cache = cache.to_owned();
        Self { cache, stem }
    }

    /// Whoever writes, or removes, holds it.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.cache.join(format!("{}.lock", self.stem))
    }

    /// The folder that counts now.
    pub(crate) fn current(&self) -> PathBuf {
        self.folder(self.generation())
    }

    /// Turns to the next generation where the present one has too many packs. For whoever holds the lock.
    pub(crate) fn turn_over(&self) -> io::Result<()> {
        if packs(&self.current()) >= limits::CACHE_PACKS_MAX {
            self.leave()?;
        }
        self.remove(self.generation());
        Ok(())
    }

    /// The present generation counts no longer. For whoever holds the lock.
    pub(crate) fn leave(&self) -> io::Result<()> {
        let next = self.generation() + 1;
        let file = self.generation_file();
        let written = file.with_extension("next");
        fs::write(&written, next.to_string())?;
        fs::rename(written, file)?;
        self.remove(next);
        Ok(())
    }

    /// Removes the generations before one that nobody reads. What cannot be removed is tried the next time.
    fn remove(&self, before: u64) {
        for generation in 0..before {
            let folder = self.folder(generation);
            if !folder.exists() {
                continue;
            }
            // Held until it is gone: whoever begins to read in between would find half of it.
            let Some(_lock) = unused(&folder) else {
                continue;
            };
            let removed = fs::remove_dir_all(&folder);
            if let Err(error) = removed.and_then(|()| fs::remove_file(use_file(&folder))) {
                tracing::debug!(folder = %folder.display(), %error, "not removed");
            }
        }
    }

    /// The folder that counts now, held; none where there is none.
    pub(crate) fn hold_current(&self) -> Option<(PathBuf, Arc<InUse>)> {
        let folder = self.current();
        let in_use = folder.exists().then(|| hold(&folder))??;
        // Before it was held, it may have been left and removed.
        let stays = self.current() == folder && folder.exists();
        stays.then_some((folder, in_use))
    }

    fn generation(&self) -> u64 {
        let text = fs::read_to_string(self.generation_file());
        text.map_or(0, |text| text.trim().parse().unwrap_or_default())
    }

    fn generation_file(&self) -> PathBuf {
        self.cache.join(format!("{}.generation", self.stem))
    }

    fn folder(&self, generation: u64) -> PathBuf {
        self.cache.join(match generation {
            0 => format!("{}.git", self.stem),
            later => format!("{}.{later}.git", self.stem),
        })
    }
}

/// Holds a folder; none where it is being removed.
pub(crate) fn hold(folder: &Path) -> Option<Arc<InUse>> {
    let mut all = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(folder).and_then(Weak::upgrade) {
        return Some(known);
    }
    let lock = open(&use_file(folder)).ok()?;
    lock.try_lock_shared().ok()?;
    let held = Arc::new(InUse { _lock: lock });
    all.retain(|_, other| other.strong_count() > 0);
    all.insert(folder.to_owned(), Arc::downgrade(&held));
    Some(held)
}

/// The lock of a folder that nobody reads; as long as it is held, nobody begins to.
fn unused(folder: &Path) -> Option<File> {
    let lock = open(&use_file(folder)).ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}

/// Looks at times for what nobody has fetched for long.
pub(crate) fn sweep_now_and_then(cache: &Path) {
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let pause = Duration::from_secs(limits::CACHE_SWEEP_SECS);
    if swept.is_none_or(|at| at.elapsed() > pause) {
        *swept = Some(Instant::now());
        if let Err(error) = sweep(cache) {
            tracing::debug!(cache = %cache.display(), %error, "not swept");
        }
    }
}

/// Removes what nobody has fetched for a long time.
fn sweep(cache: &Path) -> io::Result<()> {
    let age = Duration::from_secs(limits::CACHE_UNUSED_MAX_SECS);
    for entry in fs::read_dir(cache)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "lock") {
            continue;
        }
        let lock = File::options().write(true).open(&path)?;
        let used = lock.metadata()?.modified()?;
        let is_old = SystemTime::now().duration_since(used).unwrap_or_default() > age;
        let Some(stem) = path.file_stem().and_then(OsStr::to_str) else {
            continue;
        };
        let folders = Folders::new(cache, stem.to_owned());
        if is_old && folders.current().exists() && lock.try_lock().is_ok() {
            tracing::info!(folder = %folders.current().display(), "not used for long: removed");
            folders.leave()?;
        }
    }
    Ok(())
}

fn open(file: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    options.open(file)
}

fn use_file(folder: &Path) -> PathBuf {
    folder.with_extension("use")
}

fn packs(folder: &Path) -> usize {
    let entries = fs::read_dir(folder.join("objects/pack"));
    let entries = entries.into_iter().flatten().flatten();
    let names = entries.map(|entry| PathBuf::from(entry.file_name()));
    names
        .filter(|name| name.extension().is_some_and(|e| e == "pack"))
        .count()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    fn folders(cache: &Path) -> Folders {
        Folders::new(cache, "app-1".to_owned())
    }

    fn fill(folder: &Path, packs: usize) {
        let folder = folder.join("objects/pack");
        fs::create_dir_all(&folder).expect("a folder");
        for pack in 0..packs {
            for ending in ["pack", "idx"] {
                fs::write(folder.join(format!("{pack}.{ending}")), "").expect("a file");
            }
        }
    }

    #[test]
    fn a_folder_with_many_packs_goes_once_nobody_reads_it() {
        let cache = tempfile::tempdir().expect("a folder");
        let folders = folders(cache.path());
        let first = folders.current();
        fill(&first, limits::CACHE_PACKS_MAX - 1);
        folders.turn_over().expect("it stays");
        assert_eq!(folders.current(), first);
        fill(&first, limits::CACHE_PACKS_MAX);
        let reader = hold(&first).expect("it is there");
        folders.turn_over().expect("the next one");
        let second = folders.current();
        assert!(second != first && first.exists());
        fill(&second, 1);
        let again = hold(&first).expect("it is held already");
        drop(reader);
        folders.turn_over().expect("nothing to do");
        assert!(first.exists(), "somebody still reads");
        drop(again);
        folders.turn_over().expect("nothing to do");
        assert!(!first.exists() && second.exists());
        assert_eq!(folders.current(), second);
        assert_eq!(folders.generation(), 1);
    }

    #[test]
    fn nobody_begins_to_read_what_is_being_removed() {
        let cache = tempfile::tempdir().expect("a folder");
        let folders = folders(cache.path());
        let folder = folders.current();
        assert!(folders.hold_current().is_none(), "there is nothing yet");
        fill(&folder, 1);
        let lock = unused(&folder).expect("nobody reads");
        assert!(folders.hold_current().is_none());
        drop(lock);
        let (held, reader) = folders.hold_current().expect("it is there");
        assert!(held == folder && unused(&folder).is_none());
        drop(reader);
        // Many times both at once: what somebody has begun to read never becomes less.
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        let Some((folder, _in_use)) = folders.hold_current() else {
                            continue;
                        };
                        let before = packs(&folder);
                        assert!(packs(&folder) >= before && folder.exists());
                    }
                });
            }
            for _ in 0..200 {
                fill(&folders.current(), 8);
                folders.leave().expect("the next one");
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn what_nobody_has_fetched_for_long_goes() {
        let cache = tempfile::tempdir().expect("a folder");
        let folders = folders(cache.path());
        let lock = open(&folders.lock_file()).expect("a lock");
        for (age, held, stays) in [
            (0, false, true),
            (limits::CACHE_UNUSED_MAX_SECS - 60, false, true),
            (limits::CACHE_UNUSED_MAX_SECS + 60, true, true),
            (limits::CACHE_UNUSED_MAX_SECS + 60, false, false),
        ] {
            let folder = folders.current();
            fill(&folder, 1);
            let then = SystemTime::now() - Duration::from_secs(age);
            lock.set_modified(then).expect("a time");
            if held {
                lock.lock().expect("a lock");
            }
            sweep(cache.path()).expect("a sweep");
            lock.unlock().expect("no lock");
            assert_eq!(folder.exists(), stays, "{age} {held}");
        }
    }
}
