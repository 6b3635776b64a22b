//! What plugins may be called.

/// Whether a file's stem can be a plugin's name: `[a-z0-9][a-z0-9-]*`.
pub fn is_plugin_name(name: &str) -> bool {
    !name.starts_with('-')
        && !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::is_plugin_name;

    #[test]
    fn names() {
        for good in ["a", "plain-yaml", "7zip", "a-"] {
            assert!(is_plugin_name(good), "{good}");
        }
        for bad in ["", "-a", "A", "a.b", "a b", "ä", "a_b", "a/b"] {
            assert!(!is_plugin_name(bad), "{bad}");
        }
    }
}
