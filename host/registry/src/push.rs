//! From a plugin's file to an artifact in a registry.

use std::time::Duration;

use gantry_model::limits;
use gantry_plugins::Digest;
use oci_client::RegistryOperation;
use oci_client::errors::OciDistributionError;

use crate::error::RegistryError;
use crate::layout::artifact;
use crate::session::Registry;

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
        if registry.reference.digest().is_some() {
            return Err(RegistryError::Reference {
                reference: registry.reference.to_string(),
                reason: "what is pushed gets its digest, so name a tag".to_owned(),
            });
        }
        let surface = gantry_plugins::check(&self.wasm)?;
        let digest = Digest::of(&self.wasm);
        let time = Duration::from_secs(limits::PULL_TIMEOUT_SECS);
        let artifact = artifact(&self.wasm, &digest, &self.title, &surface);
        let pushed = Digest::of(&artifact.manifest);
        let push = async {
            let Registry {
                client,
                reference,
                auth,
            } = registry;
            client
                .auth(reference, auth, RegistryOperation::Push)
                .await?;
            client
                .push_blob(reference, self.wasm, &digest.to_string())
                .await?;
            let config = artifact.config_digest.to_string();
            client
                .push_blob(reference, artifact.config, &config)
                .await?;
            let media_type = http::HeaderValue::from_static(artifact.media_type);
            client
                .push_manifest_raw(reference, artifact.manifest, media_type)
                .await?;
            Ok::<_, OciDistributionError>(())
        };
        let done = tokio::time::timeout(time, push).await;
        done.map_err(|_| RegistryError::Broken {
            registry: registry.reference.registry().to_owned(),
            reason: format!("it took more than {} s", time.as_secs()),
        })?
        .map_err(|error| RegistryError::of(error, &registry.reference))?;
        Ok(Pushed {
            digest,
            artifact: pushed,
        })
    }
}
