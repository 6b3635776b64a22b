//! Why an application could not be synced at all.

use gantry_charts::ChartError;
use gantry_model::application::Source;
use gantry_model::{ClusterError, Diagnostic, without_password};
use gantry_plugins::PluginError;
use gantry_source::SourceError;

/// What ended the work on one application before anything was changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppError {
    /// Its repository or revision cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its chart cannot be had.
    #[error(transparent)]
    Chart(#[from] Box<ChartError>),
    /// Its renderer failed or refused.
    #[error(transparent)]
    Plugin(Box<PluginError>),
    /// Its cluster cannot be asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Its manifest, or a file over it, asks for what cannot be.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Manifest(Vec<Diagnostic>),
    /// One of its sources.
    #[error("{}{error}", .place.title)]
    OfSource {
        /// Which one.
        place: SourcePlace,
        /// Why.
        error: Box<AppError>,
    },
    /// Its history cannot be read.
    #[error("{0}")]
    History(String),
    /// The work was cut off.
    #[error("{0}")]
    Internal(String),
}

impl From<PluginError> for AppError {
    fn from(error: PluginError) -> Self {
        Self::Plugin(Box::new(error))
    }
}

/// Which source an error is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePlace {
    /// `source 2 of 3 (values): `; empty for the only one.
    pub title: String,
    /// Its field in the manifest.
    pub field: String,
}

impl From<ChartError> for AppError {
    fn from(error: ChartError) -> Self {
        Self::Chart(Box::new(error))
    }
}

impl From<Diagnostic> for AppError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Manifest(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for AppError {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::Manifest(diagnostics)
    }
}

impl AppError {
    /// The same, of one of an application's sources.
    pub(crate) fn of_source(self, sources: &[Source], index: usize) -> Self {
        let Some(source) = sources.get(index) else {
            return self;
        };
        let title = if sources.len() > 1 {
            format!(
                "source {} of {} ({}): ",
                index + 1,
                sources.len(),
                without_password(source.title())
            )
        } else {
            String::new()
        };
        Self::OfSource {
            place: SourcePlace {
                title,
                field: source.field.clone(),
            },
            error: Box::new(self),
        }
    }

    /// The field of a source to blame, where the error names none itself.
    fn source_field(&self) -> Option<&'static str> {
        match self {
            Self::Source(
                SourceError::NoRevision { .. }
                | SourceError::NoTag { .. }
                | SourceError::NotACommit { .. },
            ) => Some("targetRevision"),
            Self::Source(
                SourceError::Url { .. }
                | SourceError::NoRepository { .. }
                | SourceError::Unreachable { .. }
                | SourceError::Unauthorized { .. },
            ) => Some("repoURL"),
            Self::Chart(error) => Some(match **error {
                ChartError::NoVersion { .. } | ChartError::BadVersion(_) => "targetRevision",
                ChartError::NoChart { .. } => "chart",
                _ => "repoURL",
            }),
            _ => None,
        }
    }

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
            Self::Manifest(diagnostics) => diagnostics.clone(),
            Self::Chart(error) => vec![error.diagnostic()],
            Self::OfSource { place, error } => {
                let found = error.diagnostics().into_iter();
                let field = error
                    .source_field()
                    .map(|name| format!("{}.{name}", place.field));
                found
                    .map(|problem| Diagnostic {
                        message: format!("{}{}", place.title, problem.message),
                        field: problem.field.or_else(|| field.clone()),
                        ..problem
                    })
                    .collect()
            }
            Self::History(reason) => vec![Diagnostic::error("history", reason.clone())],
            Self::Internal(reason) => vec![Diagnostic::error("internal", reason.clone())],
        }
    }
}
