//! A field of a policy line, ready to match.

use gantry_model::glob::Glob;
use regex_lite::Regex;

/// How fields are read: `policy.matchMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MatchMode {
    /// As globs in which `*` stops at nothing.
    #[default]
    Glob,
    /// As regular expressions that match somewhere.
    Regex,
}

/// What most policies have is told without a walk through the text: a list of thousands asks often.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// `*`
    Any,
    /// `*/*`
    TwoParts,
    /// `shop/*`
    Within(String),
    Exact(String),
    Glob(Glob),
    Regex(Regex),
}

/// Globs of policies have no separator; no text of a request has this character.
const NO_SEPARATOR: char = '\0';

impl Pattern {
    /// Reads a field; the error says what is wrong with it.
    pub(crate) fn parse(text: &str, mode: MatchMode) -> Result<Self, String> {
        if mode == MatchMode::Regex {
            let regex = Regex::new(text).map_err(|error| error.to_string())?;
            return Ok(Self::Regex(regex));
        }
        let plain = |text: &str| !text.contains(['*', '?', '[', '{', '\\', ']', '}']);
        if text == "*" {
            return Ok(Self::Any);
        }
        if text == "*/*" {
            return Ok(Self::TwoParts);
        }
        if plain(text) {
            return Ok(Self::Exact(text.to_owned()));
        }
        if let Some(folder) = text.strip_suffix('*')
            && plain(folder)
        {
            return Ok(Self::Within(folder.to_owned()));
        }
        let glob = Glob::parse(text, NO_SEPARATOR).map_err(|error| error.to_string())?;
        Ok(Self::Glob(glob))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::TwoParts => text.contains('/'),
            Self::Within(start) => text.starts_with(start.as_str()),
            Self::Exact(exact) => text == exact,
            Self::Glob(glob) => glob.matches(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MatchMode, Pattern};

    #[test]
    fn fields_match_as_argo_cds() {
        let globs = [
            ("*", "a/b", true),
            ("*/*", "a/b", true),
            ("*/*", "a/b/c", true),
            ("*/*", "a", false),
            ("shop/*", "shop/web", true),
            ("shop/*", "shop/ns/web", true),
            ("shop/*", "shopping/web", false),
            ("shop/w?b", "shop/web", true),
            ("*/web", "shop/ns/web", true),
            (
                "action/*/Deployment/*",
                "action/apps/Deployment/restart",
                true,
            ),
            (
                "action/*/Deployment/*",
                "action/apps/StatefulSet/restart",
                false,
            ),
            ("{get,sync}", "sync", true),
            ("get", "get", true),
            ("get", "gets", false),
        ];
        for (pattern, text, expected) in globs {
            let pattern = Pattern::parse(pattern, MatchMode::Glob).expect(pattern);
            assert_eq!(pattern.matches(text), expected, "{pattern:?} {text}");
        }
        let regex = Pattern::parse("^shop/.*", MatchMode::Regex).expect("a regular expression");
        assert!(regex.matches("shop/web") && !regex.matches("a/shop/web"));
        assert!(Pattern::parse("shop/[", MatchMode::Glob).is_err());
        assert!(Pattern::parse("(", MatchMode::Regex).is_err());
    }
}
