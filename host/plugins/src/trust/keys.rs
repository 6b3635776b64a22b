//! Public keys, and whether one of them made a signature.

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::ring::{ECDSA_P256_SHA256, ED25519};
use webpki::{Error, RawPublicKeyEntity};

/// What keys may be: what `cosign generate-key-pair` makes, and Ed25519.
const ALGORITHMS: [&dyn SignatureVerificationAlgorithm; 2] = [ECDSA_P256_SHA256, ED25519];

/// Public keys, each with the name of the file it came from.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    name: String,
    der: SubjectPublicKeyInfoDer<'static>,
    algorithm: &'static dyn SignatureVerificationAlgorithm,
}

/// Why a file gives no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not PEM at all, or broken off.
    #[error("{name} is not a PEM file: {reason}")]
    NotPem {
        /// The file.
        name: String,
        /// What the reader says.
        reason: String,
    },
    /// PEM, but of something else.
    #[error("{name} holds no public key (`-----BEGIN PUBLIC KEY-----`)")]
    NoKey {
        /// The file.
        name: String,
    },
    /// Another algorithm, or a broken key.
    #[error("{name} holds a key that is neither ECDSA P-256 nor Ed25519")]
    Unsupported {
        /// The file.
        name: String,
    },
}

/// None of the keys made the signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key fits the signature; tried: {}", .keys.join(", "))]
pub struct NoKeyFits {
    /// The names of the keys that were tried.
    pub keys: Vec<String>,
}

impl Keys {
    /// Adds every public key of a PEM file, such as `cosign.pub`. Adds none if one is unusable.
    ///
    /// # Errors
    /// [`KeyError`] says why the file gives no key.
    pub fn add(&mut self, name: &str, pem: &[u8]) -> Result<(), KeyError> {
        let mut keys = Vec::new();
        for der in SubjectPublicKeyInfoDer::pem_slice_iter(pem) {
            let der = der.map_err(|error| KeyError::NotPem {
                name: name.to_owned(),
                reason: error.to_string(),
            })?;
            keys.push(Key::new(name, der)?);
        }
        if keys.is_empty() {
            return Err(KeyError::NoKey {
                name: name.to_owned(),
            });
        }
        self.0.extend(keys);
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of all keys.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|key| key.name.clone()).collect()
    }

    /// The name of the key that signed the message. A signature is the ASN.1 DER of an ECDSA one
    /// over the message's SHA-256, or the 64 bytes of an Ed25519 one over the message.
    ///
    /// # Errors
    /// [`NoKeyFits`] when none did.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<&str, NoKeyFits> {
        let fits = |key: &&Key| key.verify(key.algorithm, message, signature).is_ok();
        match self.0.iter().find(fits) {
            Some(key) => Ok(&key.name),
            None => Err(NoKeyFits { keys: self.names() }),
        }
    }
}

impl Key {
    fn new(name: &str, der: SubjectPublicKeyInfoDer<'static>) -> Result<Self, KeyError> {
        let name = name.to_owned();
        for algorithm in ALGORITHMS {
            let key = Self {
                name: name.clone(),
                der: der.clone(),
                algorithm,
            };
            // The library tells an algorithm that does not fit the key from a signature that does
            // not: an empty signature asks which it is.
            let asked = key.verify(algorithm, b"", b"");
            if matches!(asked, Err(Error::InvalidSignatureForPublicKey)) {
                return Ok(key);
            }
        }
        Err(KeyError::Unsupported { name })
    }

    fn verify(
        &self,
        algorithm: &dyn SignatureVerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        RawPublicKeyEntity::try_from(&self.der)?.verify_signature(algorithm, message, signature)
    }
}
