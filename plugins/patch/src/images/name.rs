//! The parts of an image's name.

use crate::selector::{Pattern, is_word, match_word};

/// Splits an image into name, tag and digest; what is missing is empty. The port of a registry
/// belongs to the name.
pub fn split(image: &str) -> (&str, &str, &str) {
    // A slash in front ends no registry.
    let path = image.find('/').unwrap_or(0);
    let after = |sign: char| {
        let rest = image.get(path..)?;
        rest.find(sign).map(|at| at + path)
    };
    let parts = |name: usize, tag: Option<usize>, digest: Option<usize>| {
        let end = digest.unwrap_or(image.len());
        let tag = tag.and_then(|at| image.get(at + 1..end));
        let digest = digest.and_then(|at| image.get(at + 1..));
        (
            image.get(..name).unwrap_or_default(),
            tag.unwrap_or_default(),
            digest.unwrap_or_default(),
        )
    };
    match (after(':'), after('@')) {
        (None, None) => (image, "", ""),
        (Some(tag), None) => parts(tag, Some(tag), None),
        (None, Some(digest)) => parts(digest, None, Some(digest)),
        (Some(tag), Some(digest)) if digest < tag => parts(digest, None, Some(digest)),
        (Some(tag), Some(digest)) => parts(tag, Some(tag), Some(digest)),
    }
}

/// Whether an image has a name, whatever its tag and its digest. A name that is no regular
/// expression is nobody's.
pub fn is_matched(image: &str, name: &str) -> bool {
    Name::read(name).matches(image)
}

/// Tag and digest; the digest's algorithm is as OCI has it.
const TAG: &str = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?";

/// A name to compare with.
pub(super) enum Name {
    Word(String),
    Pattern(Pattern),
    /// What is no regular expression matches nothing.
    Nobody,
}

impl Name {
    pub(super) fn read(name: &str) -> Self {
        if is_word(name) {
            return Self::Word(name.to_owned());
        }
        let pattern = Pattern::regex("image name", name, &format!("^{name}{TAG}$"));
        pattern.map_or(Self::Nobody, Self::Pattern)
    }

    pub(super) fn matches(&self, image: &str) -> bool {
        match self {
            Self::Word(word) => match_word(word, image).is_some_and(is_tag),
            Self::Pattern(pattern) => pattern.matches(image),
            Self::Nobody => false,
        }
    }
}

fn is_tag(text: &str) -> bool {
    fn word(text: &str) -> &str {
        text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_.{}-".contains(c))
    }
    let rest = text.strip_prefix(':').map_or(text, word);
    let Some(digest) = rest.strip_prefix('@') else {
        return rest.is_empty();
    };
    digest.split_once(':').is_some_and(|(algorithm, rest)| {
        let mut parts = algorithm.split(['.', '+', '_', '-']);
        let is_part =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        parts.all(is_part) && word(rest).is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_split() {
        for (image, parts) in [
            ("nginx", ("nginx", "", "")),
            ("nginx:1", ("nginx", "1", "")),
            ("nginx@sha256:a", ("nginx", "", "sha256:a")),
            ("nginx:1@sha256:a", ("nginx", "1", "sha256:a")),
            ("reg:5000/nginx", ("reg:5000/nginx", "", "")),
            ("reg:5000/a/nginx:1", ("reg:5000/a/nginx", "1", "")),
            (
                "reg:5000/nginx@sha256:a",
                ("reg:5000/nginx", "", "sha256:a"),
            ),
            ("", ("", "", "")),
        ] {
            assert_eq!(split(image), parts, "{image}");
        }
    }

    #[test]
    fn names_match_whatever_the_tag() {
        for (image, name, expected) in [
            ("nginx", "nginx", true),
            ("nginx:1.2-a_{x}", "nginx", true),
            ("nginx:1@sha256:abc", "nginx", true),
            ("nginx:", "nginx", true),
            ("nginx@sha512:abc", "nginx", true),
            ("nginx:1@multihash+base58:Qm", "ngin.", true),
            ("nginx@sha1-:abc", "nginx", false),
            ("nginx@abc", "nginx", false),
            ("my/nginx", "nginx", false),
            ("nginx2", "nginx", false),
            ("nginx:1", "ngin.", true),
            ("nginx:1", "ngin[xy]", true),
            ("nginx:1", "(nginx|apache)", true),
            ("nginx:1/2", "nginx", false),
            ("nginx", "", false),
            ("nginx", "a(", false),
        ] {
            assert_eq!(is_matched(image, name), expected, "{image} {name}");
        }
    }
}
