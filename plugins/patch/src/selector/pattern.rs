//! Regular expressions, most of which are plain words.

use regex_lite::Regex;

use crate::error::PatchError;

/// A pattern that has to fit a whole text.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Any,
    /// Has no other operator than the dot, which stands for one character.
    Word(String),
    Regex(Regex),
}

impl Pattern {
    /// A pattern; an empty one fits everything.
    pub(crate) fn whole(field: &'static str, pattern: &str) -> Result<Self, PatchError> {
        if pattern.is_empty() {
            return Ok(Self::Any);
        }
        if is_word(pattern) {
            return Ok(Self::Word(pattern.to_owned()));
        }
        Self::regex(field, pattern, &format!("^(?:{pattern})$"))
    }

    /// The regular expression that a pattern is part of.
    pub(crate) fn regex(
        field: &'static str,
        pattern: &str,
        whole: &str,
    ) -> Result<Self, PatchError> {
        Regex::new(whole)
            .map(Self::Regex)
            .map_err(|e| PatchError::Pattern {
                field,
                pattern: pattern.to_owned(),
                reason: e.to_string(),
            })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Word(word) => match_word(word, text) == Some(""),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Whether a pattern has no operator but the dot.
pub(crate) fn is_word(pattern: &str) -> bool {
    pattern
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_/:@.".contains(&b))
}

/// What follows the word at the start of a text.
pub(crate) fn match_word<'t>(word: &str, text: &'t str) -> Option<&'t str> {
    let mut chars = text.chars();
    for wanted in word.chars() {
        let found = chars.next()?;
        if found != wanted && (wanted != '.' || found == '\n') {
            return None;
        }
    }
    Some(chars.as_str())
}
