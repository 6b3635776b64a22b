//! The forms of a signature file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::{ImageSignature, Untrusted};

/// Where the JSON forms of cosign keep the signature of a file: its older and its newer bundle.
const BUNDLE_FIELDS: [&str; 2] = ["/base64Signature", "/messageSignature/signature"];

/// What a signature file holds.
#[derive(Debug)]
pub(super) enum Signature {
    /// The bytes of a signature over the plugin's file.
    OfFile(Vec<u8>),
    /// A signature over the artifact that the plugin was pulled in.
    OfImage(ImageSignature),
}

impl Signature {
    /// Reads what `cosign sign-blob` writes (base64, or a bundle), what `gantry plugin pull` keeps,
    /// or the bytes of a signature as they are.
    pub(super) fn read(file: &[u8]) -> Result<Self, Untrusted> {
        let garbled = |reason: &str| Untrusted::Garbled {
            reason: reason.to_owned(),
        };
        if file.trim_ascii().is_empty() {
            return Err(garbled("it is empty"));
        }
        if let Ok(json @ Value::Object(_)) = serde_json::from_slice(file) {
            if let Ok(image) = ImageSignature::from_json(&json) {
                return Ok(Self::OfImage(image));
            }
            let text = BUNDLE_FIELDS
                .iter()
                .find_map(|field| json.pointer(field)?.as_str())
                .ok_or_else(|| garbled("it is JSON without a signature in it"))?;
            let decoded = BASE64
                .decode(text)
                .map_err(|_| garbled("its JSON holds no base64"))?;
            return Ok(Self::OfFile(decoded));
        }
        // Base64 is tried first: no signature's own bytes are all of its alphabet.
        let decoded = BASE64.decode(file.trim_ascii());
        Ok(Self::OfFile(decoded.unwrap_or_else(|_| file.to_vec())))
    }
}
