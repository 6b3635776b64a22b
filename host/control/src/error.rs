//! Why an application could not be synced at all.

use gantry_model::{ClusterError, Diagnostic};
use gantry_plugins::PluginError;
use gantry_source::SourceError;

/// What ended the work on one application before anything was changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppError {
    /// Its repository or revision cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its renderer failed or refused.
    #[error(transparent)]
    Plugin(Box<PluginError>),
    /// Its cluster cannot be asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Its manifest asks for what cannot be.
    #[error("{0}")]
    Manifest(Box<Diagnostic>),
    /// The work was cut off.
    #[error("{0}")]
    Internal(String),
}

impl From<PluginError> for AppError {
    fn from(error: PluginError) -> Self {
        Self::Plugin(Box::new(error))
    }
}

impl From<Diagnostic> for AppError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Manifest(Box::new(diagnostic))
    }
}

impl AppError {
    /// The same for users, with what to do.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        match self {
            Self::Source(error) => vec![error.diagnostic()],
            Self::Plugin(error) => error.diagnostics(),
            Self::Cluster(error) => {
                let help = match error {
                    ClusterError::Unreachable { .. } => {
                        "check spec.destination, the kubeconfig and the cluster"
                    }
                    _ => "check spec.destination and what its credentials may do",
                };
                vec![Diagnostic::error("cluster", error.to_string()).help(help)]
            }
            Self::Manifest(diagnostic) => vec![(**diagnostic).clone()],
            Self::Internal(reason) => vec![Diagnostic::error("internal", reason.clone())],
        }
    }
}
