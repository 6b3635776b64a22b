//! Ranges of versions: `^1.2`, `~1`, `1.x`, `>=1.0 <2.0`, `1.0 - 2.0`, with `||` between.

use super::Version;
use super::comparator::{Comparator, Operator};
use crate::limits;

/// A text that is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{constraint:?} is no version and no range of versions: {reason}")]
pub struct BadConstraint {
    /// What was given.
    pub constraint: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A range of versions. Pre-releases are in it only where it names one itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// One of these, with all of its parts.
    alternatives: Vec<Vec<Comparator>>,
}

impl Constraint {
    /// Reads a range. A version is one too: `1.2.3` admits itself, `1.2` all of `1.2.x`.
    ///
    /// # Errors
    /// [`BadConstraint`] says what it is not.
    pub fn parse(text: &str) -> Result<Self, BadConstraint> {
        let bad = |reason: String| BadConstraint {
            constraint: text.to_owned(),
            reason,
        };
        if text.len() > limits::VERSION_RANGE_MAX_BYTES {
            let max = limits::VERSION_RANGE_MAX_BYTES;
            return Err(bad(format!("it has more than {max} bytes")));
        }
        let alternatives: Vec<_> = text
            .split("||")
            .take(limits::VERSION_RANGE_ALTERNATIVES_MAX + 1)
            .map(comparators)
            .collect::<Result<_, _>>()
            .map_err(bad)?;
        if alternatives.len() > limits::VERSION_RANGE_ALTERNATIVES_MAX {
            let max = limits::VERSION_RANGE_ALTERNATIVES_MAX;
            return Err(bad(format!("it has more than {max} alternatives")));
        }
        Ok(Self { alternatives })
    }

    /// Whether a version is in the range.
    pub fn admits(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|all| {
            let pre_releases = all.iter().any(Comparator::names_pre_release);
            (pre_releases || !version.is_pre_release()) && all.iter().all(|c| c.admits(version))
        })
    }
}

/// Comparators with white space or a comma between, `A - B` among them.
fn comparators(text: &str) -> Result<Vec<Comparator>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_matches(is_space);
    loop {
        let (operator, after) = operator(rest);
        let (version, after) = word(after.trim_start_matches(is_space));
        match range_end(after) {
            Some((last, after)) if operator.is_none() => {
                found.push(Comparator::parse(Operator::GreaterOrEqual, version)?);
                found.push(Comparator::parse(Operator::LessOrEqual, last)?);
                rest = after;
            }
            _ => {
                let operator = operator.unwrap_or(Operator::Equal);
                found.push(Comparator::parse(operator, version)?);
                rest = after;
            }
        }
        let next = rest.trim_start_matches(is_space);
        if next.is_empty() {
            return Ok(found);
        }
        let after_comma = next.strip_prefix(',');
        if after_comma.is_none() && next.len() == rest.len() {
            return Err(format!("{next:?} follows without a space or comma"));
        }
        rest = after_comma.unwrap_or(next).trim_start_matches(is_space);
    }
}

/// The operator that a text begins with, and what follows it.
fn operator(text: &str) -> (Option<Operator>, &str) {
    const OPERATORS: [(&str, Operator); 11] = [
        ("!=", Operator::NotEqual),
        (">=", Operator::GreaterOrEqual),
        ("=>", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("=<", Operator::LessOrEqual),
        ("~>", Operator::Tilde),
        ("~", Operator::Tilde),
        ("^", Operator::Caret),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("=", Operator::Equal),
    ];
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    match found {
        Some((operator, rest)) => (Some(operator), rest),
        None => (None, text),
    }
}

/// The `- B` of `A - B`: white space must be on both sides, or it were a pre-release.
fn range_end(text: &str) -> Option<(&str, &str)> {
    let dash = text.trim_start_matches(is_space);
    let after = dash.strip_prefix('-')?;
    let last = after.trim_start_matches(is_space);
    if dash.len() == text.len() || last.len() == after.len() {
        return None;
    }
    Some(word(last))
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c| is_space(c) || c == ',');
    text.split_at(end.unwrap_or(text.len()))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}
