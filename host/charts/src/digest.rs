//! Digests as an index has them.

use gantry_model::Digest;

/// Reads a digest of an index, where it is often the digits alone.
pub(crate) fn read(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let digits = digits.to_ascii_lowercase();
    format!("sha256:{digits}").parse().ok()
}

#[cfg(test)]
mod tests {
    use gantry_model::Digest;

    use super::read;

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
}
