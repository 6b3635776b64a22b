//! The plugin host: its parts, and who asks them what.

use std::path::Path;
use std::sync::Arc;

use crate::cache::RenderCache;
use crate::config::HostConfig;
use crate::error::PluginError;
use crate::inspect::Kind;
use crate::plugin::Plugin;
use crate::reference::PluginRef;
use crate::registry::Registry;
use crate::sandbox::Sandbox;
use crate::shelf::Shelf;

use gantry_model::digest::Digest;

/// Loads and runs plugins. Cheap to clone; all clones share what is loaded. Every call blocks its
/// thread until the plugin ends, at most for the call's deadline and the wait for a turn.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) sandbox: Sandbox,
    pub(crate) registry: Registry,
    pub(crate) cache: RenderCache,
}

impl Host {
    /// Starts the engine and finds the names of the plugins; loads none.
    ///
    /// # Errors
    /// [`PluginError::Start`] when the directory cannot be listed or there is no engine.
    pub fn new(config: &HostConfig) -> Result<Self, PluginError> {
        let start = |error: std::io::Error| {
            let directory = config.directory.as_deref().unwrap_or(Path::new(""));
            let directory = directory.display();
            PluginError::Start(format!("plugin directory {directory}: {error}"))
        };
        let registry = Registry::open(config).map_err(start)?;
        let sandbox =
            Sandbox::start(config).map_err(|error| PluginError::Start(format!("{error:#}")))?;
        Ok(Self(Arc::new(Parts {
            sandbox,
            registry,
            cache: RenderCache::new(&config.cache),
        })))
    }

    /// The names of all plugins, usable or not.
    pub fn names(&self) -> Vec<String> {
        self.0.registry.current().entries.keys().cloned().collect()
    }

    /// Looks at the plugin directory again: what was added, replaced or removed takes effect.
    /// Calls that run go on with the plugin that they started with, and a file that is no plugin
    /// does not take the place of one that was. False: nothing had changed.
    ///
    /// # Errors
    /// When the directory cannot be listed; then all stays as it is.
    pub fn refresh(&self) -> std::io::Result<bool> {
        self.0.registry.refresh(&self.0.sandbox)
    }

    /// Loads a renderer ahead of its use.
    ///
    /// # Errors
    /// [`PluginError`] says why there is no renderer of that name.
    pub fn check_renderer(&self, name: &str) -> Result<(), PluginError> {
        self.0.renderer(name).map(|_| ())
    }
}

impl Host {
    /// The digest of the file behind a reference; none where there is no such renderer. A built-in
    /// is not loaded for that.
    pub fn digest_of(&self, reference: &str) -> Option<Digest> {
        let parsed = PluginRef::parse(reference).ok()?;
        let shelf = self.0.registry.current();
        let entry = shelf.entries.get(parsed.name)?;
        let built_in = entry.builtin.as_ref().filter(|_| entry.file.is_none());
        match built_in.and_then(|candidate| candidate.digest()) {
            Some(digest) => Some(digest),
            None => Some(self.0.renderer(reference).ok()?.digest),
        }
    }
}

impl Parts {
    /// What a renderer is known by, without loading one of the binary: which binary it is, the
    /// cache's key tells.
    pub(crate) fn print_of(&self, reference: &str) -> Option<String> {
        let PluginRef { name, digest } = PluginRef::parse(reference).ok()?;
        let shelf = self.registry.current();
        let entry = shelf.entries.get(name);
        let is_built_in = entry.is_some_and(|e| e.file.is_none() && e.builtin.is_some());
        if is_built_in && digest.is_none() {
            return Some("built-in".to_owned());
        }
        let plugin = self.renderer(reference).ok()?;
        Some(plugin.digest.to_string())
    }

    /// The plugin of a name, loaded.
    pub(crate) fn load(&self, shelf: &Shelf, name: &str) -> Result<Arc<Plugin>, PluginError> {
        let name_owned = || name.to_owned();
        match shelf.load(&self.sandbox, name) {
            None => {
                let (name, known) = (name_owned(), shelf.entries.keys().cloned().collect());
                Err(PluginError::NotFound { name, known })
            }
            Some(loaded) => loaded.map_err(|error| {
                let name = name_owned();
                PluginError::Load { name, error }
            }),
        }
    }

    /// The renderer of a reference, loaded.
    pub(crate) fn renderer(&self, reference: &str) -> Result<Arc<Plugin>, PluginError> {
        let PluginRef { name, digest } = PluginRef::parse(reference)?;
        let plugin = self.load(&self.registry.current(), name)?;
        let name_owned = || name.to_owned();
        if let Some(wanted) = digest.filter(|wanted| *wanted != plugin.digest) {
            let (name, found) = (name_owned(), plugin.digest);
            return Err(PluginError::Digest {
                name,
                wanted,
                found,
            });
        }
        match plugin.kind() {
            Kind::Renderer => Ok(plugin),
            found => Err(PluginError::WrongKind {
                name: name_owned(),
                found,
                wanted: Kind::Renderer,
            }),
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("plugins", &self.names())
            .finish_non_exhaustive()
    }
}
