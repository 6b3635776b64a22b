//! Which version of a chart a `targetRevision` means.

use std::cmp::Ordering;

use gantry_model::version::{BadConstraint, Constraint, Version, best};

/// What was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// The newest that is no pre-release.
    Newest,
    /// A version with all of its three numbers.
    Exact(String),
    /// A range; `1.2` is one, as Helm takes it.
    Range(String),
}

impl Wanted {
    /// Reads a `targetRevision`.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() || text == "*" {
            Self::Newest
        } else if Version::parse(text).is_some() && is_complete(text) {
            Self::Exact(text.to_owned())
        } else {
            Self::Range(text.to_owned())
        }
    }

    /// Whether it can only ever mean one version.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Self::Exact(_))
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Newest => "*",
            Self::Exact(text) | Self::Range(text) => text,
        }
    }

    /// The version that is meant: the very text if it is there, else the newest that fits. An exact
    /// `v1.2.3` finds 1.2.3, and `1.2` the newest 1.2.x, as with Helm.
    pub(crate) fn among<'a>(
        &self,
        versions: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Option<&'a str>, BadConstraint> {
        let text = self.text();
        if let Some(found) = versions.clone().find(|version| *version == text) {
            return Ok(Some(found));
        }
        Ok(best(&Constraint::parse(text)?, versions))
    }
}

fn is_complete(version: &str) -> bool {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    numbers.matches('.').count() == 2
}

/// Versions, newest first; what is no version comes last.
pub(crate) fn newest_first<'a>(versions: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut versions: Vec<(Option<Version>, &str)> =
        versions.map(|text| (Version::parse(text), text)).collect();
    versions.sort_by(|(one, _), (other, _)| match (one, other) {
        (Some(one), Some(other)) => other.precedence(one),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    versions
        .into_iter()
        .map(|(_, text)| text.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Wanted, newest_first};

    #[test]
    fn target_revisions_find_their_version() {
        let has = [
            "1.2.3",
            "1.3.0",
            "2.0.0-rc.1",
            "1.2.4+b",
            "0.9.0",
            "nightly",
        ];
        for (wanted, expected) in [
            ("", Some("1.3.0")),
            ("*", Some("1.3.0")),
            ("1.2.3", Some("1.2.3")),
            ("v1.2.3", Some("1.2.3")),
            ("1.2", Some("1.2.4+b")),
            ("1.2.4", Some("1.2.4+b")),
            ("~1.2.0", Some("1.2.4+b")),
            ("<1", Some("0.9.0")),
            (">=2.0.0-0", Some("2.0.0-rc.1")),
            ("2.0.0-rc.1", Some("2.0.0-rc.1")),
            ("nightly", Some("nightly")),
            ("2.x", None),
            ("3.0.0", None),
        ] {
            let found = Wanted::read(wanted).among(has.iter().copied());
            assert_eq!(found, Ok(expected), "{wanted:?}");
        }
        assert!(Wanted::read("main").among(has.iter().copied()).is_err());
        assert_eq!(
            newest_first(has.iter().copied()),
            [
                "2.0.0-rc.1",
                "1.3.0",
                "1.2.4+b",
                "1.2.3",
                "0.9.0",
                "nightly"
            ]
        );
    }
}
