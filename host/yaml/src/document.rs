//! A text and its documents.

use gantry_model::Position;
use serde_json::Value;

use crate::error::YamlError;
use crate::load::Loader;
use crate::locate;

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
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(documents) = parse_json(text) {
        return Ok(documents);
    }
    let mut loader = Loader::new(text);
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
