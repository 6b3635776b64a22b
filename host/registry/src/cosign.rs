//! Signatures that `cosign sign --key` puts beside an artifact: under a tag that is named after the
//! manifest's digest, one layer for each signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use gantry_model::limits;
use gantry_oci::{OciDescriptor, OciError, OciImageManifest, Registry};
use gantry_plugins::{Digest, ImageSignature, Keys, Untrusted};

use crate::error::RegistryError;

/// The media type of what a signature signs.
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation of a layer that has the signature.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// The first signature of a manifest that one of the keys made and that vouches for the plugin,
/// and the key's name.
pub(crate) async fn find(
    registry: &Registry,
    manifest: &Bytes,
    plugin: &Digest,
    keys: &Keys,
) -> Result<(ImageSignature, String), RegistryError> {
    let tag = format!("sha256-{}.sig", Digest::of(manifest).hex());
    let unsigned = || RegistryError::Untrusted(Untrusted::Unsigned { keys: keys.names() });
    let listed = match registry.manifest_at(&tag).await {
        Err(OciError::NotFound { .. }) => return Err(unsigned()),
        listed => listed?,
    };
    let listed: OciImageManifest = serde_json::from_slice(&listed).map_err(|error| {
        let reason = format!("the manifest of its signatures is of no known form: {error}");
        RegistryError::Untrusted(Untrusted::Garbled { reason })
    })?;
    let mut refused = unsigned();
    let layers = listed.layers.iter();
    for layer in layers.take(limits::ARTIFACT_SIGNATURES_MAX) {
        let Some(signature) = signature_of(layer) else {
            continue;
        };
        let max_bytes = limits::SIGNATURE_FILE_MAX_BYTES;
        let signed = ImageSignature {
            payload: registry.blob(layer, max_bytes, &|_, _| {}).await?,
            signature,
            manifest: manifest.to_vec(),
        };
        match signed.verify(keys, plugin) {
            Ok(key) => return Ok((signed, key.to_owned())),
            Err(error) => refused = RegistryError::Untrusted(error),
        }
    }
    Err(refused)
}

fn signature_of(layer: &OciDescriptor) -> Option<Vec<u8>> {
    if layer.media_type != SIMPLE_SIGNING {
        return None;
    }
    let text = layer.annotations.as_ref()?.get(SIGNATURE)?;
    BASE64.decode(text).ok()
}
