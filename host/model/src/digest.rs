//! What a file is, in one line: `sha256:` and the hash of its bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// What every digest starts with; other hashes are not taken.
const PREFIX: &str = "sha256:";

/// The SHA-256 of a file, as registries and lock files write it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a digest: write sha256: and 64 hexadecimal digits")]
pub struct NoDigest {
    text: String,
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of several texts; no two lists of them have the same.
    pub fn of_texts(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut hash = Sha256::new();
        for text in texts {
            let text = text.as_ref();
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        Self(hash.finalize().into())
    }

    /// The 64 hexadecimal digits, without `sha256:`.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// As container tools shorten one in tables.
    pub fn short(&self) -> String {
        let digits: String = self.hex().chars().take(12).collect();
        format!("{PREFIX}{digits}")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        parse(text).ok_or_else(|| NoDigest {
            text: text.to_owned(),
        })
    }
}

/// As the OCI specification has it: lower-case digits only, so that one digest is one text.
fn parse(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix(PREFIX)?;
    let lower_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 64 || !digits.bytes().all(lower_hex) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Digest(bytes))
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::Digest;

    /// `printf abc | sha256sum`
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn texts_are_kept_apart() {
        assert_ne!(Digest::of_texts(["a", "bc"]), Digest::of_texts(["ab", "c"]));
        assert_eq!(Digest::of_texts(["a"]), Digest::of_texts(["a".to_owned()]));
    }

    #[test]
    fn a_digest_is_written_as_it_is_read() {
        let digest: Digest = ABC.parse().expect("a digest");
        assert_eq!(digest, Digest::of(b"abc"));
        assert_eq!(digest.to_string(), ABC);
        assert_eq!(format!("sha256:{}", digest.hex()), ABC);
    }

    #[test]
    fn nothing_else_is_a_digest() {
        let upper = ABC.to_uppercase();
        let short = &ABC[..ABC.len() - 1];
        let long = format!("{ABC}0");
        let other = ABC.replace("sha256", "sha512");
        for bad in ["", "latest", &ABC[7..], &upper, short, &long, &other] {
            let error = bad.parse::<Digest>().expect_err(bad).to_string();
            assert!(error.contains("64 hexadecimal digits"), "{error}");
        }
    }
}
