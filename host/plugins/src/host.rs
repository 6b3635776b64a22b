//! The plugin host: its parts, and who asks them what.

use std::sync::{Arc, OnceLock};

use crate::config::HostConfig;
use crate::directory::Directory;
use crate::error::PluginError;
use crate::health::Claims;
use crate::inspect::Kind;
use crate::plugin::Plugin;
use crate::registry::Registry;
use crate::sandbox::Sandbox;

/// Loads and runs plugins. Cheap to clone; all clones share what is loaded. Every call blocks its
/// thread until the plugin ends, at most for the call's deadline and the wait for a turn.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) sandbox: Sandbox,
    pub(crate) registry: Registry,
    pub(crate) claims: OnceLock<Claims>,
}

impl Host {
    /// Starts the engine and finds the names of the plugins; loads none.
    ///
    /// # Errors
    /// [`PluginError::Start`] when the directory cannot be listed or there is no engine.
    pub fn new(config: &HostConfig) -> Result<Self, PluginError> {
        let open = |path: &std::path::PathBuf| {
            Directory::open(path).map_err(|error| {
                PluginError::Start(format!("plugin directory {}: {error}", path.display()))
            })
        };
        let directory = config.directory.as_ref().map(open).transpose()?;
        let registry = Registry::scan(config.builtins, directory)
            .map_err(|error| PluginError::Start(format!("cannot list the plugins: {error}")))?;
        let sandbox =
            Sandbox::start(config).map_err(|error| PluginError::Start(format!("{error:#}")))?;
        Ok(Self(Arc::new(Parts {
            sandbox,
            registry,
            claims: OnceLock::new(),
        })))
    }

    /// Loads a renderer ahead of its use.
    ///
    /// # Errors
    /// [`PluginError`] says why there is no renderer of that name.
    pub fn check_renderer(&self, name: &str) -> Result<(), PluginError> {
        self.0.renderer(name).map(|_| ())
    }
}

impl Parts {
    pub(crate) fn renderer(&self, name: &str) -> Result<Arc<Plugin>, PluginError> {
        let plugin = match self.registry.load(&self.sandbox, name) {
            None => {
                let known = self.registry.entries.keys().cloned().collect();
                return Err(PluginError::NotFound {
                    name: name.to_owned(),
                    known,
                });
            }
            Some(Err(error)) => {
                return Err(PluginError::Load {
                    name: name.to_owned(),
                    error,
                });
            }
            Some(Ok(plugin)) => plugin,
        };
        match plugin.kind() {
            Kind::Renderer => Ok(plugin),
            found => {
                let name = name.to_owned();
                Err(PluginError::WrongKind {
                    name,
                    found,
                    wanted: Kind::Renderer,
                })
            }
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("plugins", &self.0.registry.entries.keys())
            .finish_non_exhaustive()
    }
}
