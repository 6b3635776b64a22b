//! Flow collections of one line: `{a: b}`, `[a, b]`.

use serde_json::{Map, Value};

use super::scalar::quoted;
use super::{Place, Reader, Verbatim};
use crate::dialect::Dialect;

impl Reader<'_> {
    /// The collection that a text starts with, and its length.
    pub(super) fn flow(&mut self, text: &str, place: Place) -> Option<(Value, usize)> {
        self.count(place.depth)?;
        match text.as_bytes().first()? {
            b'[' => self.flow_sequence(text, place),
            _ => self.flow_mapping(text, place),
        }
    }

    fn flow_sequence(&mut self, text: &str, place: Place) -> Option<(Value, usize)> {
        let inner = Place {
            depth: place.depth + 1,
            verbatim: Verbatim::No,
            is_text: false,
        };
        let mut items = Vec::new();
        let mut at = skip(text, 1);
        if text.as_bytes().get(at) == Some(&b']') {
            return Some((Value::Array(items), at + 1));
        }
        loop {
            let (value, length) = self.flow_node(text.get(at..)?, inner)?;
            items.push(value);
            at = skip(text, at + length);
            match text.as_bytes().get(at)? {
                b',' => at = skip(text, at + 1),
                b']' => return Some((Value::Array(items), at + 1)),
                _ => return None,
            }
        }
    }

    fn flow_mapping(&mut self, text: &str, place: Place) -> Option<(Value, usize)> {
        let mut map = Map::new();
        let mut at = skip(text, 1);
        if text.as_bytes().get(at) == Some(&b'}') {
            return Some((Value::Object(map), at + 1));
        }
        loop {
            let (key, length) = self.flow_key(text.get(at..)?)?;
            at += length;
            // A colon without a space behind it is read in more than one way.
            if text.get(at..at + 2)? != ": " {
                return None;
            }
            at = skip(text, at + 1);
            if self.dialect == Dialect::Kustomize && map.contains_key(&key) {
                return None;
            }
            let inner = self.inner(place, &key);
            let (value, length) = self.flow_node(text.get(at..)?, inner)?;
            map.insert(key, value);
            at = skip(text, at + length);
            match text.as_bytes().get(at)? {
                b',' => at = skip(text, at + 1),
                b'}' => return Some((Value::Object(map), at + 1)),
                _ => return None,
            }
        }
    }

    fn flow_key(&self, text: &str) -> Option<(String, usize)> {
        if let b'"' | b'\'' = text.as_bytes().first()? {
            let (key, length) = quoted(text)?;
            return Some((key.into_owned(), length));
        }
        let word = word(text)?;
        self.is_word(word).then(|| (word.to_owned(), word.len()))
    }

    fn flow_node(&mut self, text: &str, place: Place) -> Option<(Value, usize)> {
        match text.as_bytes().first()? {
            b'[' | b'{' => self.flow(text, place),
            b'"' | b'\'' => {
                self.count(place.depth)?;
                let (value, length) = quoted(text)?;
                Some((Value::String(value.into_owned()), length))
            }
            _ => {
                self.count(place.depth)?;
                let word = word(text)?;
                Some((self.resolved(word, place)?, word.len()))
            }
        }
    }
}

/// A plain scalar without anything that has a meaning in flow collections.
fn word(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/+=~$()<;^ ".contains(&byte);
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let next = bytes.get(length + 1);
        let is_inner_colon =
            *byte == b':' && next.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'/');
        if !is_plain(*byte) && !is_inner_colon {
            break;
        }
        length += 1;
    }
    let word = text.get(..length)?.trim_end_matches(' ');
    let is_scalar = !matches!(word.as_bytes(), [] | [b'-'] | [b'-', b' ', ..] | [b':', ..]);
    is_scalar.then_some(word)
}

fn skip(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| **byte == b' ').count()
}
