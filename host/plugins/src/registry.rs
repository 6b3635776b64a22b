//! Which plugins there are. A file is read and compiled when its plugin is first used, or listed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::config::Builtin;
use crate::directory::{Directory, is_plugin_name};
use crate::error::LoadError;
use crate::inspect::{Kind, inspect};
use crate::plugin::Plugin;
use crate::sandbox::Sandbox;

/// All plugins by name.
#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) entries: BTreeMap<String, Entry>,
    /// Files whose stem cannot be a name.
    pub(crate) misnamed: Vec<PathBuf>,
    directory: Option<Directory>,
}

/// What answers to one name: a file if it can be loaded, else a built-in.
#[derive(Default)]
pub(crate) struct Entry {
    pub(crate) file: Option<Candidate>,
    pub(crate) builtin: Option<Candidate>,
}

/// One component, loaded at most once.
pub(crate) struct Candidate {
    source: Source,
    kind: OnceLock<Option<Kind>>,
    loaded: OnceLock<Result<Arc<Plugin>, LoadError>>,
}

#[derive(Debug)]
enum Source {
    BuiltIn(&'static [u8]),
    File(PathBuf),
}

impl Registry {
    /// Finds the names; reads no file.
    pub(crate) fn scan(
        builtins: &'static [Builtin],
        directory: Option<Directory>,
    ) -> std::io::Result<Self> {
        let mut registry = Self::default();
        for Builtin { name, wasm } in builtins {
            let entry = registry.entries.entry((*name).to_owned()).or_default();
            entry.builtin = Some(Candidate::new(Source::BuiltIn(wasm)));
        }
        for found in directory
            .as_ref()
            .map(Directory::scan)
            .transpose()?
            .unwrap_or_default()
        {
            if is_plugin_name(&found.stem) {
                let entry = registry.entries.entry(found.stem).or_default();
                entry.file = Some(Candidate::new(Source::File(found.file)));
            } else {
                registry.misnamed.push(found.file);
            }
        }
        registry.directory = directory;
        Ok(registry)
    }

    /// The plugin of a name, loaded. None: there is none.
    pub(crate) fn load(
        &self,
        sandbox: &Sandbox,
        name: &str,
    ) -> Option<Result<Arc<Plugin>, LoadError>> {
        let entry = self.entries.get(name)?;
        let file = entry
            .file
            .as_ref()
            .map(|file| self.load_one(sandbox, name, file));
        let builtin = || {
            entry
                .builtin
                .as_ref()
                .map(|builtin| self.load_one(sandbox, name, builtin))
        };
        match file {
            Some(Err(error)) => match builtin() {
                Some(loaded) => {
                    tracing::warn!(
                        plugin = name,
                        "the built-in is used: the file of its name {error}"
                    );
                    Some(loaded)
                }
                None => Some(Err(error)),
            },
            Some(loaded) => Some(loaded),
            None => builtin(),
        }
    }

    /// One component, loaded.
    pub(crate) fn load_one(
        &self,
        sandbox: &Sandbox,
        name: &str,
        candidate: &Candidate,
    ) -> Result<Arc<Plugin>, LoadError> {
        let load = || {
            let span = tracing::debug_span!("load", plugin = name);
            let _entered = span.enter();
            self.with_wasm(candidate, sandbox.limits.file_max_bytes, |wasm| {
                Plugin::load(sandbox, name, wasm).map(Arc::new)
            })
        };
        candidate.loaded.get_or_init(load).clone()
    }

    /// Whether a name may stand for a health plugin, told from the file without compiling it.
    pub(crate) fn may_be_health(&self, entry: &Entry, file_max_bytes: u64) -> bool {
        let candidates = entry.file.iter().chain(&entry.builtin);
        candidates.into_iter().any(|candidate| {
            let look = || {
                let found = self.with_wasm(candidate, file_max_bytes, inspect);
                found.ok().map(|inspected| inspected.kind)
            };
            *candidate.kind.get_or_init(look) == Some(Kind::Health)
        })
    }

    /// Where a file lies; none for a built-in.
    pub(crate) fn path_of(&self, candidate: &Candidate) -> Option<PathBuf> {
        match &candidate.source {
            Source::BuiltIn(_) => None,
            Source::File(file) => Some(self.path_in_directory(file)),
        }
    }

    pub(crate) fn path_in_directory(&self, file: &std::path::Path) -> PathBuf {
        self.directory
            .as_ref()
            .map_or_else(|| file.to_owned(), |directory| directory.path_of(file))
    }

    fn with_wasm<T>(
        &self,
        candidate: &Candidate,
        file_max_bytes: u64,
        use_wasm: impl FnOnce(&[u8]) -> Result<T, LoadError>,
    ) -> Result<T, LoadError> {
        match (&candidate.source, &self.directory) {
            (Source::BuiltIn(wasm), _) => use_wasm(wasm),
            (Source::File(file), Some(directory)) => {
                use_wasm(&directory.read(file, file_max_bytes)?)
            }
            (Source::File(_), None) => {
                Err(LoadError::Unreadable("its directory is gone".to_owned()))
            }
        }
    }
}

impl Candidate {
    fn new(source: Source) -> Self {
        Self {
            source,
            kind: OnceLock::new(),
            loaded: OnceLock::new(),
        }
    }
}
