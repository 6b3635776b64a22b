//! Keys and scalars of one line.

use std::borrow::Cow;

use serde_json::Value;

use super::lines::Line;
use super::{Place, Reader};
use crate::dialect::Dialect;
use crate::resolve::{Scalar, resolve, resolve_strict};

/// A key this long may not be one.
const KEY_MAX_BYTES: usize = 1_000;

impl<'t> Reader<'t> {
    /// The key that a line starts with, and where the rest behind its colon starts.
    pub(super) fn key(&self, line: Line) -> Option<(String, usize)> {
        let text = self.lines.text(line);
        let (key, length) = match text.as_bytes().first()? {
            b'"' | b'\'' => {
                let (key, length) = quoted(text)?;
                (key.into_owned(), length)
            }
            first if starts_plain(*first, text.as_bytes().get(1)) => {
                let length = key_length(text)?;
                let key = text.get(..length)?.trim_end_matches(' ');
                self.is_word(key).then(|| (key.to_owned(), length))?
            }
            _ => return None,
        };
        match text.as_bytes().get(length..) {
            Some([b':'] | [b':', b' ', ..]) if length <= KEY_MAX_BYTES => {
                Some((key, line.start + length + 1))
            }
            _ => None,
        }
    }

    /// Whether a line starts with a key, as far as can be seen without reading it.
    pub(super) fn starts_with_key(&self, line: Line) -> bool {
        let text = self.lines.text(line);
        let length = match text.as_bytes() {
            [b'"' | b'\'', ..] => quoted(text).map(|(_, length)| length),
            [first, rest @ ..] if starts_plain(*first, rest.first()) => key_length(text),
            _ => None,
        };
        let behind = length.and_then(|length| text.as_bytes().get(length..));
        matches!(behind, Some([b':'] | [b':', b' ', ..]))
    }

    /// Whether an unquoted key means its own text; others, and those that merge, are the parser's.
    pub(super) fn is_word(&self, key: &str) -> bool {
        // Most keys start with a letter that starts no word with a meaning.
        let starts = key.as_bytes().first();
        if starts.is_some_and(|b| b.is_ascii_alphabetic() && !b"yYnNtTfFoO".contains(b)) {
            return true;
        }
        let resolved = match self.dialect {
            Dialect::Kubernetes => resolve(key),
            Dialect::Kustomize => resolve_strict(key),
        };
        key != "<<" && matches!(resolved, Scalar::Json(Value::String(text)) if text == key)
    }

    /// A scalar or a flow collection that takes the rest of its line.
    pub(super) fn inline(&mut self, text: &'t str, place: Place) -> Option<Value> {
        match text.as_bytes().first()? {
            b'"' | b'\'' => {
                self.count(place.depth)?;
                let (value, length) = quoted(text)?;
                is_end(text.get(length..)?).then(|| Value::String(value.into_owned()))
            }
            b'{' | b'[' => {
                let (value, length) = self.flow(text, place)?;
                is_end(text.get(length..)?).then_some(value)
            }
            _ => {
                self.count(place.depth)?;
                self.resolved(plain(text)?, place)
            }
        }
    }

    /// What an unquoted word means.
    pub(super) fn resolved(&self, text: &str, place: Place) -> Option<Value> {
        if place.is_text {
            return Some(Value::String(text.to_owned()));
        }
        let resolved = match self.dialect {
            Dialect::Kubernetes => resolve(text),
            Dialect::Kustomize => resolve_strict(text),
        };
        match resolved {
            Scalar::Json(value) => Some(value),
            Scalar::NotFinite => None,
        }
    }
}

/// Where the colon behind a plain key is.
fn key_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if matches!(bytes.get(index + 1), None | Some(b' ')) => return Some(index),
            b'#' if bytes.get(index.wrapping_sub(1)) == Some(&b' ') => return None,
            _ => {}
        }
    }
    None
}

/// A plain scalar up to the end of the line or a comment.
fn plain(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    if !starts_plain(*bytes.first()?, bytes.get(1)) {
        return None;
    }
    let mut end = bytes.len();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if matches!(bytes.get(index + 1), None | Some(b' ')) => return None,
            b'#' if bytes.get(index.wrapping_sub(1)) == Some(&b' ') => {
                end = index;
                break;
            }
            _ => {}
        }
    }
    text.get(..end).map(|text| text.trim_end_matches(' '))
}

/// Whether a scalar that starts so is a plain one.
pub(super) fn starts_plain(first: u8, second: Option<&u8>) -> bool {
    match first {
        b'-' => !matches!(second, None | Some(b' ')),
        b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|'
        | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' => false,
        _ => true,
    }
}

/// A quoted scalar that ends on its line, and its length with the quotes.
pub(super) fn quoted(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let quote = *text.as_bytes().first()?;
    let bytes = text.as_bytes();
    let mut index = 1;
    let mut has_escapes = false;
    loop {
        match bytes.get(index)? {
            b'\\' if quote == b'"' => {
                has_escapes = true;
                index += 2;
            }
            byte if *byte == quote && quote == b'\'' && bytes.get(index + 1) == Some(&quote) => {
                has_escapes = true;
                index += 2;
            }
            byte if *byte == quote => break,
            _ => index += 1,
        }
    }
    let inner = text.get(1..index)?;
    let value = match (has_escapes, quote) {
        (false, _) => Cow::Borrowed(inner),
        (true, b'\'') => Cow::Owned(inner.replace("''", "'")),
        (true, _) => Cow::Owned(unescape(inner)?),
    };
    Some((value, index + 1))
}

/// The usual escapes; the others are the parser's.
fn unescape(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.push(match letters.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                escaped @ ('"' | '\\' | '/') => escaped,
                _ => return None,
            }),
            letter => value.push(letter),
        }
    }
    Some(value)
}

/// Nothing, or a comment.
fn is_end(rest: &str) -> bool {
    let trimmed = rest.trim_start_matches(' ');
    trimmed.is_empty() || (trimmed.len() < rest.len() && trimmed.starts_with('#'))
}
