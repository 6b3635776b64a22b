//! A document with the styles it was written in: quotes, blocks, flow, order of keys, comments.
//!
//! For texts that are edited and written again by `yaml.v3`, as kustomize does with YAML in a
//! string: indentation, blank lines and line breaks become that writer's own.

mod comments;
mod read;
mod write;

use crate::error::YamlError;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// A block whose line breaks stay.
    Literal,
    /// A block whose lines are joined.
    Folded,
}

/// A value, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// The name of its anchor.
    pub anchor: Option<String>,
    /// Its tag, as it is written.
    pub tag: Option<String>,
    /// Comments on the lines before it.
    pub(crate) head: Vec<String>,
    /// The comment at the end of its line.
    pub(crate) line: Option<String>,
    /// Comments on the lines after it.
    pub(crate) foot: Vec<String>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text, which means something else than a string when it is plain.
    Scalar {
        /// The text.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    List {
        /// Its elements.
        items: Vec<Node>,
        /// Whether it is in brackets.
        flow: bool,
    },
    /// A map.
    Map {
        /// Its keys and values.
        entries: Vec<(Node, Node)>,
        /// Whether it is in braces.
        flow: bool,
    },
    /// The value of an anchor.
    Alias(String),
}

impl From<Content> for Node {
    fn from(content: Content) -> Self {
        Self {
            content,
            anchor: None,
            tag: None,
            head: Vec::new(),
            line: None,
            foot: Vec::new(),
        }
    }
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Styled {
    /// Its value.
    pub root: Node,
    /// The comment above it, with a blank line between.
    pub(crate) head: Vec<String>,
    /// The comment at its end.
    pub(crate) foot: Vec<String>,
}

impl Styled {
    /// Reads the first document of a text.
    ///
    /// # Errors
    /// The text is no YAML, or nests too deep.
    pub fn parse(text: &str) -> Result<Option<Self>, YamlError> {
        read::read(text)
    }

    /// Writes it.
    pub fn emit(&self) -> String {
        write::write(self)
    }
}
