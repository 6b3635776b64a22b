//! From a plugin's file to an artifact in a registry.

use std::time::Duration;

use gantry_model::limits;
use gantry_oci::{OciError, Registry};
use gantry_plugins::Digest;

use crate::error::RegistryError;
use crate::layout::artifact;

/// A plugin to push.
#[derive(Clone, Debug)]
pub struct Push {
    /// The file.
    pub wasm: Vec<u8>,
    /// Its name, such as `helm.wasm`.
    pub title: String,
}

/// What is in the registry now.
#[derive(Clone, Copy, Debug)]
pub struct Pushed {
    /// The file's digest.
    pub digest: Digest,
    /// The digest of the artifact's manifest, which is what `cosign sign` is given.
    pub artifact: Digest,
}

impl Push {
    /// Pushes the plugin to a reference with a tag.
    ///
    /// # Errors
    /// [`RegistryError`] when the file is no plugin or the registry does not take it.
    pub async fn run(self, registry: &Registry) -> Result<Pushed, RegistryError> {
        if registry.is_pinned() {
            return Err(RegistryError::Oci(OciError::Reference {
                reference: registry.reference(),
                reason: "what is pushed gets its digest, so name a tag".to_owned(),
            }));
        }
        let surface = gantry_plugins::check(&self.wasm)?;
        let digest = Digest::of(&self.wasm);
        let time = Duration::from_secs(limits::PULL_TIMEOUT_SECS);
        let artifact = artifact(&self.wasm, &digest, &self.title, &surface);
        let pushed = Digest::of(&artifact.manifest);
        let blobs = vec![self.wasm, artifact.config];
        let push = registry.push(blobs, artifact.manifest, artifact.media_type);
        let done = tokio::time::timeout(time, push).await;
        done.map_err(|_| OciError::Broken {
            registry: registry.host().to_owned(),
            reason: format!("it took more than {} s", time.as_secs()),
        })??;
        Ok(Pushed {
            digest,
            artifact: pushed,
        })
    }
}
