//! Versions of charts and of tags, and ranges of them, as `Masterminds/semver` has them: what Helm
//! and Argo CD read in `targetRevision`.

mod comparator;
mod constraint;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

pub use constraint::{BadConstraint, Constraint};

use crate::limits;

/// A version such as `1.2.3-rc.1+build`, also `v1.2`: what is left out is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    /// What follows the dash, or empty.
    pre: String,
}

impl Version {
    /// Reads a version; none where the text is no version.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > limits::VERSION_MAX_BYTES {
            return None;
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = cut(text, '+');
        let (numbers, pre) = cut(text, '-');
        if !metadata.is_none_or(is_dotted) || !pre.is_none_or(is_pre_release) {
            return None;
        }
        let mut numbers = numbers.split('.');
        let major = number(numbers.next()?)?;
        let minor = numbers.next().map_or(Some(0), number)?;
        let patch = numbers.next().map_or(Some(0), number)?;
        numbers.next().is_none().then(|| Self {
            major,
            minor,
            patch,
            pre: pre.unwrap_or_default().to_owned(),
        })
    }

    /// Whether it is a pre-release, such as `1.0.0-rc.1`.
    pub fn is_pre_release(&self) -> bool {
        !self.pre.is_empty()
    }

    /// Which of two is the newer one, as Semantic Versioning orders them. Build metadata (`+…`) has
    /// no say.
    pub fn precedence(&self, other: &Self) -> Ordering {
        let core = |v: &Self| (v.major, v.minor, v.patch);
        core(self).cmp(&core(other)).then_with(|| {
            match (self.is_pre_release(), other.is_pre_release()) {
                (false, false) => Ordering::Equal,
                (false, true) => Ordering::Greater,
                (true, false) => Ordering::Less,
                (true, true) => by_parts(&self.pre, &other.pre),
            }
        })
    }
}

/// The newest of the texts that a range admits; texts that are no versions are passed over.
pub fn best<'a>(
    constraint: &Constraint,
    texts: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let admitted = texts.into_iter().filter_map(|text| {
        let version = Version::parse(text)?;
        constraint.admits(&version).then_some((version, text))
    });
    // The first of equals, as Argo CD takes it.
    let best = admitted.reduce(|best, next| match next.0.precedence(&best.0) {
        Ordering::Greater => next,
        _ => best,
    });
    best.map(|(_, text)| text)
}

/// Whether a revision is a range such as `1.*` or `^2.0`, and neither a version nor another name.
pub fn is_range(revision: &str) -> bool {
    Version::parse(revision).is_none() && Constraint::parse(revision).is_ok()
}

/// The text before a mark, and what follows it.
fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn number(digits: &str) -> Option<u64> {
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

/// Identifiers with dots between.
fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

/// The same, and no number begins with 0.
fn is_pre_release(text: &str) -> bool {
    is_dotted(text)
        && text.split('.').all(|part| {
            part.len() == 1 || !part.starts_with('0') || !part.bytes().all(|b| b.is_ascii_digit())
        })
}

fn by_parts(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (number(a), number(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
