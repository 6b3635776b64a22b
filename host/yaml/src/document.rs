//! A text and its documents.

use gantry_model::{Position, limits};
use serde_json::Value;

use crate::dialect::Dialect;
use crate::error::YamlError;
use crate::load::Loader;
use crate::{locate, plain};

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it says, as JSON. Never null: empty documents are dropped.
    pub value: Value,
    /// The line where its content starts, counted from 1.
    pub line: u32,
    /// Which document of the text it is, empty ones counted.
    index: usize,
}

impl Document {
    pub(crate) fn new(value: Value, line: u32, index: usize) -> Self {
        Self { value, line, index }
    }

    /// Where the value at a JSON pointer (RFC 6901) stands in the text that this document was
    /// parsed from. Reads the text again, so it is for errors only.
    pub fn locate(&self, text: &str, pointer: &str) -> Option<Position> {
        locate::locate(text, self.index, pointer)
    }
}

/// Reads all documents of a text, YAML or JSON.
///
/// # Errors
/// The first place that is not YAML as Kubernetes reads it.
pub fn parse(text: &str) -> Result<Vec<Document>, YamlError> {
    parse_as(text, Dialect::Kubernetes)
}

/// Reads all documents of a text as that dialect has them.
///
/// # Errors
/// The first place that is not YAML in it.
pub fn parse_as(text: &str, dialect: Dialect) -> Result<Vec<Document>, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(documents) = parse_json(text) {
        return Ok(documents);
    }
    if let Some(documents) = plain::parse(text, dialect) {
        return Ok(documents);
    }
    let mut result = parse_yaml(text, dialect);
    // Go's reader lets the lines of a quoted scalar start anywhere; the parser wants them indented.
    // Their leading blanks are no part of the value, so there may be more of them.
    let mut indented: Option<String> = None;
    for _ in 0..limits::YAML_INDENT_REPAIRS_MAX {
        let Err(error) = &result else { break };
        if error.message != UNINDENTED_QUOTED {
            break;
        }
        let next = indent(indented.as_deref().unwrap_or(text), error.at);
        result = parse_yaml(&next, dialect);
        indented = Some(next);
    }
    result
}

/// What the parser says of a quoted scalar that goes on at a smaller indentation.
const UNINDENTED_QUOTED: &str = "invalid indentation in quoted scalar";

/// The text with the lines of one quoted scalar indented as deep as a document may nest.
fn indent(text: &str, at: Position) -> String {
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX).saturating_sub(1);
    let line: usize = text
        .split_inclusive('\n')
        .take(number(at.line))
        .map(str::len)
        .sum();
    let (_, rest) = text.split_at(line);
    let start = line
        + rest
            .chars()
            .take(number(at.column))
            .map(char::len_utf8)
            .sum::<usize>();
    let (head, scalar) = text.split_at(start);
    let mut indented = String::with_capacity(text.len() + limits::YAML_DEPTH_MAX);
    indented.push_str(head);
    let mut chars = scalar.chars().peekable();
    let quote = chars.next();
    indented.extend(quote);
    let mut escaped = false;
    while let Some(c) = chars.next() {
        indented.push(c);
        if Some(c) == quote && !escaped {
            // Two single quotes stand for one.
            match chars.next_if(|next| quote == Some('\'') && *next == '\'') {
                Some(second) => indented.push(second),
                None => break,
            }
        }
        if c == '\n' {
            indented.extend(std::iter::repeat_n(' ', limits::YAML_DEPTH_MAX));
        }
        escaped = quote == Some('"') && c == '\\' && !escaped;
    }
    indented.extend(chars);
    indented
}

pub(crate) fn parse_yaml(text: &str, dialect: Dialect) -> Result<Vec<Document>, YamlError> {
    let mut loader = Loader::new(text, dialect);
    let mut documents = Vec::new();
    let mut index = 0;
    while let Some(loaded) = loader.document()? {
        if !loaded.value.is_null() {
            documents.push(Document {
                value: loaded.value,
                line: loaded.line,
                index,
            });
        }
        index += 1;
    }
    Ok(documents)
}

/// The same for bytes, which must be UTF-8.
///
/// # Errors
/// As [`parse`]; also names the line of the first byte that is not UTF-8.
pub fn parse_bytes(bytes: &[u8]) -> Result<Vec<Document>, YamlError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|b| **b == b'\n').count();
            let at = Position {
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: 1,
            };
            Err(YamlError::new(at, "the text is not UTF-8").help("save the file as UTF-8"))
        }
    }
}

/// JSON is YAML; its own parser is quicker. What it does not take is left to the YAML rules.
fn parse_json(text: &str) -> Option<Vec<Document>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut documents = Vec::new();
    let mut line = 1;
    let mut counted_to = 0;
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    loop {
        let rest = text.get(stream.byte_offset()..)?;
        let start = text.len() - rest.trim_start().len();
        line += text.get(counted_to..start)?.matches('\n').count();
        counted_to = start;
        match stream.next() {
            None => return Some(documents),
            Some(value) => {
                let line = u32::try_from(line).ok()?;
                documents.push(Document {
                    value: value.ok()?,
                    line,
                    index: documents.len(),
                });
            }
        }
    }
}
