//! From parser events to nodes.

use std::collections::HashMap;

use gantry_model::Position;
use gantry_model::limits::YAML_DEPTH_MAX;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::comments::{Comments, Place};
use super::{Content, Node, Style, Styled};
use crate::error::YamlError;
use crate::load::{position, scan_error};

/// A list or a map that is open.
struct Frame {
    node: Node,
    key: Option<Node>,
}

struct Reader<'t> {
    lines: Vec<&'t str>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, String>,
    comments: Comments,
    root: Option<Node>,
}

pub(super) fn read(text: &str) -> Result<Option<Styled>, YamlError> {
    let mut reader = Reader {
        lines: text.lines().collect(),
        stack: Vec::new(),
        anchors: HashMap::new(),
        comments: Comments::default(),
        root: None,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| scan_error(&error))?;
        match event {
            Event::DocumentEnd => break,
            Event::Alias(anchor) => {
                let name = reader.anchors.get(&anchor).cloned().unwrap_or_default();
                let place = reader.place(&span);
                reader.add(Content::Alias(name).into(), place);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let content = Content::Scalar {
                    text: text.into_owned(),
                    style: self::style(style),
                };
                let node = reader.node(content, anchor, tag.as_deref(), &span);
                let place = reader.place(&span);
                reader.add(node, place);
            }
            Event::SequenceStart(anchor, tag) => {
                let flow = reader.starts_with(&span.start, '[');
                let items = Vec::new();
                reader.open(Content::List { items, flow }, anchor, tag.as_deref(), &span)?;
            }
            Event::MappingStart(anchor, tag) => {
                let flow = reader.starts_with(&span.start, '{');
                let entries = Vec::new();
                reader.open(
                    Content::Map { entries, flow },
                    anchor,
                    tag.as_deref(),
                    &span,
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => reader.close(&span),
            _ => {}
        }
    }
    let Some(root) = reader.root else {
        return Ok(None);
    };
    let mut styled = Styled {
        root,
        head: Vec::new(),
        foot: Vec::new(),
    };
    reader.comments.attach(&reader.lines, &mut styled);
    Ok(Some(styled))
}

fn style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn tag_text(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}

impl Reader<'_> {
    fn line(&self, marker: &Marker) -> &str {
        let line = self.lines.get(marker.line().saturating_sub(1));
        line.copied().unwrap_or_default()
    }

    /// Whether a value starts with a sign, after its anchor and its tag.
    fn starts_with(&self, marker: &Marker, sign: char) -> bool {
        let line = self.line(marker);
        let start = line.char_indices().nth(marker.col());
        let text = start.and_then(|(at, _)| line.get(at..)).unwrap_or_default();
        let mut words = text.split_whitespace();
        let value = words.find(|word| !word.starts_with(['&', '!']));
        value.is_some_and(|word| word.starts_with(sign))
    }

    /// Lines from 0, columns from 0.
    fn place(&self, span: &Span) -> Place {
        Place {
            line: span.start.line().saturating_sub(1),
            column: span.start.col(),
            end_line: span.end.line().saturating_sub(1),
            end_column: span.end.col(),
        }
    }

    fn node(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, span: &Span) -> Node {
        let mut node = Node::from(content);
        node.tag = tag.map(tag_text);
        if anchor > 0 {
            let name = self.anchor_name(&span.start);
            self.anchors.insert(anchor, name.clone());
            node.anchor = Some(name);
        }
        node
    }

    /// The last anchor that stands before a value, or at its start.
    fn anchor_name(&self, marker: &Marker) -> String {
        let here = self.line(marker);
        let until = here.char_indices().nth(marker.col() + 1);
        let until = until.map_or(here.len(), |(at, _)| at);
        let before = self
            .lines
            .iter()
            .take(marker.line().saturating_sub(1))
            .rev();
        let mut texts = here.get(..until).into_iter().chain(before.copied());
        let found = texts.find_map(|text| {
            let at = text.rfind('&')?;
            let rest = here
                .get(at..)
                .filter(|_| std::ptr::eq(text.as_ptr(), here.as_ptr()));
            rest.or_else(|| text.get(at..))
        });
        let name = found.unwrap_or_default().trim_start_matches('&');
        let end = name.find([' ', ',', ']', '}', '\t']).unwrap_or(name.len());
        name.get(..end).unwrap_or_default().to_owned()
    }

    fn open(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<(), YamlError> {
        if self.stack.len() >= YAML_DEPTH_MAX {
            let at: Position = position(span);
            return Err(YamlError::new(at, "the document nests too deep"));
        }
        let node = self.node(content, anchor, tag, span);
        let place = self.place(span);
        self.comments.start(self.is_entry(), place);
        self.stack.push(Frame { node, key: None });
        Ok(())
    }

    /// Whether what comes next is a key or an element of a block: something to comment on.
    fn is_entry(&self) -> bool {
        self.stack
            .last()
            .is_some_and(|frame| match frame.node.content {
                Content::List { flow, .. } => !flow,
                Content::Map { flow, .. } => !flow && frame.key.is_none(),
                _ => false,
            })
    }

    fn close(&mut self, span: &Span) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let flow = matches!(
            frame.node.content,
            Content::List { flow: true, .. } | Content::Map { flow: true, .. }
        );
        if flow {
            // The parser ends it behind the comment.
            let mut place = self.place(span);
            (place.end_line, place.end_column) = (place.line, place.column + 1);
            self.comments.end(place);
        }
        self.put(frame.node);
    }

    fn add(&mut self, node: Node, place: Place) {
        self.comments.start(self.is_entry(), place);
        match node.content {
            Content::Scalar {
                style: Style::Literal | Style::Folded,
                ..
            } => self.comments.block(place),
            Content::Scalar {
                style: Style::SingleQuoted | Style::DoubleQuoted,
                ..
            } => self.comments.quoted(&self.lines, place),
            _ => self.comments.end(place),
        }
        self.put(node);
    }

    fn put(&mut self, node: Node) {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut frame.node.content {
            Content::List { items, .. } => items.push(node),
            Content::Map { entries, .. } => match frame.key.take() {
                None => frame.key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }
}
