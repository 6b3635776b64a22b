//! The words and signs of a label selector.

use std::fmt;

/// A word or a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Close,
    Comma,
    End,
    Equals,
    GreaterThan,
    LessThan,
    Not,
    NotEquals,
    Open,
    Word(&'t str),
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Close => "')'",
            Self::Comma => "','",
            Self::End => "end of string",
            Self::Equals => "'='",
            Self::GreaterThan => "'>'",
            Self::LessThan => "'<'",
            Self::Not => "'!'",
            Self::NotEquals => "'!='",
            Self::Open => "'('",
            Self::Word(word) => return write!(f, "'{word}'"),
        })
    }
}

/// Reads a text from left to right.
pub(super) struct Lexer<'t> {
    rest: &'t str,
}

const SIGNS: [(&str, Token<'static>); 9] = [
    ("==", Token::Equals),
    ("=", Token::Equals),
    ("!=", Token::NotEquals),
    ("!", Token::Not),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
    (">", Token::GreaterThan),
    ("<", Token::LessThan),
];

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    pub(super) fn peek(&self) -> Token<'t> {
        self.token().0
    }

    pub(super) fn next(&mut self) -> Token<'t> {
        let (token, rest) = self.token();
        self.rest = rest;
        token
    }

    fn token(&self) -> (Token<'t>, &'t str) {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        let text = self.rest.trim_start_matches(blank);
        if text.is_empty() {
            return (Token::End, text);
        }
        for (sign, token) in SIGNS {
            if let Some(rest) = text.strip_prefix(sign) {
                return (token, rest);
            }
        }
        let end = text
            .find(|c| blank(c) || "=!(),><".contains(c))
            .unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        (Token::Word(word), rest)
    }
}
