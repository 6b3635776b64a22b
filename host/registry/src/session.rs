//! A repository of a registry, and what is asked of it.

use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use gantry_model::limits;
use gantry_plugins::Digest;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

use crate::credentials::Credentials;
use crate::error::RegistryError;

/// The kinds of manifest that are asked for. Indexes are not pulled, but told from what is missing.
const MANIFESTS: [&str; 4] = [
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
];

/// One reference to an artifact, and the way to its registry.
pub struct Registry {
    pub(crate) client: Client,
    pub(crate) reference: Reference,
    pub(crate) auth: RegistryAuth,
}

/// What is told while a blob comes in: bytes so far, and all of them.
pub(crate) type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

impl Registry {
    /// Makes ready for a reference such as `registry.example/plugins/helm:1.0`; asks nothing yet.
    /// Without a tag or digest it means the tag `latest`.
    ///
    /// # Errors
    /// When the reference is none, or the credentials for its registry cannot be had.
    pub fn open(
        reference: &str,
        credentials: &Credentials,
        plain_http: bool,
    ) -> Result<Self, RegistryError> {
        let parsed: Reference = reference.parse().map_err(|error: oci_client::ParseError| {
            RegistryError::Reference {
                reference: reference.to_owned(),
                reason: error.to_string(),
            }
        })?;
        let auth = credentials.of(&[parsed.registry(), parsed.resolve_registry()])?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have been quicker, with the same one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let config = ClientConfig {
            protocol: if plain_http {
                ClientProtocol::Http
            } else {
                ClientProtocol::Https
            },
            connect_timeout: Some(Duration::from_secs(limits::CONNECT_TIMEOUT_SECS)),
            read_timeout: Some(Duration::from_secs(limits::REGISTRY_SILENCE_MAX_SECS)),
            user_agent: concat!("gantry/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        let client = Client::try_from(config).map_err(|error| RegistryError::of(error, &parsed))?;
        Ok(Self {
            client,
            reference: parsed,
            auth,
        })
    }

    /// The last part of the repository: what a plugin is called unless its user says otherwise.
    pub fn name(&self) -> &str {
        let repository = self.reference.repository();
        repository.rsplit('/').next().unwrap_or(repository)
    }

    /// The manifest of a reference, as bytes. Its digest is checked where the reference has one.
    pub(crate) async fn manifest(&self, reference: &Reference) -> Result<Bytes, RegistryError> {
        let pulled = self
            .client
            .pull_manifest_raw(reference, &self.auth, &MANIFESTS)
            .await;
        let (manifest, _) = pulled.map_err(|error| RegistryError::of(error, reference))?;
        match reference.digest() {
            Some(wanted) if wanted != Digest::of(&manifest).to_string() => {
                Err(RegistryError::OtherContent {
                    wanted: wanted.to_owned(),
                    found: Digest::of(&manifest).to_string(),
                })
            }
            _ => Ok(manifest),
        }
    }

    /// A blob that a manifest names, of no other size and digest than it says.
    pub(crate) async fn blob(
        &self,
        blob: &OciDescriptor,
        max_bytes: u64,
        progress: Progress<'_>,
    ) -> Result<Vec<u8>, RegistryError> {
        let size_bytes = u64::try_from(blob.size).unwrap_or(u64::MAX);
        if size_bytes > max_bytes {
            return Err(RegistryError::TooLarge {
                size_bytes,
                max_bytes,
            });
        }
        // By digest alone: a manifest may name other addresses too, which are not asked.
        let pulled = self
            .client
            .pull_blob_stream(&self.reference, blob.digest.as_str())
            .await;
        let mut stream = pulled.map_err(|error| RegistryError::of(error, &self.reference))?;
        let mut content = Vec::new();
        let broken = |error: std::io::Error| RegistryError::Broken {
            registry: self.reference.registry().to_owned(),
            reason: error.to_string(),
        };
        while let Some(chunk) = stream.try_next().await.map_err(broken)? {
            content.extend_from_slice(&chunk);
            let so_far = content.len() as u64;
            if so_far > size_bytes {
                break;
            }
            progress(so_far, size_bytes);
        }
        let found = Digest::of(&content).to_string();
        if content.len() as u64 != size_bytes || found != blob.digest {
            let wanted = blob.digest.clone();
            return Err(RegistryError::OtherContent { wanted, found });
        }
        Ok(content)
    }

    /// The same repository at another tag.
    pub(crate) fn at_tag(&self, tag: String) -> Reference {
        let registry = self.reference.registry().to_owned();
        Reference::with_tag(registry, self.reference.repository().to_owned(), tag)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}
