//! Why a plugin did not come out of a registry, or did not go into one.

use std::error::Error;
use std::path::PathBuf;

use gantry_model::{Diagnostic, limits};
use gantry_plugins::{LoadError, Untrusted};
use oci_client::Reference;
use oci_client::errors::{OciDistributionError, OciErrorCode};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
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
    /// No connection.
    #[error("registry {registry} cannot be reached: {reason}")]
    Unreachable {
        /// The registry.
        registry: String,
        /// Why not.
        reason: String,
    },
    /// It wants other credentials, or any.
    #[error("registry {registry} does not let us at {reference}")]
    Denied {
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
    /// An artifact of another kind.
    #[error("{reference} is no plugin: {reason}")]
    NoPlugin {
        /// The artifact.
        reference: String,
        /// What it is.
        reason: String,
    },
    /// More bytes than a plugin may have.
    #[error("the plugin has {size_bytes} bytes; at most {max_bytes} are pulled")]
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
    /// A file that is no plugin.
    #[error("the file {0}")]
    Load(#[from] LoadError),
    /// A plugin that is not trusted.
    #[error("the plugin {0}")]
    Untrusted(#[from] Untrusted),
    /// A name that no plugin can have.
    #[error("{name:?} cannot be a plugin's name")]
    Name {
        /// The name.
        name: String,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {reason}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl RegistryError {
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
            Oci::ServerError {
                code: 401 | 403, ..
            } => Self::Denied {
                registry,
                reference,
            },
            Oci::ImageManifestNotFoundError(_) | Oci::ServerError { code: 404, .. } => {
                Self::NotFound { reference }
            }
            Oci::RegistryError { .. } if has(&missing) => Self::NotFound { reference },
            Oci::RegistryError { .. }
                if has(&[OciErrorCode::Unauthorized, OciErrorCode::Denied]) =>
            {
                Self::Denied {
                    registry,
                    reference,
                }
            }
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

    /// The same for users, with what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let code = match self {
            Self::Reference { .. } | Self::Name { .. } => "registry-reference",
            Self::Credentials { .. } | Self::Denied { .. } => "registry-credentials",
            Self::Unreachable { .. } | Self::Broken { .. } | Self::NotFound { .. } => "registry",
            Self::NoPlugin { .. } | Self::Load(_) | Self::TooLarge { .. } => "plugin-load",
            Self::OtherContent { .. } | Self::Untrusted(_) => "plugin-untrusted",
            Self::Write { .. } => "plugin-directory",
        };
        let diagnostic = Diagnostic::error(code, self.to_string());
        match self.help() {
            "" => diagnostic,
            help => diagnostic.help(help),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::Reference { .. } => {
                "write REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:…"
            }
            Self::Credentials { .. } | Self::Denied { .. } => {
                "log in with `docker login` or `oras login`, or use --username with --password-stdin"
            }
            Self::Unreachable { .. } => {
                "check the reference; a registry without TLS needs --plain-http"
            }
            Self::NotFound { .. } => "check repository and tag",
            Self::Broken { .. } => "try again; -vv shows the requests",
            Self::NoPlugin { .. } => {
                "a plugin is an artifact with one layer application/wasm, as `gantry plugin push` makes it"
            }
            Self::TooLarge { .. } => "build it optimised and without debug information",
            Self::OtherContent { .. } => {
                "whoever gave you the digest and whoever pushed do not mean the same file; ask them"
            }
            Self::Load(error) => error.help(),
            Self::Untrusted(Untrusted::Unsigned { .. }) => {
                "have it signed: `cosign sign --key KEY REFERENCE@DIGEST`"
            }
            Self::Untrusted(error) => error.help(),
            Self::Name { .. } => "name it with --name: lower-case letters, digits and dashes",
            Self::Write { .. } => "check --plugins and the directory's permissions",
        }
    }
}

/// The cause at the bottom, which is the one that names a port, a certificate or a host.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
