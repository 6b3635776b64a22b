//! Why a registry did not give or take something.

use std::error::Error;

use gantry_model::limits;
use oci_client::Reference;
use oci_client::errors::{OciDistributionError, OciErrorCode};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OciError {
    /// Not a reference.
    #[error("{reference:?} is no reference to an artifact: {reason}")]
    Reference {
        /// What was given.
        reference: String,
        /// Why not.
        reason: String,
    },
    /// Credentials that cannot be used.
    #[error("no credentials for {registry}: {reason}")]
    Credentials {
        /// The registry.
        registry: String,
        /// Why not.
        reason: String,
    },
    /// A certificate or proxy that cannot be used.
    #[error("registry {registry} cannot be asked: {reason}")]
    Connection {
        /// The registry.
        registry: String,
        /// What is wrong with the settings.
        reason: String,
    },
    /// No connection.
    #[error("registry {registry} cannot be reached: {reason}")]
    Unreachable {
        /// The registry.
        registry: String,
        /// Why not.
        reason: String,
    },
    /// It wants other credentials, or any (401).
    #[error("registry {registry} does not let us at {reference}")]
    Denied {
        /// The registry.
        registry: String,
        /// The artifact.
        reference: String,
    },
    /// It knows who is asking, and does not let them (403).
    #[error("registry {registry} forbids us {reference}")]
    Forbidden {
        /// The registry.
        registry: String,
        /// The artifact.
        reference: String,
    },
    /// There is no such artifact.
    #[error("there is no artifact {reference}")]
    NotFound {
        /// The artifact.
        reference: String,
    },
    /// The registry broke off, or answered what makes no sense.
    #[error("registry {registry} failed: {reason}")]
    Broken {
        /// The registry.
        registry: String,
        /// How.
        reason: String,
    },
    /// More bytes than are taken.
    #[error("it has {size_bytes} bytes; at most {max_bytes} are pulled")]
    TooLarge {
        /// Its size.
        size_bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// Other content than was asked for.
    #[error("the content is another one: wanted {wanted}, found {found}")]
    OtherContent {
        /// The digest that was asked for.
        wanted: String,
        /// The digest of what is there.
        found: String,
    },
}

impl OciError {
    /// What the client says, in our words.
    pub(crate) fn of(error: OciDistributionError, reference: &Reference) -> Self {
        use OciDistributionError as Oci;
        let registry = reference.registry().to_owned();
        let reference = reference.to_string();
        let has = |codes: &[OciErrorCode]| match &error {
            Oci::RegistryError { envelope, .. } => {
                envelope.errors.iter().any(|e| codes.contains(&e.code))
            }
            _ => false,
        };
        let missing = [
            OciErrorCode::ManifestUnknown,
            OciErrorCode::NameUnknown,
            OciErrorCode::BlobUnknown,
            OciErrorCode::NotFound,
        ];
        match &error {
            Oci::UnauthorizedError { .. } | Oci::AuthenticationFailure(_) => Self::Denied {
                registry,
                reference,
            },
            Oci::ServerError { code: 401, .. } => Self::Denied {
                registry,
                reference,
            },
            Oci::ServerError { code: 403, .. } => Self::Forbidden {
                registry,
                reference,
            },
            Oci::ImageManifestNotFoundError(_) | Oci::ServerError { code: 404, .. } => {
                Self::NotFound { reference }
            }
            Oci::RegistryError { .. } if has(&missing) => Self::NotFound { reference },
            Oci::RegistryError { .. } if has(&[OciErrorCode::Unauthorized]) => Self::Denied {
                registry,
                reference,
            },
            Oci::RegistryError { .. } if has(&[OciErrorCode::Denied]) => Self::Forbidden {
                registry,
                reference,
            },
            Oci::RequestError(request) => Self::Unreachable {
                registry,
                reason: innermost(request),
            },
            other => Self::Broken {
                registry,
                // It may quote a whole page of HTML.
                reason: other
                    .to_string()
                    .chars()
                    .take(limits::SERVER_MESSAGE_MAX_BYTES)
                    .collect(),
            },
        }
    }
}

/// The cause at the bottom, which is the one that names a port, a certificate or a host.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
