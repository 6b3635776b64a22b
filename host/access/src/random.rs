//! What nobody can guess: from the system's own source.

use ring::rand::{SecureRandom, SystemRandom};

/// Argo CD's generated passwords have these characters.
const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

/// A text of some characters, each of them equally likely; none where the system has no randomness.
pub(crate) fn text(length: usize) -> Option<String> {
    let random = SystemRandom::new();
    let mut text = String::with_capacity(length);
    // Bytes beyond the last whole multiple are left out, or the first characters would be likelier.
    let most = u8::try_from(256 / CHARACTERS.len() * CHARACTERS.len() - 1).unwrap_or(u8::MAX);
    while text.len() < length {
        let mut bytes = [0_u8; 64];
        random.fill(&mut bytes).ok()?;
        let fair = bytes.iter().filter(|byte| **byte <= most);
        let chars = fair.map(|byte| char::from(CHARACTERS[usize::from(*byte) % CHARACTERS.len()]));
        text.extend(chars.take(length - text.len()));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn cve_2022_31034_texts_are_long_and_differ() {
        let (a, b) = (
            super::text(32).expect("random"),
            super::text(32).expect("random"),
        );
        assert_eq!((a.len(), b.len()), (32, 32));
        assert_ne!(a, b);
    }
}
