//! Kubeconfig files, read as kubectl reads them.

use std::path::{Path, PathBuf};
use std::{env, io};

use kube::config::{Kubeconfig, KubeconfigError};

use crate::config::ConfigError;

/// Reads the given file, else those of `KUBECONFIG`, else `~/.kube/config`. With no file at all
/// there is nothing in it.
///
/// # Errors
/// A file that cannot be read, or was named and is not there.
pub(crate) fn load(file: Option<&Path>) -> Result<Kubeconfig, ConfigError> {
    match file {
        Some(path) => read(path)?.ok_or_else(|| ConfigError::Read {
            path: path.display().to_string(),
            reason: "no such file".to_owned(),
        }),
        None => read_default(),
    }
}

/// The server of one of the `clusters`, or empty.
pub(crate) fn server<'a>(kubeconfig: &'a Kubeconfig, cluster: &str) -> &'a str {
    let mut named = kubeconfig.clusters.iter().filter(|c| c.name == cluster);
    let found = named.find_map(|c| c.cluster.as_ref());
    found.and_then(|c| c.server.as_deref()).unwrap_or_default()
}

/// The files of `KUBECONFIG`, merged, or the user's own. Those that do not exist are left out, as
/// kubectl does.
fn read_default() -> Result<Kubeconfig, ConfigError> {
    let listed = env::var_os("KUBECONFIG").unwrap_or_default();
    let mut paths: Vec<PathBuf> = env::split_paths(&listed)
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    if paths.is_empty() {
        paths.extend(env::home_dir().map(|home| home.join(".kube").join("config")));
    }
    let mut merged = Kubeconfig::default();
    for path in paths {
        let Some(next) = read(&path)? else {
            tracing::debug!(path = %path.display(), "no such kubeconfig");
            continue;
        };
        merged = merged
            .merge(next)
            .map_err(|error| config_error(&path, &error))?;
    }
    Ok(merged)
}

fn read(path: &Path) -> Result<Option<Kubeconfig>, ConfigError> {
    match Kubeconfig::read_from(path) {
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(KubeconfigError::ReadConfig(error, _)) => Err(config_error(path, &error)),
        other => other.map(Some).map_err(|error| config_error(path, &error)),
    }
}

/// The error of one file. The parser's further lines show the text around the fault, and its first
/// may quote a value: both may be a token, so neither is told.
fn config_error(path: &Path, error: &dyn std::error::Error) -> ConfigError {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let unquoted = first.split(['"', '`', '\'']).next().unwrap_or_default();
    ConfigError::Read {
        path: path.display().to_string(),
        reason: unquoted.trim_end().to_owned(),
    }
}
