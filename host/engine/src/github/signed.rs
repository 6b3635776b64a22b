//! What an app signs its requests with: a JSON web token by RS256, as GitHub wants it.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gantry_model::limits;
use gantry_model::secrets::GithubApp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivatePkcs1KeyDer, PrivatePkcs8KeyDer};
use serde_json::json;

use super::Refusal;

/// A token that says who asks, good for some minutes.
pub(super) fn token(app: &GithubApp, now: SystemTime) -> Result<String, Refusal> {
    let pair = pair(app.private_key.expose())?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let head = json!({"alg": "RS256", "typ": "JWT"});
    let claims = json!({
        "iat": now.saturating_sub(limits::GITHUB_SIGNED_EARLY_SECS),
        "exp": now + limits::GITHUB_SIGNED_SECS,
        "iss": app.id.to_string(),
    });
    let [head, claims] = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let signed = format!("{head}.{claims}");
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(
        &RSA_PKCS1_SHA256,
        &random,
        signed.as_bytes(),
        &mut signature,
    )
    .map_err(|_| Refusal::of_app("nothing can be signed with its private key"))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The key, in the form that GitHub hands out or in that of other tools.
fn pair(pem: &str) -> Result<RsaKeyPair, Refusal> {
    let bytes = pem.as_bytes();
    let pair = if let Ok(key) = PrivatePkcs1KeyDer::from_pem_slice(bytes) {
        RsaKeyPair::from_der(key.secret_pkcs1_der())
    } else {
        let key = PrivatePkcs8KeyDer::from_pem_slice(bytes);
        let key = key.map_err(|_| {
            Refusal::of_app("githubAppPrivateKey is no private key in PEM, as GitHub hands it out")
        })?;
        RsaKeyPair::from_pkcs8(key.secret_pkcs8_der())
    };
    // The reason is a word such as `TooSmall`.
    pair.map_err(|why| {
        Refusal::of_app(format!(
            "githubAppPrivateKey is no RSA key that can be used: {why}"
        ))
    })
}
