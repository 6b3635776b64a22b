//! Tags and digests: where in a registry's repository a manifest is.

/// Which manifest is meant.
pub(crate) enum Place {
    Tag(String),
    /// `sha256:…`, and the tag before it or empty.
    Digest(String, String),
}

impl Place {
    /// Reads `sha256:…` and `TAG@sha256:…`.
    pub(super) fn with_digest(text: &str) -> Option<Self> {
        let (tag, digest) = text.split_at(text.find("sha256:")?);
        let tag = tag.trim_end_matches('@').to_owned();
        Some(Self::Digest(digest.to_owned(), tag))
    }

    /// Takes `HOST/PATH:TAG` or `HOST/PATH@sha256:…` apart; a version is the tag where there is none.
    pub(crate) fn split<'u>(url: &'u str, version: &str) -> (&'u str, Self) {
        if let Some((path, digest)) = url.split_once('@') {
            let place = Self::Digest(digest.to_owned(), version.to_owned());
            return (path, place);
        }
        let name = url.rfind('/').map_or(0, |at| at + 1);
        match url.get(name..).and_then(|name| name.find(':')) {
            Some(at) => {
                let (path, tag) = url.split_at(name + at);
                (path, Self::Tag(tag.trim_start_matches(':').to_owned()))
            }
            None => (url, Self::Tag(tag_of(version))),
        }
    }
}

/// A tag has no `+`, so Helm writes `_`.
pub(super) fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn urls_of_an_index_are_taken_apart() {
        for (url, expected) in [
            (
                "r.example/charts/web:1.0.0",
                ("r.example/charts/web", "1.0.0"),
            ),
            (
                "r.example:5000/web:1.0.0_b",
                ("r.example:5000/web", "1.0.0_b"),
            ),
            ("r.example:5000/web", ("r.example:5000/web", "2.0.0_b")),
            (
                "r.example/web@sha256:00",
                ("r.example/web", "2.0.0+b@sha256:00"),
            ),
        ] {
            let (path, place) = Place::split(url, "2.0.0+b");
            let place = match place {
                Place::Tag(tag) => tag,
                Place::Digest(digest, tag) => format!("{tag}@{digest}"),
            };
            assert_eq!((path, place.as_str()), expected, "{url}");
        }
    }
}
