//! TLS: the certificate and its key, from files or told, taken anew when they change.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::own_certificate;

/// How connections are kept from others' eyes.
#[derive(Clone, Debug, Default)]
pub enum TlsMode {
    /// Not at all: something in front does it.
    #[default]
    Plain,
    /// With a certificate and its key, PEM files.
    Files {
        /// The certificate, and those that lead to its root.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// With one of our own in a folder, which is made anew before it expires.
    Own {
        /// The folder.
        folder: PathBuf,
        /// The names and addresses that it is for.
        names: Vec<String>,
    },
    /// With what somebody tells, whenever that changes.
    Told(watch::Receiver<Pem>),
}

/// A certificate and its key, in PEM.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pem {
    /// The certificate, and those that lead to its root.
    pub certificate: Vec<u8>,
    /// Its key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pem(***)")
    }
}

impl Pem {
    /// Whether it can be used.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check(&self) -> Result<(), TlsError> {
        certified(self, Path::new("the certificate"), Path::new("its key")).map(drop)
    }
}

impl TlsMode {
    /// What is to be used now; none of [`TlsMode::Plain`].
    ///
    /// # Errors
    /// [`TlsError`]: it cannot be read or made.
    pub fn pem(&self) -> Result<Option<Pem>, TlsError> {
        match self {
            Self::Plain => Ok(None),
            Self::Files { certificate, key } => read(certificate, key).map(Some),
            Self::Own { folder, names } => {
                let (certificate, key) = own_certificate::up_to_date(folder, names)?;
                read(&certificate, &key).map(Some)
            }
            Self::Told(told) => Ok(Some(told.borrow().clone())),
        }
    }

    /// What errors call the certificate and the key.
    fn places(&self) -> (PathBuf, PathBuf) {
        match self {
            Self::Files { certificate, key } => (certificate.clone(), key.clone()),
            Self::Own { folder, .. } => own_certificate::places(folder),
            Self::Plain | Self::Told(_) => ("the certificate".into(), "its key".into()),
        }
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file is not the PEM that it should be.
    #[error("{path}: no {what} in PEM: {error}")]
    NotPem {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Why.
        error: String,
    },
    /// The two do not fit, or no kind of key that is known.
    #[error("{certificate} and {key}: {error}")]
    Unfit {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        error: rustls::Error,
    },
    /// There is none, and none can be made.
    #[error("no certificate can be made: {0}")]
    NotMade(String),
    /// The library refuses its own settings.
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// The certificate that is in use.
#[derive(Debug)]
pub(crate) struct Certificate {
    mode: TlsMode,
    current: RwLock<Current>,
}

#[derive(Debug)]
struct Current {
    pem: Pem,
    certified: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current.certified))
    }
}

impl Certificate {
    /// That of a mode; none where nothing is kept from others' eyes.
    pub(crate) fn load(mode: &TlsMode) -> Result<Option<Self>, TlsError> {
        let Some(pem) = mode.pem()? else {
            return Ok(None);
        };
        let (certificate, key) = mode.places();
        let certified = Arc::new(certified(&pem, &certificate, &key)?);
        Ok(Some(Self {
            mode: mode.clone(),
            current: RwLock::new(Current { pem, certified }),
        }))
    }

    /// Looks at it again. While that cannot be used, what was in use stays.
    fn reload(&self) -> Result<bool, TlsError> {
        let Some(pem) = self.mode.pem()? else {
            return Ok(false);
        };
        let is_same = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            current.pem == pem
        };
        if is_same {
            return Ok(false);
        }
        let (certificate, key) = self.mode.places();
        let certified = Arc::new(certified(&pem, &certificate, &key)?);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Current { pem, certified };
        Ok(true)
    }

    /// Looks at it for ever. The contents of files count: a mounted Secret is changed by a link.
    pub(crate) async fn keep_up(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            let own = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || own.reload()).await {
                Ok(Ok(true)) => tracing::info!("the TLS certificate was read again"),
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    tracing::warn!("the TLS certificate that was read before stays: {error}");
                }
                Err(error) => tracing::error!(%error, "the TLS certificate was not looked at"),
            }
        }
    }
}

/// What takes connections, with HTTP/2 and HTTP/1.1 to choose from.
pub(crate) fn acceptor(certificate: Arc<Certificate>) -> Result<TlsAcceptor, TlsError> {
    let versions = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?;
    let mut config = versions
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read(certificate: &Path, key: &Path) -> Result<Pem, TlsError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| TlsError::Unreadable {
            path: path.to_owned(),
            error,
        })
    };
    Ok(Pem {
        certificate: read(certificate)?,
        key: read(key)?,
    })
}

fn certified(files: &Pem, certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let not_pem = |path: &Path, what, error: String| TlsError::NotPem {
        path: path.to_owned(),
        what,
        error,
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&files.certificate).collect();
    let chain = chain.map_err(|error| not_pem(certificate, "certificate", error.to_string()))?;
    if chain.is_empty() {
        let error = "there is none".to_owned();
        return Err(not_pem(certificate, "certificate", error));
    }
    let private = PrivateKeyDer::from_pem_slice(&files.key)
        .map_err(|error| not_pem(key, "private key", error.to_string()))?;
    let provider: CryptoProvider = default_provider();
    CertifiedKey::from_der(chain, private, &provider).map_err(|error| TlsError::Unfit {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        error,
    })
}
