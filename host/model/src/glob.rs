//! Globs of projects' rules, as `gobwas/glob` reads them, which Argo CD uses: `*` and `?` stop at the
//! separator, `**` does not; `[a-z]`, `[!a-z]`, `{a,b}`, and `\` before what shall be itself.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use crate::limits;

/// A glob, ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    tokens: Vec<Token>,
    separator: char,
}

/// Why a text is no glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadGlob(String);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Is(char),
    /// `?`
    One,
    /// `*`
    Many,
    /// `**`
    All,
    /// `[…]`
    Of {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `{…}`
    Either(Vec<Vec<Token>>),
}

impl Glob {
    /// Reads a glob.
    ///
    /// # Errors
    /// [`BadGlob`] says what is wrong with it.
    pub fn parse(text: &str, separator: char) -> Result<Self, BadGlob> {
        let mut chars = text.chars().peekable();
        let tokens = tokens(&mut chars, 0)?;
        if chars.peek().is_some() {
            return Err(BadGlob("`}` without `{`; write `\\}`".to_owned()));
        }
        Ok(Self { tokens, separator })
    }

    /// Whether it matches all of a text. Takes time by the product of both lengths, at most.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let ends = self.ends(&self.tokens, &text, BTreeSet::from([0]));
        ends.contains(&text.len())
    }

    /// Where a match may end that began at any of the starts.
    fn ends(&self, tokens: &[Token], text: &[char], starts: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut at = starts;
        for token in tokens {
            at = match token {
                Token::Many => self.run(text, &at, |c| c != self.separator),
                Token::All => self.run(text, &at, |_| true),
                Token::Either(branches) => {
                    let ends = branches.iter();
                    ends.flat_map(|branch| self.ends(branch, text, at.clone()))
                        .collect()
                }
                one => {
                    let next = at.into_iter();
                    next.filter(|&i| text.get(i).is_some_and(|c| self.fits(one, *c)))
                        .map(|i| i + 1)
                        .collect()
                }
            };
        }
        at
    }

    fn run(
        &self,
        text: &[char],
        starts: &BTreeSet<usize>,
        fits: impl Fn(char) -> bool,
    ) -> BTreeSet<usize> {
        let mut ends = BTreeSet::new();
        for &start in starts {
            let mut end = start;
            while ends.insert(end) && text.get(end).is_some_and(|c| fits(*c)) {
                end += 1;
            }
        }
        ends
    }

    fn fits(&self, token: &Token, c: char) -> bool {
        match token {
            Token::Is(wanted) => c == *wanted,
            Token::One => c != self.separator,
            Token::Of { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
            Token::Many | Token::All | Token::Either(_) => false,
        }
    }
}

/// Reads up to the end, or within braces to the `,` or `}` that ends the branch.
fn tokens(chars: &mut Peekable<Chars<'_>>, depth: usize) -> Result<Vec<Token>, BadGlob> {
    if depth > limits::GLOB_BRACES_MAX {
        return Err(BadGlob("too many braces within braces".to_owned()));
    }
    let mut tokens = Vec::new();
    while let Some(&c) = chars.peek() {
        if depth > 0 && matches!(c, ',' | '}') || c == '}' {
            break;
        }
        chars.next();
        tokens.push(match c {
            '\\' => Token::Is(
                chars
                    .next()
                    .ok_or_else(|| BadGlob("nothing follows the last `\\`".to_owned()))?,
            ),
            '?' => Token::One,
            '*' if chars.next_if_eq(&'*').is_some() => Token::All,
            '*' => Token::Many,
            '[' => class(chars)?,
            '{' => either(chars, depth)?,
            c => Token::Is(c),
        });
    }
    Ok(tokens)
}

fn either(chars: &mut Peekable<Chars<'_>>, depth: usize) -> Result<Token, BadGlob> {
    let mut branches = Vec::new();
    loop {
        branches.push(tokens(chars, depth + 1)?);
        match chars.next() {
            Some(',') => {}
            Some(_) => return Ok(Token::Either(branches)),
            None => return Err(BadGlob("`{` without `}`; write `\\{`".to_owned())),
        }
    }
}

fn class(chars: &mut Peekable<Chars<'_>>) -> Result<Token, BadGlob> {
    let open = || BadGlob("`[` without `]`; write `\\[`".to_owned());
    let negated = chars.next_if_eq(&'!').is_some();
    let mut ranges = Vec::new();
    loop {
        let low = match chars.next().ok_or_else(open)? {
            ']' if !ranges.is_empty() => return Ok(Token::Of { negated, ranges }),
            '\\' => chars.next().ok_or_else(open)?,
            c => c,
        };
        let high = if chars.next_if_eq(&'-').is_some() {
            chars.next().ok_or_else(open)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn texts_match_as_with_gobwas() {
        for (glob, text, expected) in [
            ("*", "a", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("https://host/*", "https://host/a", true),
            ("https://host/*", "https://host/a/b", false),
            ("https://host/**", "https://host/a/b", true),
            ("https://*.host/a", "https://x.host/a", true),
            ("https://host/a?", "https://host/ab", true),
            ("https://host/a?b", "https://host/a/b", false),
            ("https://host/[a-c]*", "https://host/bx", true),
            ("https://host/[!a-c]*", "https://host/bx", false),
            ("https://host/{a,b*}/x", "https://host/b1/x", true),
            ("https://host/{a,b*}/x", "https://host/c/x", false),
            ("{a,{b,c}d}", "cd", true),
            ("a,b", "a,b", true),
            (r"\*", "*", true),
            (r"\*", "a", false),
            ("a**b**c", "a/x/b/y/c", true),
            ("", "", true),
            ("", "a", false),
        ] {
            let parsed = Glob::parse(glob, '/').expect(glob);
            assert_eq!(parsed.matches(text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn what_is_no_glob_is_told() {
        for (glob, words) in [
            ("[a", "without `]`"),
            ("{a", "without `}`"),
            ("a}", "without `{`"),
            ("\\", "nothing follows"),
            (&"{".repeat(1_000), "too many"),
        ] {
            let error = Glob::parse(glob, '/').expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let glob = Glob::parse(&"*a".repeat(200), '/').expect("a glob");
        assert!(!glob.matches(&"a".repeat(150)));
        assert!(glob.matches(&"a".repeat(400)));
    }
}
