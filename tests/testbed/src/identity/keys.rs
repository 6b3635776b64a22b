//! Keys of an identity provider, and tokens signed with them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ring::{hmac, rand};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::TestbedError;

/// It protects nothing: the library at hand makes no RSA keys, and most providers sign with one.
pub(crate) const RSA: &str = include_str!("rsa.pem");

#[derive(Debug)]
enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

/// A key and its id.
#[derive(Debug)]
pub(super) struct Key {
    id: String,
    pair: Pair,
}

fn bad(error: impl std::fmt::Display) -> TestbedError {
    TestbedError::io("a key")(std::io::Error::other(error.to_string()))
}

impl Key {
    pub(super) fn rsa(id: &str) -> Result<Self, TestbedError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(RSA.as_bytes()).map_err(bad)?;
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(bad)?;
        Ok(Self {
            id: id.to_owned(),
            pair: Pair::Rsa(Box::new(pair)),
        })
    }

    pub(super) fn ec(id: &str) -> Result<Self, TestbedError> {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = EcdsaKeyPair::generate_pkcs8(kind, &random).map_err(bad)?;
        let pair = EcdsaKeyPair::from_pkcs8(kind, der.as_ref(), &random).map_err(bad)?;
        Ok(Self {
            id: id.to_owned(),
            pair: Pair::Ec(Box::new(pair)),
        })
    }

    /// What others verify with, as a JSON web key.
    pub(super) fn public(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": text(&public.n), "e": text(&public.e)})
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": self.id, "x": text(&point[1..33]), "y": text(&point[33..])})
            }
        }
    }

    /// A token. Fields of `head` go before its own; the algorithms `none` and `HS256` are what forgers try: no
    /// signature, and one by what everybody knows.
    pub(super) fn sign(&self, head: &Value, claims: &Value) -> Result<String, TestbedError> {
        let own = match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Ec(_) => "ES256",
        };
        let mut whole = json!({"alg": own, "kid": self.id, "typ": "JWT"});
        for (name, value) in head.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", text(&whole), text(claims));
        let signature = match whole["alg"].as_str() {
            Some("none") => Vec::new(),
            Some("HS256") => {
                let secret = self.public().to_string();
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            _ => self.signature(signed.as_bytes())?,
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn signature(&self, bytes: &[u8]) -> Result<Vec<u8>, TestbedError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature);
                signed.map_err(bad).map(|()| signature)
            }
            Pair::Ec(pair) => {
                let signature = pair.sign(&random, bytes).map_err(bad)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

/// A text that nobody guesses.
pub(super) fn random() -> Result<String, TestbedError> {
    let bytes = rand::generate::<[u8; 24]>(&SystemRandom::new()).map_err(bad)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.expose()))
}
