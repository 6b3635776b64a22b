//! Why a plugin did not come out of a registry, or did not go into one.

use std::path::PathBuf;

use gantry_model::Diagnostic;
use gantry_oci::OciError;
use gantry_plugins::{LoadError, Untrusted};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The registry did not give it, or did not take it.
    #[error(transparent)]
    Oci(#[from] OciError),
    /// An artifact of another kind.
    #[error("{reference} is no plugin: {reason}")]
    NoPlugin {
        /// The artifact.
        reference: String,
        /// What it is.
        reason: String,
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
    /// The same for users, with what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let code = match self {
            Self::Oci(error) => code(error),
            Self::Name { .. } => "registry-reference",
            Self::NoPlugin { .. } | Self::Load(_) => "plugin-load",
            Self::Untrusted(_) => "plugin-untrusted",
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
            Self::Oci(error) => help(error),
            Self::NoPlugin { .. } => {
                "a plugin is an artifact with one layer application/wasm, as `gantry plugin push` makes it"
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

fn code(error: &OciError) -> &'static str {
    match error {
        OciError::Reference { .. } => "registry-reference",
        OciError::Credentials { .. } | OciError::Denied { .. } | OciError::Forbidden { .. } => {
            "registry-credentials"
        }
        OciError::Connection { .. }
        | OciError::Unreachable { .. }
        | OciError::Broken { .. }
        | OciError::NotFound { .. } => "registry",
        OciError::TooLarge { .. } => "plugin-load",
        OciError::OtherContent { .. } => "plugin-untrusted",
    }
}

fn help(error: &OciError) -> &'static str {
    match error {
        OciError::Reference { .. } => {
            "write REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:…"
        }
        OciError::Credentials { .. } | OciError::Denied { .. } => {
            "log in with `docker login` or `oras login`, or use --username with --password-stdin"
        }
        OciError::Forbidden { .. } => "ask who runs the registry for access, or log in as another",
        OciError::Connection { .. } => "check certificates and proxy",
        OciError::Unreachable { .. } => {
            "check the reference; a registry without TLS needs --plain-http"
        }
        OciError::NotFound { .. } => "check repository and tag",
        OciError::Broken { .. } => "try again; -vv shows the requests",
        OciError::TooLarge { .. } => "build it optimised and without debug information",
        OciError::OtherContent { .. } => {
            "whoever gave you the digest and whoever pushed do not mean the same file; ask them"
        }
    }
}
