//! Which files of the plugin directory may be loaded: by digest, by signature, or all of them.
//!
//! Whatever cannot be decided is refused. Built-in plugins are part of the binary and not asked.

mod image;
mod keys;
mod signature;

use std::collections::BTreeSet;

pub use image::{ImageSignature, Mismatch};
pub use keys::{KeyError, Keys, NoKeyFits};

use gantry_model::digest::Digest;
use signature::Signature;

/// What the signature of `NAME.wasm` is called: `NAME.wasm` and this.
pub const SIGNATURE_SUFFIX: &str = ".sig";

/// What an operator demands of a file. The default demands nothing.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Only files of these digests; none: of any digest.
    pub allow: Option<BTreeSet<Digest>>,
    /// With keys in it, only files that one of them signed.
    pub keys: Keys,
}

/// Why a file is not trusted. The texts go on after the plugin's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// It is not on the list.
    #[error("is not on the allow-list: its digest is {digest}")]
    NotAllowed {
        /// What it is.
        digest: Digest,
    },
    /// It has no signature, and needs one.
    #[error("is not signed: only what one of these keys signed is loaded: {}", .keys.join(", "))]
    Unsigned {
        /// The keys that count.
        keys: Vec<String>,
    },
    /// Its signature is of no form that is known.
    #[error("has a signature that cannot be read: {reason}")]
    Garbled {
        /// What is wrong with it.
        reason: String,
    },
    /// No key made the signature for this content.
    #[error("has a signature that no key fits; tried: {}", .keys.join(", "))]
    NoKeyFits {
        /// The keys that were tried.
        keys: Vec<String>,
    },
    /// A key signed something, but not this file.
    #[error("has the signature of something else: {0}")]
    Mismatch(#[from] Mismatch),
}

impl Policy {
    /// Whether `check` looks at signatures.
    pub fn needs_signature(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Decides on a file by its digest, its bytes and what lies beside it as its signature.
    ///
    /// # Errors
    /// [`Untrusted`] says why it must not be loaded.
    pub fn check(
        &self,
        digest: &Digest,
        wasm: &[u8],
        signature: Option<&[u8]>,
    ) -> Result<(), Untrusted> {
        if self
            .allow
            .as_ref()
            .is_some_and(|allow| !allow.contains(digest))
        {
            return Err(Untrusted::NotAllowed { digest: *digest });
        }
        if !self.needs_signature() {
            return Ok(());
        }
        let keys = self.keys.names();
        let signature = signature.ok_or(Untrusted::Unsigned { keys })?;
        let key = match Signature::read(signature)? {
            Signature::OfFile(signature) => self.keys.verify(wasm, &signature)?,
            Signature::OfImage(image) => image.verify(&self.keys, digest)?,
        };
        tracing::debug!(%digest, key, "signed");
        Ok(())
    }
}

impl From<NoKeyFits> for Untrusted {
    fn from(error: NoKeyFits) -> Self {
        Self::NoKeyFits { keys: error.keys }
    }
}

impl Untrusted {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => {
                "add the digest to trust.allow in plugins.yaml if you trust the file"
            }
            Self::Unsigned { .. } => {
                "put the signature beside it as NAME.wasm.sig: `cosign sign-blob --key KEY NAME.wasm`, \
                 or `gantry plugin pull --key` for a signed artifact"
            }
            Self::Garbled { .. } => {
                "NAME.wasm.sig is what `cosign sign-blob --key KEY NAME.wasm` writes"
            }
            Self::NoKeyFits { .. } | Self::Mismatch(_) => {
                "get the file and its signature again from whoever signs, or add their key to \
                 trust.keys in plugins.yaml"
            }
        }
    }
}

#[cfg(test)]
mod tests;
