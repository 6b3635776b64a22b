//! A repository of a registry, and what is asked of it.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::TryStreamExt;
use gantry_model::{Digest, limits};
use oci_client::errors::DigestError;
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};

use crate::connection::Connection;
use crate::credentials::Credentials;
use crate::error::{OciError, innermost};

/// The kinds of manifest that are asked for. Indexes are not pulled, but told from what is missing.
const MANIFESTS: [&str; 4] = [
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
];

/// One reference to an artifact, and the way to its registry.
pub struct Registry {
    client: Client,
    reference: Reference,
    auth: RegistryAuth,
}

/// What is told while a blob comes in: bytes so far, and all of them.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

impl Registry {
    /// Makes ready for a reference such as `registry.example/plugins/helm:1.0`; asks nothing yet.
    /// Without a tag or digest it means the tag `latest`.
    ///
    /// # Errors
    /// When the reference is none, or the credentials for its registry cannot be had.
    pub fn open(
        reference: &str,
        credentials: &Credentials,
        connection: &Connection,
    ) -> Result<Self, OciError> {
        let parsed: Reference =
            reference
                .parse()
                .map_err(|error: oci_client::ParseError| OciError::Reference {
                    reference: reference.to_owned(),
                    reason: error.to_string(),
                })?;
        let auth = credentials.of(&[parsed.registry(), parsed.resolve_registry()])?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have been quicker, with the same one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let unusable = |reason: String| OciError::Connection {
            registry: parsed.registry().to_owned(),
            reason,
        };
        let config = connection.config().map_err(unusable)?;
        let client = Client::try_from(config).map_err(|error| unusable(innermost(&error)))?;
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

    /// Host and port.
    pub fn host(&self) -> &str {
        self.reference.registry()
    }

    /// The reference, as it is told to users.
    pub fn reference(&self) -> String {
        self.reference.to_string()
    }

    /// Whether the reference has a digest, which says what its manifest must be.
    pub fn is_pinned(&self) -> bool {
        self.reference.digest().is_some()
    }

    /// The manifest of the reference, as bytes. Its digest is checked where the reference has one.
    ///
    /// # Errors
    /// [`OciError`] says why it cannot be had.
    pub async fn manifest(&self) -> Result<Bytes, OciError> {
        self.manifest_of(&self.reference).await
    }

    /// The manifest at another tag of the same repository.
    ///
    /// # Errors
    /// [`OciError`] says why it cannot be had.
    pub async fn manifest_at(&self, tag: &str) -> Result<Bytes, OciError> {
        self.manifest_of(&self.at_tag(tag)).await
    }

    async fn manifest_of(&self, reference: &Reference) -> Result<Bytes, OciError> {
        let pulled = self
            .client
            .pull_manifest_raw(reference, &self.auth, &MANIFESTS)
            .await;
        let (manifest, _) = pulled.map_err(|error| OciError::of(error, reference))?;
        match reference.digest() {
            Some(wanted) if wanted != Digest::of(&manifest).to_string() => {
                Err(OciError::OtherContent {
                    wanted: wanted.to_owned(),
                    found: Digest::of(&manifest).to_string(),
                })
            }
            _ => Ok(manifest),
        }
    }

    /// All tags of the repository, as many at once as the registry likes.
    ///
    /// # Errors
    /// [`OciError`] says why they cannot be had.
    pub async fn tags(&self) -> Result<Vec<String>, OciError> {
        self.tags_in_pages(None).await
    }

    /// All tags of the repository, so many at once.
    ///
    /// # Errors
    /// [`OciError`] says why they cannot be had.
    pub async fn tags_in_pages(&self, page: Option<usize>) -> Result<Vec<String>, OciError> {
        let mut tags = BTreeSet::new();
        let mut last: Option<String> = None;
        loop {
            let page = self
                .client
                .list_tags(&self.reference, &self.auth, page, last.as_deref())
                .await;
            let page = page.map_err(|error| OciError::of(error, &self.reference))?;
            last = page.tags.last().cloned();
            let before = tags.len();
            tags.extend(page.tags);
            // Registries differ in how many they send at once, and some send all each time.
            if tags.len() == before {
                return Ok(tags.into_iter().collect());
            }
            if tags.len() > limits::REGISTRY_TAGS_MAX {
                let max = limits::REGISTRY_TAGS_MAX;
                return Err(OciError::Broken {
                    registry: self.host().to_owned(),
                    reason: format!("it has more than {max} tags in one repository"),
                });
            }
        }
    }

    /// A blob that a manifest names, of no other size and digest than it says.
    ///
    /// # Errors
    /// [`OciError`] says why it cannot be had, or is not taken.
    pub async fn blob(
        &self,
        blob: &OciDescriptor,
        max_bytes: u64,
        progress: Progress<'_>,
    ) -> Result<Vec<u8>, OciError> {
        let size_bytes = u64::try_from(blob.size).unwrap_or(u64::MAX);
        if size_bytes > max_bytes {
            return Err(OciError::TooLarge {
                size_bytes,
                max_bytes,
            });
        }
        // Nothing may have been asked before, and only what takes credentials remembers them.
        let registry = self.reference.resolve_registry();
        self.client.store_auth_if_needed(registry, &self.auth).await;
        // By digest alone: a manifest may name other addresses too, which are not asked.
        let pulled = self
            .client
            .pull_blob_stream(&self.reference, blob.digest.as_str())
            .await;
        let mut stream = pulled.map_err(|error| OciError::of(error, &self.reference))?;
        let mut content = Vec::new();
        let broken = |error: std::io::Error| {
            let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
            match cause {
                Some(DigestError::VerificationError { expected, actual }) => {
                    OciError::OtherContent {
                        wanted: expected.clone(),
                        found: actual.clone(),
                    }
                }
                _ => OciError::Broken {
                    registry: self.reference.registry().to_owned(),
                    reason: error.to_string(),
                },
            }
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
            return Err(OciError::OtherContent { wanted, found });
        }
        Ok(content)
    }

    /// Puts blobs and then a manifest into the repository; the manifest goes to the reference's tag.
    ///
    /// # Errors
    /// [`OciError`] says why they are not taken.
    pub async fn push(
        &self,
        blobs: Vec<Vec<u8>>,
        manifest: Vec<u8>,
        media_type: &'static str,
    ) -> Result<(), OciError> {
        let Self {
            client,
            reference,
            auth,
        } = self;
        let push = async {
            client
                .auth(reference, auth, RegistryOperation::Push)
                .await?;
            for blob in blobs {
                let digest = Digest::of(&blob).to_string();
                client.push_blob(reference, blob, &digest).await?;
            }
            let media_type = http::HeaderValue::from_static(media_type);
            client
                .push_manifest_raw(reference, manifest, media_type)
                .await
        };
        let pushed = push.await.map_err(|error| OciError::of(error, reference));
        pushed.map(|_| ())
    }

    fn at_tag(&self, tag: &str) -> Reference {
        let registry = self.reference.registry().to_owned();
        let repository = self.reference.repository().to_owned();
        Reference::with_tag(registry, repository, tag.to_owned())
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}
