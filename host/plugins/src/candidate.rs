//! One component, of the binary or of a file, that is loaded at most once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::config::Builtin;
use crate::data::Data;
use crate::directory::Directory;
use crate::error::LoadError;
use crate::inspect::{Kind, inspect};
use crate::plugin::{Body, Plugin};
use crate::sandbox::Sandbox;
use gantry_model::digest::Digest;

/// What may become a plugin.
pub(crate) struct Candidate {
    source: Source,
    /// What it is for.
    seen: OnceLock<Told<Option<Kind>>>,
    /// What came of loading it, maybe from other bytes than those that were seen.
    loaded: OnceLock<Told<Result<Arc<Plugin>, LoadError>>>,
    complained: AtomicBool,
}

/// What decides whether it is loaded, and as what.
#[derive(Clone, PartialEq, Eq)]
struct Read {
    digest: Digest,
    /// What lies beside it, if the operator asks for that.
    signature: Result<Option<Vec<u8>>, LoadError>,
}

/// What was told, and the bytes that told it; none where they could not be read.
struct Told<T> {
    told: T,
    read: Option<Read>,
}

enum Source {
    BuiltIn(&'static Builtin),
    File(Arc<Directory>, PathBuf),
}

impl Candidate {
    pub(crate) fn built_in(builtin: &'static Builtin) -> Self {
        Self::new(Source::BuiltIn(builtin))
    }

    pub(crate) fn file(directory: &Arc<Directory>, file: PathBuf) -> Self {
        Self::new(Source::File(Arc::clone(directory), file))
    }

    /// The digest of what is in the binary, as it was told with it.
    pub(crate) fn digest(&self) -> Option<Digest> {
        match &self.source {
            Source::BuiltIn(builtin) => builtin.digest,
            Source::File(..) => None,
        }
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            seen: OnceLock::new(),
            loaded: OnceLock::new(),
            complained: AtomicBool::new(false),
        }
    }

    /// The plugin, or why it is none.
    pub(crate) fn load(&self, sandbox: &Sandbox, name: &str) -> Result<Arc<Plugin>, LoadError> {
        let load = || {
            let span = tracing::debug_span!("load", plugin = name);
            let _entered = span.enter();
            let mut read = None;
            let plugin = self.with_wasm(sandbox, |wasm| {
                // Of these very bytes: a pin and a signature must not speak of others.
                let read = read.insert(self.look(sandbox, wasm));
                self.check_trust(sandbox, read, wasm)?;
                Plugin::load(sandbox, name, wasm, read.digest).map(Arc::new)
            });
            Told { told: plugin, read }
        };
        if let Some(loaded) = self.loaded.get() {
            return loaded.told.clone();
        }
        let observer = sandbox.config.loading.as_deref();
        observer.inspect(|observer| observer.begins(name));
        let loaded = self.loaded.get_or_init(load).told.clone();
        observer.inspect(|observer| observer.ends(name));
        loaded
    }

    fn look(&self, sandbox: &Sandbox, wasm: &[u8]) -> Read {
        let signature = match &self.source {
            Source::File(directory, file) if sandbox.config.trust.needs_signature() => {
                directory.read_signature(file)
            }
            _ => Ok(None),
        };
        let known = match &self.source {
            Source::BuiltIn(builtin) => builtin.digest,
            Source::File(..) => None,
        };
        Read {
            digest: known.unwrap_or_else(|| Digest::of(wasm)),
            signature,
        }
    }

    /// Refuses a file that the operator does not trust, before anything of it is looked at.
    fn check_trust(&self, sandbox: &Sandbox, read: &Read, wasm: &[u8]) -> Result<(), LoadError> {
        if let Source::File(..) = self.source {
            let signature = read.signature.as_ref().map_err(Clone::clone)?;
            let trust = &sandbox.config.trust;
            trust.check(&read.digest, wasm, signature.as_deref())?;
        }
        Ok(())
    }

    /// The plugin, if it was loaded and is one.
    pub(crate) fn loaded(&self) -> Option<Arc<Plugin>> {
        self.loaded.get()?.told.as_ref().ok().cloned()
    }

    /// Whether it was ever asked for, good or bad.
    pub(crate) fn is_used(&self) -> bool {
        self.loaded.get().is_some()
    }

    /// What it is for, told without compiling it.
    pub(crate) fn kind(&self, sandbox: &Sandbox) -> Option<Kind> {
        let look = || {
            let mut read = None;
            let found = self.with_wasm(sandbox, |wasm| {
                read = Some(self.look(sandbox, wasm));
                inspect(wasm)
            });
            let told = found.ok().map(|inspected| inspected.kind);
            Told { told, read }
        };
        self.seen.get_or_init(look).told
    }

    /// Whether `now`, found later under the same name, would be the same plugin. One that was never
    /// looked at is whatever there is when it is.
    pub(crate) fn is_same(&self, now: &Self, sandbox: &Sandbox, name: &str) -> bool {
        let read = match (self.loaded.get(), self.seen.get()) {
            (Some(loaded), _) => &loaded.read,
            (None, Some(seen)) => &seen.read,
            (None, None) => return true,
        };
        let same_file = match now.source {
            // It is the binary's: only its files can be others.
            Source::BuiltIn(_) => true,
            Source::File(..) => now
                .with_wasm(sandbox, |wasm| Ok(now.look(sandbox, wasm)))
                .is_ok_and(|now| read.as_ref() == Some(&now)),
        };
        same_file
            && match self.loaded().as_deref().map(|plugin| &plugin.body) {
                Some(Body::Health { data, .. }) => Data::is_current(data.as_ref(), sandbox, name),
                _ => true,
            }
    }

    /// True once: what is wrong with it need not be said again with each call.
    pub(crate) fn first_complaint(&self) -> bool {
        !self.complained.swap(true, Ordering::Relaxed)
    }

    /// Where its file lies; none for a built-in.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        match &self.source {
            Source::BuiltIn(_) => None,
            Source::File(directory, file) => Some(directory.path_of(file)),
        }
    }

    fn with_wasm<T>(
        &self,
        sandbox: &Sandbox,
        use_wasm: impl FnOnce(&[u8]) -> Result<T, LoadError>,
    ) -> Result<T, LoadError> {
        let read = |directory: &Directory, file: &Path| {
            directory.read(file, sandbox.config.limits.file_max_bytes)
        };
        match &self.source {
            Source::BuiltIn(builtin) => use_wasm(builtin.wasm),
            Source::File(directory, file) => use_wasm(&read(directory, file)?),
        }
    }
}
