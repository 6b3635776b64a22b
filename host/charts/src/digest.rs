//! Digests of what is fetched, and of what it is remembered under.

use gantry_model::Digest;

/// The digest of several texts; no two lists of them have the same.
pub(crate) fn of_parts(parts: &[&str]) -> Digest {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Digest::of(&bytes)
}

/// Reads a digest of an index, where it is often the digits alone.
pub(crate) fn read(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let digits = digits.to_ascii_lowercase();
    format!("sha256:{digits}").parse().ok()
}

#[cfg(test)]
mod tests {
    use gantry_model::Digest;

    use super::{of_parts, read};

    #[test]
    fn digests_are_read_with_and_without_their_kind() {
        let digest = Digest::of(b"chart");
        for text in [
            digest.to_string(),
            digest.hex(),
            digest.hex().to_uppercase(),
        ] {
            assert_eq!(read(&text), Some(digest), "{text}");
        }
        let other = format!("sha512:{}", digest.hex());
        for none in ["", "sha256:", "sha256:00", &other] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(of_parts(&["a", "bc"]), of_parts(&["ab", "c"]));
    }
}
