//! Revisions that are ranges of versions: the newest tag that a range admits, as Argo CD chooses it
//! (`util/versions/tags.go`, `MaxVersion`).

use gantry_model::version::{Constraint, Version, best, is_range};

use crate::revision::Revision;

/// What a target revision asks for.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// One name.
    Named(Revision),
    /// The newest tag of a range; if there is none, what the text itself names.
    Range {
        text: String,
        constraint: Constraint,
        prefix: String,
    },
}

impl Target {
    /// Reads a revision. `prefix` is what tags start with that have a version behind it.
    pub(crate) fn parse(text: &str, prefix: &str) -> Self {
        let text = text.trim();
        match Revision::parse(text) {
            Revision::Name(name) if is_range(&name) => match Constraint::parse(&name) {
                Ok(constraint) => Self::Range {
                    text: name,
                    constraint,
                    prefix: prefix.to_owned(),
                },
                Err(_) => Self::Named(Revision::Name(name)),
            },
            Revision::Name(name) if Version::parse(&name).is_some() => {
                Self::Named(Revision::Name(format!("{prefix}{name}")))
            }
            other => Self::Named(other),
        }
    }

    /// The revision, once the names of all tags are known. `Err` has the newest of those that there
    /// are, where none fits and the text itself cannot be a name.
    pub(crate) fn choose<E>(
        &self,
        tags: impl FnOnce() -> Result<Vec<String>, E>,
    ) -> Result<Result<Revision, Vec<String>>, E> {
        let Self::Range {
            text,
            constraint,
            prefix,
        } = self
        else {
            let Self::Named(revision) = self else {
                return Ok(Err(Vec::new()));
            };
            return Ok(Ok(revision.clone()));
        };
        let tags = tags()?;
        let versions = tags.iter().filter_map(|tag| tag.strip_prefix(prefix));
        let mut versions: Vec<&str> = versions.filter(|v| Version::parse(v).is_some()).collect();
        if let Some(version) = best(constraint, versions.iter().copied()) {
            let tag = format!("refs/tags/{prefix}{version}");
            return Ok(Ok(Revision::Name(tag)));
        }
        let named = Revision::parse(text);
        if named.is_valid() {
            return Ok(Ok(named));
        }
        versions.sort_by(|a, b| match (Version::parse(a), Version::parse(b)) {
            (Some(a), Some(b)) => b.precedence(&a),
            _ => std::cmp::Ordering::Equal,
        });
        let newest = versions
            .into_iter()
            .map(|version| format!("{prefix}{version}"));
        Ok(Err(newest.collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::Target;
    use crate::revision::Revision;

    const TAGS: [&str; 9] = [
        "v1.0.0",
        "v1.2.0",
        "v1.10.0",
        "v2.0.0",
        "v2.1.0-rc.1",
        "app-0.9.0",
        "app-0.10.1",
        "latest",
        "2024.03-LTS-RC19",
    ];

    fn chosen(text: &str, prefix: &str) -> Result<Revision, Vec<String>> {
        let tags = || Ok::<_, Infallible>(TAGS.map(str::to_owned).to_vec());
        match Target::parse(text, prefix).choose(tags) {
            Ok(chosen) => chosen,
        }
    }

    #[test]
    fn ranges_choose_the_newest_tag_and_names_stay() {
        for (text, prefix, expected) in [
            ("1.*", "", "refs/tags/v1.10.0"),
            (">=1 <2", "", "refs/tags/v1.10.0"),
            (">= 1.0.0", "", "refs/tags/v2.0.0"),
            (">= 2.0.0-0 < 3.0.0", "", "refs/tags/v2.1.0-rc.1"),
            ("^1.0", "", "refs/tags/v1.10.0"),
            ("*", "", "refs/tags/v2.0.0"),
            ("0.x", "app-", "refs/tags/app-0.10.1"),
            ("1.x", "v", "refs/tags/v1.10.0"),
            ("0.9.0", "app-", "app-0.9.0"),
            ("main", "app-", "main"),
            ("latest", "", "latest"),
            ("v1.0.0", "", "v1.0.0"),
            // No tag fits, and a branch may have that name.
            ("3.x", "", "3.x"),
        ] {
            let expected = Revision::Name(expected.to_owned());
            assert_eq!(chosen(text, prefix), Ok(expected), "{text} {prefix}");
        }
        assert_eq!(chosen("", ""), Ok(Revision::Head));
        assert_eq!(chosen("HEAD", "app-"), Ok(Revision::Head));
    }

    #[test]
    fn a_range_that_nothing_fits_tells_what_there_is() {
        let newest = ["app-0.10.1", "app-0.9.0"].map(str::to_owned).to_vec();
        assert_eq!(chosen("^1.0", "app-"), Err(newest));
    }
}
