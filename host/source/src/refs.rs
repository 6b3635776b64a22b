//! Where the refs of a repository point, and what that makes of a target revision.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;

use gix::ObjectId;

use crate::range::Target;
use crate::revision::Revision;

/// The refs of a repository at one moment: branches, tags, HEAD, each with the commit it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refs(BTreeMap<String, ObjectId>);

/// What a target revision means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A ref, which leads to this commit.
    Commit(String),
    /// An object id, or the beginning of one: no ref has a say in what it is.
    Id(String),
    /// Nothing: there is no such branch or tag.
    Nothing,
}

impl Refs {
    /// What a revision means, as [`crate::Repositories::commit_of_tag`] takes it.
    pub fn resolve(&self, revision: &str, tag_prefix: &str) -> Resolved {
        let chosen =
            Target::parse(revision, tag_prefix).choose(|| Ok::<_, Infallible>(self.tags()));
        let Ok(Ok(wanted)) = chosen else {
            return Resolved::Nothing;
        };
        if let Revision::Commit(id) = &wanted {
            return Resolved::Id(id.to_string());
        }
        let names = wanted.ref_names();
        match names.iter().find_map(|name| self.0.get(name)) {
            Some(id) => Resolved::Commit(id.to_string()),
            None if wanted.is_short_id() => Resolved::Id(revision.trim().to_ascii_lowercase()),
            None => Resolved::Nothing,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, as in a repository without a commit.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A text that is another one if any ref was made, moved or deleted.
    pub fn fingerprint(&self) -> String {
        let mut hash = gix::hash::hasher(gix::hash::Kind::Sha1);
        let mut line = String::new();
        for (name, id) in &self.0 {
            line.clear();
            // Writing to a text never fails.
            let _ = writeln!(line, "{id} {name}");
            hash.update(line.as_bytes());
        }
        hash.try_finalize()
            .map(|id| id.to_string())
            .unwrap_or_default()
    }

    /// The names of all tags.
    pub fn tags(&self) -> Vec<String> {
        self.below("refs/tags/", |_| true)
    }

    /// The names of all branches.
    pub fn branches(&self) -> Vec<String> {
        self.below("refs/heads/", |_| true)
    }

    /// The names of the tags that lead to a commit.
    pub fn tags_of(&self, commit: &str) -> Vec<String> {
        let wanted = ObjectId::from_hex(commit.as_bytes()).ok();
        self.below("refs/tags/", |id| Some(*id) == wanted)
    }

    fn below(&self, prefix: &str, fits: impl Fn(&ObjectId) -> bool) -> Vec<String> {
        let fitting = self.0.iter().filter(|(_, id)| fits(id));
        let names = fitting.filter_map(|(name, _)| name.strip_prefix(prefix));
        names.map(str::to_owned).collect()
    }
}

impl FromIterator<(String, ObjectId)> for Refs {
    fn from_iter<T: IntoIterator<Item = (String, ObjectId)>>(refs: T) -> Self {
        Self(refs.into_iter().collect())
    }
}

/// Whether a revision is a whole commit id: it means the same for ever.
pub fn is_commit_id(revision: &str) -> bool {
    matches!(Revision::parse(revision), Revision::Commit(_))
}

/// The ref that a revision names in full and that is neither branch nor tag, as `refs/pull/1/head`:
/// whoever lists refs has to ask for it.
pub fn ref_name(revision: &str) -> Option<String> {
    let revision = Revision::parse(revision);
    let Revision::Name(name) = &revision else {
        return None;
    };
    let is_listed = ["refs/heads/", "refs/tags/"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    (name.starts_with("refs/") && !is_listed && revision.is_valid()).then(|| name.clone())
}

#[cfg(test)]
mod tests {
    use gix::ObjectId;

    use super::{Refs, Resolved, ref_name};

    fn id(digit: char) -> ObjectId {
        let text = digit.to_string().repeat(40);
        ObjectId::from_hex(text.as_bytes()).expect("an id")
    }

    fn refs() -> Refs {
        let refs = [
            ("HEAD", 'a'),
            ("refs/heads/main", 'a'),
            ("refs/heads/feature/x", 'b'),
            ("refs/heads/both", 'b'),
            ("refs/heads/abcdef1", 'b'),
            ("refs/tags/both", 'c'),
            ("refs/tags/v1.0.0", 'c'),
            ("refs/tags/v1.10.0", 'd'),
            ("refs/tags/app-2.0.0", 'e'),
            ("refs/pull/1/head", 'f'),
        ];
        refs.into_iter()
            .map(|(n, d)| (n.to_owned(), id(d)))
            .collect()
    }

    #[test]
    fn revisions_mean_what_a_fetch_makes_of_them() {
        let commit = |digit| Resolved::Commit(id(digit).to_string());
        let full = "0123456789012345678901234567890123456789";
        for (revision, prefix, expected) in [
            ("", "", commit('a')),
            ("HEAD", "", commit('a')),
            ("main", "", commit('a')),
            (" main ", "", commit('a')),
            ("feature/x", "", commit('b')),
            ("refs/heads/feature/x", "", commit('b')),
            ("feature", "", Resolved::Nothing),
            ("both", "", commit('b')),
            ("refs/tags/both", "", commit('c')),
            ("v1.0.0", "", commit('c')),
            ("1.*", "", commit('d')),
            (">=1 <2", "", commit('d')),
            ("2.x", "app-", commit('e')),
            ("2.0.0", "app-", commit('e')),
            ("3.x", "", Resolved::Nothing),
            ("^3.0", "", Resolved::Nothing),
            ("refs/pull/1/head", "", commit('f')),
            ("refs/pull/2/head", "", Resolved::Nothing),
            (full, "", Resolved::Id(full.to_owned())),
            ("abcdef1", "", commit('b')),
            ("ABCDEF2", "", Resolved::Id("abcdef2".to_owned())),
            ("a..b", "", Resolved::Nothing),
        ] {
            assert_eq!(
                refs().resolve(revision, prefix),
                expected,
                "{revision} {prefix}"
            );
        }
    }

    #[test]
    fn branches_and_tags_are_listed_by_their_names() {
        assert_eq!(refs().branches(), ["abcdef1", "both", "feature/x", "main"]);
        assert_eq!(refs().tags(), ["app-2.0.0", "both", "v1.0.0", "v1.10.0"]);
        assert_eq!(refs().tags_of(&id('c').to_string()), ["both", "v1.0.0"]);
        assert!(refs().tags_of("c").is_empty());
    }

    #[test]
    fn a_fingerprint_tells_that_a_ref_moved() {
        let mut other = refs();
        assert_eq!(other.fingerprint(), refs().fingerprint());
        other.0.insert("refs/heads/main".to_owned(), id('9'));
        assert_ne!(other.fingerprint(), refs().fingerprint());
    }

    #[test]
    fn refs_that_must_be_asked_for_by_name() {
        for (revision, expected) in [
            ("main", None),
            ("refs/heads/main", None),
            ("refs/tags/v1", None),
            ("refs/pull/1/head", Some("refs/pull/1/head")),
            ("refs/pull/*", None),
            ("", None),
        ] {
            assert_eq!(ref_name(revision).as_deref(), expected, "{revision}");
        }
    }
}
