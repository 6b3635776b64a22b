//! What commands need before they start: folders, the plugin host, the engine.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use gantry_charts::Charts;
use gantry_cluster::Clusters;
use gantry_diff::SystemRules;
use gantry_engine::{Engine, Fetcher, HistoryHome, Pins, Projects, Workshop};
use gantry_model::project::AppProject;
use gantry_model::{Diagnostic, SourceTree, limits};
use gantry_plugins::{Builtin, CacheConfig, Host, HostConfig, Limits, PluginData};
use gantry_source::{DirTree, Repositories};

use crate::args::{Global, HistoryPlace};
use crate::failure::Failure;
use crate::inputs::Credentials;
use crate::metrics;
use crate::plugin_config::PluginConfig;
use crate::progress::Compiling;

static BUILTINS: LazyLock<Vec<Builtin>> = LazyLock::new(|| {
    let builtin = |plugin: &gantry_bundle::Plugin| Builtin {
        name: plugin.name,
        wasm: plugin.wasm,
        digest: plugin.digest.parse().ok(),
    };
    gantry_bundle::BUILTIN.iter().map(builtin).collect()
});

/// The folder for what gantry keeps between runs.
pub(crate) fn data(global: &Global) -> Result<PathBuf, Failure> {
    if let Some(data) = &global.data {
        return Ok(data.clone());
    }
    let xdg = std::env::var_os("XDG_DATA_HOME")
        .filter(|d| !d.is_empty())
        .map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".local/share"));
    let base = xdg.or_else(home).ok_or_else(|| {
        Diagnostic::error("data", "there is no home directory to keep data in")
            .help("name a directory with --data or GANTRY_DATA")
    })?;
    Ok(base.join("gantry"))
}

/// Where plugins are dropped: as named, else in the data folder if that exists.
fn plugin_directory(global: &Global) -> Result<Option<PathBuf>, Failure> {
    match &global.plugins {
        Some(directory) if directory.is_dir() => Ok(Some(directory.clone())),
        Some(directory) => {
            let message = format!("plugin directory {} does not exist", directory.display());
            Err(Diagnostic::error("plugins", message)
                .help("check --plugins or GANTRY_PLUGINS")
                .into())
        }
        None => Ok(Some(data(global)?.join("plugins")).filter(|directory| directory.is_dir())),
    }
}

/// The files of each plugin: the folder of its name in the plugin directory.
#[derive(Debug)]
pub(crate) struct DataFolders(pub(crate) PathBuf);

impl PluginData for DataFolders {
    fn of(&self, plugin: &str) -> Option<Arc<dyn SourceTree>> {
        let folder = self.0.join(plugin);
        if !folder.is_dir() {
            return None;
        }
        let tree = DirTree::open(&folder)
            .inspect_err(|error| tracing::warn!(plugin, %error, "its files are not used"));
        Some(Arc::new(tree.ok()?))
    }
}

/// Where compiled plugins are kept.
pub(crate) fn compile_cache(global: &Global) -> Result<PathBuf, Failure> {
    Ok(data(global)?.join("compiled"))
}

/// Where renders are remembered: a command renders each thing once, a server again and again.
fn render_cache(global: &Global, data: &Path, memory_max_bytes: u64) -> CacheConfig {
    if global.no_render_cache {
        return CacheConfig::OFF;
    }
    CacheConfig {
        directory: Some(data.join("renders")),
        memory_max_bytes,
    }
}

/// Where a plugin is put: as named, else in the data folder. It need not exist.
pub(crate) fn plugin_directory_to_fill(global: &Global) -> Result<PathBuf, Failure> {
    match &global.plugins {
        Some(directory) => Ok(directory.clone()),
        None => Ok(data(global)?.join("plugins")),
    }
}

/// What the operator set for plugins.
pub(crate) fn plugin_config(global: &Global) -> Result<PluginConfig, Failure> {
    PluginConfig::read(global.plugin_config.as_deref(), &data(global)?)
}

/// The plugin host of a command.
pub(crate) fn plugins(global: &Global) -> Result<Host, Failure> {
    host(global, 0)
}

/// The plugin host of the control plane.
pub(crate) fn plugins_of_server(global: &Global) -> Result<Host, Failure> {
    host(global, limits::SERVER_RENDERS_MAX_BYTES)
}

fn host(global: &Global, renders_max_bytes: u64) -> Result<Host, Failure> {
    let kept = data(global)?;
    let settings = plugin_config(global)?;
    let directory = plugin_directory(global)?;
    let folders = directory.clone().map(DataFolders);
    let config = HostConfig {
        builtins: &BUILTINS,
        need_data: gantry_bundle::NEED_DATA,
        directory,
        data: folders.map(|folders| -> Arc<dyn PluginData> { Arc::new(folders) }),
        compile_cache: Some(compile_cache(global)?),
        cache: render_cache(global, &kept, renders_max_bytes),
        limits: Limits::default().with(&settings.limits),
        overrides: settings.overrides,
        trust: settings.trust,
        loading: Some(Arc::new(Compiling::default())),
    };
    let host = Host::new(&config).map_err(|error| error.diagnostics())?;
    let names = host.names();
    for plugin in config.overrides.keys().filter(|name| !names.contains(name)) {
        tracing::warn!(
            plugin,
            "limits are set in plugins.yaml, but there is no such plugin"
        );
    }
    // A command has one host; if it ever had two, the first would be told.
    let _ = STARTED.set(host.clone());
    Ok(host)
}

/// The plugin host of this command, for its metrics.
static STARTED: OnceLock<Host> = OnceLock::new();

/// Writes what the plugins cost, where `--metrics-file` asks for it.
pub(crate) fn write_metrics(global: &Global) -> Result<(), Failure> {
    let Some(path) = &global.metrics_file else {
        return Ok(());
    };
    let plugins = STARTED.get().map(Host::metrics).unwrap_or_default();
    Ok(metrics::write(path, &plugins)?)
}

/// Everything that a sync needs.
pub(crate) fn engine(
    global: &Global,
    credentials: Credentials,
    projects: &[AppProject],
    ignored: SystemRules,
) -> Result<Engine, Failure> {
    let home = match global.history {
        HistoryPlace::Cluster => HistoryHome::Cluster,
        HistoryPlace::None => HistoryHome::Nowhere,
        HistoryPlace::Local => {
            let opened = HistoryHome::local(&data(global)?.join(crate::home::FILE));
            opened.map_err(|error| Diagnostic::error("history", error.to_string()))?
        }
    };
    let mut clusters = clusters(global)?;
    for cluster in &credentials.clusters {
        clusters.add(cluster.clone());
    }
    Ok(Engine::new(
        workshop(global, &credentials, projects)?,
        Arc::new(clusters),
        ignored,
        home,
    ))
}

/// The clusters of the kubeconfig.
pub(crate) fn clusters(global: &Global) -> Result<Clusters, Failure> {
    let clusters = Clusters::load(global.kubeconfig.as_deref(), global.context.as_deref());
    clusters.map_err(|error| {
        Diagnostic::error("kubeconfig", error.to_string())
            .help("check --kubeconfig, --context and $KUBECONFIG")
            .into()
    })
}

/// Everything that a render needs.
pub(crate) fn workshop(
    global: &Global,
    credentials: &Credentials,
    projects: &[AppProject],
) -> Result<Workshop, Failure> {
    let fetcher = fetcher(global, credentials)?;
    let (projects, pins) = (Projects::of(projects)?, Pins::of(projects)?);
    Ok(Workshop::new(plugins(global)?, fetcher, projects, pins))
}

/// What opens repositories, with what is known of them.
pub(crate) fn fetcher(global: &Global, credentials: &Credentials) -> Result<Fetcher, Failure> {
    let kept = data(global)?;
    let fetcher = Fetcher::new(
        Repositories::new(kept.join("repositories")).beside(&kept),
        Charts::new(kept.join("charts")),
        credentials.repositories(),
    );
    fetcher.set_trust(credentials.trust.clone());
    Ok(fetcher)
}

/// The runtime for the network.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(Failure::internal)
}
