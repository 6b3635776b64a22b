//! The plugin that an author works on: a file anywhere, or one that gantry has by its name.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry_model::{Diagnostic, Span, is_plugin_name};
use gantry_plugins::{CacheConfig, Examination, Host, HostConfig, Kind, Limits, PluginError};
use tempfile::TempDir;

use crate::args::Global;
use crate::failure::Failure;
use crate::setup;

/// Where the builds of the common toolchains leave the component.
const BUILT: [&str; 2] = [".", "target/wasm32-wasip2/release"];
/// How names of core modules end that are still to be made components.
const CORE_ENDING: &str = ".core.wasm";

/// A plugin, ready to be called.
pub(crate) struct Subject {
    pub(crate) host: Host,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Holds the copy that the host reads.
    _directory: Option<TempDir>,
}

impl Subject {
    /// Loads a file, or else the plugin of that name.
    pub(crate) fn load(global: &Global, plugin: Option<&str>) -> Result<Self, Failure> {
        let plugin = match plugin {
            Some(plugin) => plugin.to_owned(),
            None => built()?.display().to_string(),
        };
        let file = Path::new(&plugin);
        if file.exists() || plugin.contains('/') || plugin.ends_with(".wasm") {
            Self::of_file(global, file)
        } else {
            Self::of_name(global, &plugin)
        }
    }

    /// A host of its own for the file: no other plugin answers, whatever the two claim or are called.
    /// What a health plugin reads at `/data` lies beside the file, as in the plugin directory.
    pub(crate) fn of_file(global: &Global, file: &Path) -> Result<Self, Failure> {
        let name = name_of(file);
        let directory = scratch()?;
        let copy = directory.path().join(format!("{name}.wasm"));
        fs::copy(file, copy).map_err(|error| {
            Diagnostic::error(
                "file",
                format!("{}: cannot be read: {error}", file.display()),
            )
            .help("build the plugin first; --plugin names the file")
        })?;
        let beside = file.parent().unwrap_or(Path::new(".")).to_owned();
        let config = HostConfig {
            directory: Some(directory.path().to_owned()),
            data: Some(Arc::new(setup::DataFolders(beside))),
            compile_cache: Some(setup::compile_cache(global)?),
            // What is tested or measured is the plugin, not our memory.
            cache: CacheConfig::OFF,
            ..HostConfig::default()
        };
        let host = Host::new(&config).map_err(|error| error.diagnostics())?;
        Self::named(host, name, Some(directory))
    }

    fn of_name(global: &Global, name: &str) -> Result<Self, Failure> {
        Self::named(setup::plugins(global)?, name.to_owned(), None)
    }

    /// Loads that one plugin, and no other.
    fn named(host: Host, name: String, directory: Option<TempDir>) -> Result<Self, Failure> {
        let kind = match host.check_renderer(&name) {
            Ok(()) => Kind::Renderer,
            Err(PluginError::WrongKind { found, .. }) => found,
            Err(error) => return Err(error.diagnostics().into()),
        };
        Ok(Self {
            host,
            name,
            kind,
            _directory: directory,
        })
    }
}

/// Looks closely at a file.
pub(crate) fn examine(file: &Path) -> Result<Examination, Failure> {
    let scratch = scratch()?;
    let limits = Limits::default();
    let examined = gantry_plugins::examine(file, &name_of(file), scratch.path(), &limits);
    examined.map_err(|error| {
        let path = file.display().to_string();
        let span = Span { path, start: None };
        let problems = error.diagnostics().into_iter();
        let placed: Vec<Diagnostic> = problems.map(|one| one.at(span.clone())).collect();
        placed.into()
    })
}

/// An empty directory that is gone after use.
pub(crate) fn scratch() -> Result<TempDir, Diagnostic> {
    tempfile::tempdir().map_err(|error| {
        Diagnostic::error(
            "scratch",
            format!("cannot make a temporary directory: {error}"),
        )
        .help("check TMPDIR")
    })
}

/// What the plugin of a file would be called: Cargo writes dashes as underscores.
fn name_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.to_ascii_lowercase().replace(['_', '.'], "-");
    if is_plugin_name(&name) {
        name
    } else {
        "plugin".to_owned()
    }
}

/// The one component that a build has left behind.
fn built() -> Result<PathBuf, Failure> {
    let mut found = Vec::new();
    for directory in BUILT {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let components = entries.map(|entry| entry.path()).filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".wasm") && !name.ends_with(CORE_ENDING)
        });
        found.extend(components);
    }
    found.sort();
    match &found[..] {
        [only] => Ok(only.clone()),
        [] => {
            let message = format!("there is no *.wasm file in {}", BUILT.join(" or "));
            Err(Diagnostic::error("no-plugin", message)
                .help("build the plugin first, or name it with --plugin")
                .into())
        }
        several => {
            let names: Vec<String> = several.iter().map(|p| p.display().to_string()).collect();
            let message = format!("which plugin? There are {}", names.join(", "));
            Err(Diagnostic::error("several-plugins", message)
                .help("name one with --plugin")
                .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::name_of;
    use std::path::Path;

    #[test]
    fn files_have_names_as_plugins_have_them() {
        for (file, name) in [
            ("target/x/hello_rust.wasm", "hello-rust"),
            ("a.b.wasm", "a-b"),
            ("Big.wasm", "big"),
            ("-x.wasm", "plugin"),
            ("é.wasm", "plugin"),
        ] {
            assert_eq!(name_of(Path::new(file)), name);
        }
    }
}
