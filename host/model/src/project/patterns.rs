//! The three kinds of patterns that rules of a project are written in.

use fancy_regex::Regex;

use crate::glob::{BadGlob, Glob};

/// A separator that no name has: `*` matches anything.
const NONE: char = '\0';

/// A glob over a whole text, which `!` before it turns round (`globMatch` of `app_project_types.go`).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    glob: Glob,
    pub(crate) denies: bool,
}

impl Pattern {
    /// Reads one with `!`, where that has its meaning.
    pub(crate) fn parse(text: &str) -> Result<Self, BadGlob> {
        let (denies, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let glob = Glob::parse(rest, NONE)?;
        Ok(Self { glob, denies })
    }

    /// Reads one in which `!` is a letter like others.
    pub(crate) fn plain(text: &str) -> Result<Self, BadGlob> {
        let (glob, denies) = (Glob::parse(text, NONE)?, false);
        Ok(Self { glob, denies })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.glob.matches(text) != self.denies
    }
}

/// Reads a pattern of Go's `filepath.Match`, for names that have no `/`: `^` negates a class there, and
/// braces mean nothing.
pub(crate) fn path_glob(text: &str) -> Result<Glob, BadGlob> {
    let mut translated = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                translated.push(c);
                translated.extend(chars.next());
            }
            '{' | '}' => translated.extend(['\\', c]),
            '[' => {
                translated.push(c);
                if chars.next_if_eq(&'^').is_some() {
                    translated.push('!');
                }
            }
            c => translated.push(c),
        }
    }
    Glob::parse(&translated, NONE)
}

/// A pattern of `sourceNamespaces` and of the namespaces that a control plane serves: a glob, or a regular
/// expression between two `/`.
#[derive(Clone, Debug)]
pub enum NamePattern {
    /// A glob in which `*` matches anything.
    Glob(Glob),
    /// A regular expression.
    Regex(Box<Regex>),
}

impl NamePattern {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let between = text.strip_prefix('/').and_then(|t| t.strip_suffix('/'));
        match between {
            Some(regex) => Regex::new(regex)
                .map(|regex| Self::Regex(Box::new(regex)))
                .map_err(|error| error.to_string()),
            None => Glob::parse(text, NONE)
                .map(Self::Glob)
                .map_err(|error| error.to_string()),
        }
    }

    /// Whether it matches. A regular expression that takes too long matches nothing.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Glob(glob) => glob.matches(text),
            Self::Regex(regex) => regex.is_match(text).unwrap_or(false),
        }
    }
}
