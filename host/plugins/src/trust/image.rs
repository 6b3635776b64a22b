//! The signature of an OCI artifact, as `cosign sign --key` makes it, checked without a registry:
//! the key signs a payload, which names a manifest, which names the plugin.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Keys, Untrusted};
use gantry_model::digest::Digest;

/// What a payload says that it signs.
const PAYLOAD_TYPE: &str = "cosign container image signature";

/// All that proves who signed the artifact that a plugin came in. Kept beside the plugin's file, so
/// that it can be checked again at each load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSignature {
    /// What was signed: a simple-signing document, which names the manifest's digest.
    pub payload: Vec<u8>,
    /// The signature over the payload.
    pub signature: Vec<u8>,
    /// The artifact's manifest, which names the plugin's digest.
    pub manifest: Vec<u8>,
}

/// The same as text. Unknown fields are refused: a document of another kind is no proof.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    payload: String,
    signature: String,
    manifest: String,
}

/// Where the chain from the key to the file is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The payload does not sign an image.
    #[error("what was signed is no statement about an artifact")]
    Payload,
    /// The payload is about another manifest.
    #[error("the artifact {signed} was signed, not {found}")]
    Manifest {
        /// What was signed.
        signed: String,
        /// What is there.
        found: Digest,
    },
    /// The manifest is of another plugin.
    #[error("the signed artifact does not hold the file {digest}")]
    Content {
        /// The file.
        digest: Digest,
    },
}

impl ImageSignature {
    /// The name of the key that signed an artifact with the plugin of this digest, and nothing but
    /// that, in it.
    ///
    /// # Errors
    /// [`Untrusted::NoKeyFits`], or [`Untrusted::Mismatch`] where the chain breaks.
    pub fn verify<'a>(&self, keys: &'a Keys, digest: &Digest) -> Result<&'a str, Untrusted> {
        let key = keys.verify(&self.payload, &self.signature)?;
        let payload: Value = serde_json::from_slice(&self.payload).unwrap_or_default();
        let text = |pointer| payload.pointer(pointer).and_then(Value::as_str);
        let signed = text("/critical/image/docker-manifest-digest")
            .filter(|_| text("/critical/type") == Some(PAYLOAD_TYPE))
            .ok_or(Mismatch::Payload)?;
        let found = Digest::of(&self.manifest);
        if signed != found.to_string() {
            return Err(Mismatch::Manifest {
                signed: signed.to_owned(),
                found,
            }
            .into());
        }
        let manifest: Value = serde_json::from_slice(&self.manifest).unwrap_or_default();
        let layers = manifest
            .get("layers")
            .and_then(Value::as_array)
            .map(Vec::as_slice);
        let of_layer = |layer: &Value| {
            layer.get("digest").and_then(Value::as_str) == Some(&digest.to_string())
        };
        match layers {
            Some([layer]) if of_layer(layer) => Ok(key),
            _ => Err(Mismatch::Content { digest: *digest }.into()),
        }
    }

    /// The text that is kept beside the plugin's file as its signature.
    pub fn to_json(&self) -> String {
        let text = Text {
            payload: BASE64.encode(&self.payload),
            signature: BASE64.encode(&self.signature),
            manifest: BASE64.encode(&self.manifest),
        };
        serde_json::json!(text).to_string()
    }

    pub(super) fn from_json(json: &Value) -> Result<Self, ()> {
        let text = Text::deserialize(json).map_err(|_| ())?;
        let bytes = |text: &String| BASE64.decode(text).map_err(|_| ());
        Ok(Self {
            payload: bytes(&text.payload)?,
            signature: bytes(&text.signature)?,
            manifest: bytes(&text.manifest)?,
        })
    }
}
