//! Which plugins there are now: a [`Shelf`] that calls take as it stands, and that a look at the
//! directory replaces whole.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::config::{Builtin, HostConfig};
use crate::directory::Directory;
use crate::sandbox::Sandbox;
use crate::shelf::Shelf;

/// The plugins of the binary and of the directory.
pub(crate) struct Registry {
    builtins: &'static [Builtin],
    directory: Option<PathBuf>,
    current: RwLock<Arc<Shelf>>,
    /// Held while the directory is looked at.
    looking: Mutex<()>,
}

impl Registry {
    /// Finds the names; reads no file.
    pub(crate) fn open(config: &HostConfig) -> std::io::Result<Self> {
        let directory = config.directory.as_deref().map(Directory::open);
        let shelf = Shelf::scan(config.builtins, directory.transpose()?)?;
        Ok(Self {
            builtins: config.builtins,
            directory: config.directory.clone(),
            current: RwLock::new(Arc::new(shelf)),
            looking: Mutex::default(),
        })
    }

    /// What there is. Whoever holds it goes on with it, whatever changes.
    pub(crate) fn current(&self) -> Arc<Shelf> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The directory that is looked at.
    pub(crate) fn directory(&self) -> Option<&PathBuf> {
        self.directory.as_ref()
    }

    /// Looks at the directory again. What changed is compiled here, while calls go on with what
    /// there was, and takes their place at once when all is ready. False: nothing had changed.
    pub(crate) fn refresh(&self, sandbox: &Sandbox) -> std::io::Result<bool> {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        // Opened anew: the path may lead to another directory than before.
        let directory = self.directory.as_deref().map(Directory::open).transpose()?;
        let mut next = Shelf::scan(self.builtins, directory)?;
        let changed = next.succeed(&self.current(), sandbox);
        if changed {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            *current = Arc::new(next);
        }
        Ok(changed)
    }
}
