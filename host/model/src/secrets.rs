//! Argo CD's Secrets: clusters, repositories, credentials for many repositories.

mod cluster;
mod entries;
mod github_app;
mod matching;
mod repository;
mod secret;
mod tables;
mod texts;
mod trust;

pub use cluster::{ClusterSecret, ExecProvider, TlsClient};
pub use github_app::GithubApp;
pub use matching::{Repositories, normalise};
pub use repository::{Credentials, RepositorySecret, RepositoryType, Scope};
pub use secret::Secret;
pub use texts::texts;
pub use trust::Trust;

use crate::diagnostic::Diagnostic;
use crate::manifest::{Manifest, Parsed};
use crate::object::Object;

/// The label that says what a Secret is to Argo CD.
pub const SECRET_TYPE_LABEL: &str = "argocd.argoproj.io/secret-type";

/// Reads a `v1` Secret. One without Argo CD's label is none of ours.
pub(crate) fn read(secret: &Object) -> Result<Parsed<Manifest>, Vec<Diagnostic>> {
    match secret.label(SECRET_TYPE_LABEL) {
        None => Ok(Parsed::from(Manifest::Other)),
        Some("cluster") => {
            let Parsed { value, warnings } = cluster::read(secret)?;
            let value = Manifest::ClusterSecret(Box::new(value));
            Ok(Parsed { value, warnings })
        }
        Some("repository") => read_repository(secret, Scope::Repository),
        Some("repo-creds") => read_repository(secret, Scope::Template),
        Some(other) => {
            let message = format!("Secrets of type `{other}` have no effect yet");
            let field = format!("metadata.labels[{SECRET_TYPE_LABEL}]");
            Ok(Parsed {
                value: Manifest::Other,
                warnings: vec![Diagnostic::warning("no-effect-yet", message).field(field)],
            })
        }
    }
}

fn read_repository(secret: &Object, scope: Scope) -> Result<Parsed<Manifest>, Vec<Diagnostic>> {
    let Parsed { value, warnings } = repository::read(secret, scope)?;
    let value = Manifest::RepositorySecret(Box::new(value));
    Ok(Parsed { value, warnings })
}
