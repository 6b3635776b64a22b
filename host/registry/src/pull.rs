//! From a reference to a plugin that may be kept.

use std::time::Duration;

use gantry_model::limits;
use gantry_oci::{OciError, Progress, Registry};
use gantry_plugins::{Digest, ImageSignature, Policy, Surface};

use crate::cosign;
use crate::error::RegistryError;
use crate::layout::plugin_layer;

/// What is demanded of what is pulled.
#[derive(Clone, Debug, Default)]
pub struct Pull {
    /// The digest that the plugin's file must have.
    pub digest: Option<Digest>,
    /// Which plugins may be kept. With keys in it, the artifact must be signed by one of them.
    pub policy: Policy,
}

/// A plugin, checked.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// The file.
    pub wasm: Vec<u8>,
    /// The file's digest.
    pub digest: Digest,
    /// The digest of the artifact's manifest.
    pub artifact: Digest,
    /// What the file imports and exports.
    pub surface: Surface,
    /// The proof of who signed it, and that key's name; none where no signature was asked for.
    pub signature: Option<(ImageSignature, String)>,
}

impl Pull {
    /// Pulls the plugin of a reference. Whether it may be kept is decided before and after its
    /// download: by size and digest before, by content and signature after.
    ///
    /// # Errors
    /// [`RegistryError`] says what failed or why the plugin must not be kept.
    pub async fn run(
        &self,
        registry: &Registry,
        progress: Progress<'_>,
    ) -> Result<Pulled, RegistryError> {
        let time = Duration::from_secs(limits::PULL_TIMEOUT_SECS);
        let pulled = tokio::time::timeout(time, self.pull(registry, progress)).await;
        pulled.map_err(|_| OciError::Broken {
            registry: registry.host().to_owned(),
            reason: format!("it took more than {} s", time.as_secs()),
        })?
    }

    async fn pull(
        &self,
        registry: &Registry,
        progress: Progress<'_>,
    ) -> Result<Pulled, RegistryError> {
        let manifest = registry.manifest().await?;
        let no_plugin = |reason| RegistryError::NoPlugin {
            reference: registry.reference(),
            reason,
        };
        let layer = plugin_layer(&manifest).map_err(no_plugin)?;
        let digest: Digest = layer
            .digest
            .parse()
            .map_err(|error: gantry_plugins::NoDigest| no_plugin(error.to_string()))?;
        if let Some(wanted) = self.digest.filter(|wanted| *wanted != digest) {
            return Err(RegistryError::Oci(OciError::OtherContent {
                wanted: wanted.to_string(),
                found: digest.to_string(),
            }));
        }
        let signature = if self.policy.needs_signature() {
            Some(cosign::find(registry, &manifest, &digest, &self.policy.keys).await?)
        } else {
            None
        };
        let max_bytes = limits::PLUGIN_FILE_MAX_BYTES;
        let wasm = registry.blob(&layer, max_bytes, progress).await?;
        let surface = gantry_plugins::check(&wasm)?;
        let proof = signature.as_ref().map(|(proof, _)| proof.to_json());
        let proof = proof.as_deref().map(str::as_bytes);
        // The same question as at each load, so that nothing is kept that would not be loaded.
        self.policy.check(&digest, &wasm, proof)?;
        Ok(Pulled {
            wasm,
            digest,
            artifact: Digest::of(&manifest),
            surface,
            signature,
        })
    }
}
