//! `plugins.yaml`: limits and trust, as an operator sets them for one plugin or for all.

mod read;
mod values;

use std::collections::BTreeMap;
use std::path::Path;

use gantry_model::{Diagnostic, Span};
use gantry_plugins::{LimitOverrides, Policy};

use crate::failure::Failure;

/// The file's name in the data folder.
const FILE: &str = "plugins.yaml";

/// What the file says. The default is what counts without one.
#[derive(Debug, Default)]
pub(crate) struct PluginConfig {
    /// For all plugins.
    pub(crate) limits: LimitOverrides,
    /// For the plugin of that name, above those for all.
    pub(crate) overrides: BTreeMap<String, LimitOverrides>,
    /// Which files of the plugin directory may be loaded.
    pub(crate) trust: Policy,
}

impl PluginConfig {
    /// Reads the file that the user named, else the one in the data folder, if there is one. What
    /// is there and cannot be read or understood is an error: it may hold what protects the host.
    pub(crate) fn read(named: Option<&Path>, data: &Path) -> Result<Self, Failure> {
        let path = named.map_or_else(|| data.join(FILE), Path::to_owned);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(read::read(&bytes, &path)?),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(unreadable(&path, &error).into()),
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let span = Span {
        path: path.display().to_string(),
        start: None,
    };
    Diagnostic::error("plugin-config", format!("cannot be read: {error}"))
        .at(span)
        .help("check --plugin-config, GANTRY_PLUGIN_CONFIG and the file's permissions")
}

#[cfg(test)]
mod tests;
