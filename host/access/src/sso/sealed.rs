//! What a login is to remember while somebody is at the provider: it lies in a cookie, and only this control plane
//! can read and write it. What else is sealed is so in the same way, with a key of its own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A login that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// What the provider says again.
    pub(super) state: String,
    /// What the token says again.
    pub(super) nonce: String,
    /// What the code is good for (PKCE).
    pub(super) verifier: String,
    /// Where the provider sends the browser.
    pub(super) callback: String,
    /// Where to go then.
    pub(super) place: String,
    /// When, in seconds since the Unix epoch.
    pub(super) since: i64,
}

/// What the key of a login is for.
const LOGIN: &[u8] = b"login";

impl Pending {
    /// Seals it with what is derived from the key that signs tokens.
    pub(super) fn seal(&self, signing: &[u8]) -> Option<String> {
        seal(self, signing, LOGIN)
    }

    pub(super) fn open(text: &str, signing: &[u8]) -> Option<Self> {
        open(text, signing, LOGIN)
    }
}

/// Seals something with a key for one purpose, which is derived from the key that signs tokens.
pub(super) fn seal(what: &impl Serialize, signing: &[u8], purpose: &[u8]) -> Option<String> {
    let key = key(signing, purpose)?;
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let mut sealed = serde_json::to_vec(what).ok()?;
    let unique = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(unique, Aad::empty(), &mut sealed)
        .ok()?;
    Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

/// Opens what was sealed for that purpose.
pub(super) fn open<T: DeserializeOwned>(text: &str, signing: &[u8], purpose: &[u8]) -> Option<T> {
    let key = key(signing, purpose)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    let open = key.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
    serde_json::from_slice(open).ok()
}

fn key(signing: &[u8], purpose: &[u8]) -> Option<LessSafeKey> {
    // Without a key anybody could seal.
    (!signing.is_empty()).then_some(())?;
    let extracted = Salt::new(HKDF_SHA256, b"gantry single sign-on").extract(signing);
    let info = [purpose];
    let expanded = extracted.expand(&info, &CHACHA20_POLY1305).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(expanded)))
}

#[cfg(test)]
mod tests {
    use super::Pending;

    #[test]
    fn only_who_has_the_key_reads_and_writes() {
        let pending = Pending {
            state: "s".to_owned(),
            nonce: "n".to_owned(),
            verifier: "v".to_owned(),
            callback: "https://gantry.example/auth/callback".to_owned(),
            place: "/applications".to_owned(),
            since: 5,
        };
        let sealed = pending.seal(b"key").expect("sealed");
        assert_eq!(Pending::open(&sealed, b"key"), Some(pending.clone()));
        assert_ne!(pending.seal(b"key").expect("sealed"), sealed);
        assert_eq!(Pending::open(&sealed, b"other"), None);
        assert_eq!(Pending::open(&sealed[1..], b"key"), None);
        assert_eq!(Pending::open("", b"key"), None);
        assert!(pending.seal(b"").is_none() && Pending::open(&sealed, b"").is_none());
    }
}
