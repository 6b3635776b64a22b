//! What a provider says of itself: addresses and keys.

use std::time::Instant;

use gantry_model::limits;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Signatures that are taken at all. Those with a shared secret are not among them: the secret would be a public
/// key then.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The provider's own document.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    #[serde(default)]
    pub(super) authorization_endpoint: String,
    #[serde(default)]
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Metadata {
    /// Reads it; what is said must be of the issuer that was asked.
    pub(super) fn read(body: &[u8], issuer: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(body)
            .map_err(|error| format!("its configuration cannot be read: {error}"))?;
        if read.issuer != issuer {
            return Err(format!(
                "it calls itself `{}`, and oidc.config `{issuer}`: they must be the same",
                read.issuer
            ));
        }
        let needs_tls = issuer.starts_with("https:");
        let places = [
            &read.authorization_endpoint,
            &read.token_endpoint,
            &read.jwks_uri,
        ];
        for place in places.into_iter().filter(|place| !place.is_empty()) {
            let scheme = Url::parse(place).map(|url| url.scheme().to_owned());
            match scheme.as_deref() {
                Ok("https") => {}
                Ok("http") if !needs_tls => {}
                _ => return Err(format!("it names `{place}`, which is no https URL")),
            }
        }
        Ok(read)
    }

    /// Whether the secret of a client is sent in the body of a request.
    pub(super) fn wants_secret_in_body(&self) -> bool {
        let has = |name: &str| {
            let methods = &self.token_endpoint_auth_methods_supported;
            methods.iter().any(|method| method == name)
        };
        has("client_secret_post") && !has("client_secret_basic")
    }

    fn algorithms(&self) -> Vec<Algorithm> {
        let named = &self.id_token_signing_alg_values_supported;
        let is_named = |algorithm: &Algorithm| {
            let text = serde_json::to_value(algorithm).unwrap_or_default();
            named.iter().any(|name| text == name.as_str())
        };
        if named.is_empty() {
            // What every provider has.
            return vec![Algorithm::RS256];
        }
        ALGORITHMS.into_iter().filter(is_named).collect()
    }
}

/// A key that signs.
#[derive(Clone)]
pub(super) struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    pub(super) key: DecodingKey,
}

/// All that is known, since some time.
pub(super) struct Known {
    pub(super) metadata: Metadata,
    pub(super) algorithms: Vec<Algorithm>,
    keys: Vec<Key>,
    pub(super) since: Instant,
}

impl Known {
    pub(super) fn new(metadata: Metadata, keys: Vec<Key>) -> Self {
        Self {
            algorithms: metadata.algorithms(),
            metadata,
            keys,
            since: Instant::now(),
        }
    }

    /// The keys that a token may be signed with.
    pub(super) fn keys<'a>(
        &'a self,
        id: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a Key> {
        let fits = move |key: &&Key| {
            let is_it = id.is_none() || key.id.as_deref() == id;
            is_it && key.algorithms.contains(&algorithm)
        };
        self.keys.iter().filter(fits)
    }
}

/// Reads a key set. Keys of kinds that are not known are left out.
pub(super) fn keys(body: &[u8]) -> Result<Vec<Key>, String> {
    let unreadable = |error: String| format!("its keys cannot be read: {error}");
    let set: Value = serde_json::from_slice(body).map_err(|e| unreadable(e.to_string()))?;
    let all = set["keys"]
        .as_array()
        .ok_or_else(|| unreadable("there is no list `keys`".to_owned()))?;
    let keys: Vec<Key> = all
        .iter()
        .filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok())
        .filter_map(|jwk| key(&jwk))
        .take(limits::SSO_KEYS_MAX)
        .collect();
    if keys.is_empty() {
        return Err(unreadable(
            "there is none that verifies signatures".to_owned(),
        ));
    }
    Ok(keys)
}

fn key(jwk: &Jwk) -> Option<Key> {
    let common = &jwk.common;
    let signs = common
        .public_key_use
        .as_ref()
        .is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let own = common.key_algorithm.map(|algorithm| algorithm.to_string());
    let is_own = |algorithm: &Algorithm| {
        let text = serde_json::to_value(algorithm).unwrap_or_default();
        own.as_ref().is_none_or(|own| text == own.as_str())
    };
    let family: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => &ALGORITHMS[..6],
        AlgorithmParameters::EllipticCurve(_) => &ALGORITHMS[6..8],
        AlgorithmParameters::OctetKeyPair(_) => &ALGORITHMS[8..],
        // A shared secret.
        AlgorithmParameters::OctetKey(_) => return None,
    };
    let algorithms: Vec<Algorithm> = family.iter().copied().filter(is_own).collect();
    (signs && !algorithms.is_empty()).then_some(())?;
    Some(Key {
        id: common.key_id.clone(),
        algorithms,
        key: DecodingKey::from_jwk(jwk).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;
    use serde_json::{Value, json};

    use super::{Known, Metadata, keys};

    fn metadata(change: &Value) -> Value {
        let mut whole = json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/login",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
        });
        for (name, value) in change.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        whole
    }

    fn read(change: &Value) -> Result<Metadata, String> {
        let text = metadata(change).to_string();
        Metadata::read(text.as_bytes(), "https://id.example")
    }

    #[test]
    fn a_provider_speaks_of_itself_and_over_tls() {
        assert!(read(&json!({})).is_ok());
        for (change, word) in [
            (json!({"issuer": "https://id.example/"}), "must be the same"),
            (
                json!({"issuer": "https://evil.example"}),
                "must be the same",
            ),
            (
                json!({"jwks_uri": "http://id.example/keys"}),
                "no https URL",
            ),
            (
                json!({"token_endpoint": "file:///etc/passwd"}),
                "no https URL",
            ),
            (json!({"jwks_uri": null}), "cannot be read"),
        ] {
            let why = read(&change).expect_err("bad");
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn only_keys_that_sign_are_kept() {
        let rsa = |more: Value| {
            let mut key = json!({"kty": "RSA", "kid": "a", "n": "0vx7", "e": "AQAB"});
            for (name, value) in more.as_object().into_iter().flatten() {
                key[name] = value.clone();
            }
            key
        };
        let count =
            |all: Vec<Value>| keys(json!({"keys": all}).to_string().as_bytes()).map(|k| k.len());
        assert_eq!(
            count(vec![
                rsa(json!({})),
                rsa(json!({"use": "sig", "alg": "RS256"}))
            ]),
            Ok(2)
        );
        let shared = json!({"kty": "oct", "kid": "a", "alg": "HS256", "k": "AAAA"});
        for odd in [
            shared,
            rsa(json!({"use": "enc"})),
            rsa(json!({"alg": "RSA-OAEP"})),
            rsa(json!({"alg": "ES256"})),
            rsa(json!({"kty": "new"})),
            json!("key"),
        ] {
            assert!(count(vec![odd.clone()]).is_err(), "{odd}");
            assert_eq!(count(vec![odd, rsa(json!({}))]), Ok(1));
        }
        assert_eq!(count(vec![rsa(json!({})); 500]), Ok(64));
        assert!(keys(b"{}").is_err() && keys(b"<html>").is_err());
    }

    #[test]
    fn the_algorithms_are_those_that_the_provider_names_and_that_are_safe() {
        let of = |named: Value| {
            let read = read(&json!({"id_token_signing_alg_values_supported": named}));
            Known::new(read.expect("good"), Vec::new()).algorithms
        };
        assert_eq!(of(json!([])), [Algorithm::RS256]);
        assert_eq!(
            of(json!(["none", "HS256", "ES256", "odd"])),
            [Algorithm::ES256]
        );
        assert!(of(json!(["none", "HS512"])).is_empty());
    }
}
