//! One part of a range: an operator and a version, parts of which may be left open.

use std::cmp::Ordering;

use super::{Version, cut};

/// How versions are compared with the one that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    /// `~1.2.3`: newer patches.
    Tilde,
    /// `^1.2.3`: what breaks nothing.
    Caret,
}

/// Up to which number a version is given: `1.2` and `1.2.x` are open from the patch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Major,
    Minor,
    Patch,
    None,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparator {
    operator: Operator,
    version: Version,
    open: Open,
}

impl Comparator {
    /// Reads the version after an operator: any number may be `x`, `X` or `*`.
    pub(super) fn parse(operator: Operator, text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no version");
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (core, _) = cut(bare, '+');
        let (numbers, _) = cut(core, '-');
        let tail = bare.get(numbers.len()..).unwrap_or_default();
        let parts: Vec<&str> = numbers.split('.').collect();
        let is_number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
        let is_known = |part: &&str| !part.is_empty() && (is_open(part) || is_number(part));
        if parts.len() > 3 || !parts.iter().all(is_known) {
            return Err(bad());
        }
        let open_at = (0..3).find(|at| parts.get(*at).is_none_or(|part| is_open(part)));
        // What follows the first open number says nothing: `1.x.3` is `1.x`.
        let given = parts.get(..open_at.unwrap_or(3)).unwrap_or_default();
        let filled = ["0"; 3].iter().skip(given.len());
        let filled: Vec<&str> = given.iter().chain(filled).copied().collect();
        let version = Version::parse(&format!("{}{tail}", filled.join("."))).ok_or_else(bad)?;
        let open = match open_at {
            Some(0) => Open::Major,
            Some(1) => Open::Minor,
            Some(_) => Open::Patch,
            None => Open::None,
        };
        Ok(Self {
            operator,
            version,
            open,
        })
    }

    /// Whether it asks for pre-releases.
    pub(super) fn names_pre_release(&self) -> bool {
        self.version.is_pre_release()
    }

    pub(super) fn admits(&self, version: &Version) -> bool {
        let order = version.precedence(&self.version);
        match self.operator {
            Operator::Equal if self.open == Open::None => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => order != Ordering::Less && self.tilde(version),
            Operator::NotEqual => self.differs(version),
            Operator::Greater => self.is_below(version),
            Operator::Less => order == Ordering::Less,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::LessOrEqual => self.is_not_below(version),
            Operator::Caret => order != Ordering::Less && self.caret(version),
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let named = &self.version;
        // `~0.0.0` and `*` admit everything.
        let is_zero = (named.major, named.minor, named.patch) == (0, 0, 0);
        if is_zero && matches!(self.open, Open::Major | Open::None) {
            return true;
        }
        version.major == named.major && (version.minor == named.minor || self.open == Open::Minor)
    }

    fn caret(&self, version: &Version) -> bool {
        let named = &self.version;
        if named.major > 0 || self.open == Open::Minor {
            return version.major == named.major;
        }
        if version.major > 0 {
            return false;
        }
        if named.minor > 0 || self.open == Open::Patch {
            return version.minor == named.minor;
        }
        version.minor == 0 && version.patch == named.patch
    }

    fn differs(&self, version: &Version) -> bool {
        let named = &self.version;
        match self.open {
            Open::Minor => version.major != named.major,
            Open::Patch => {
                (version.major, version.minor) != (named.major, named.minor)
                    || version.pre != named.pre
            }
            Open::Major | Open::None => version.precedence(named) != Ordering::Equal,
        }
    }

    /// `>1.2` begins with 1.3: what is open is all of it.
    fn is_below(&self, version: &Version) -> bool {
        let named = &self.version;
        match self.open {
            Open::Minor => version.major > named.major,
            Open::Patch => (version.major, version.minor) > (named.major, named.minor),
            Open::Major | Open::None => version.precedence(named) == Ordering::Greater,
        }
    }

    /// `<=1.2` ends with the last 1.2.
    fn is_not_below(&self, version: &Version) -> bool {
        let named = &self.version;
        match self.open {
            Open::Minor => version.major <= named.major,
            Open::None => version.precedence(named) != Ordering::Greater,
            Open::Major | Open::Patch => {
                (version.major, version.minor) <= (named.major, named.minor)
            }
        }
    }
}

fn is_open(part: &str) -> bool {
    matches!(part, "x" | "X" | "*")
}
