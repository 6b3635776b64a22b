//! From parser events to JSON values. A loop with its own stack: depth is a limit, not a crash.

use std::borrow::Cow;
use std::collections::HashMap;

use gantry_model::Position;
use gantry_model::limits::{YAML_DEPTH_MAX, YAML_NODES_MAX};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};

use crate::dialect::Dialect;
use crate::error::YamlError;
use crate::resolve::{Scalar, resolve, resolve_strict};

/// One document: its value, and the line that its content starts at.
pub(crate) struct Loaded {
    pub(crate) value: Value,
    pub(crate) line: u32,
}

/// A value and how many nodes it has: what an alias to it costs.
#[derive(Clone)]
struct Node {
    value: Value,
    nodes: usize,
}

enum Key {
    Missing,
    Merge,
    Named(String),
}

enum Container {
    Sequence(Vec<Value>),
    Mapping(Map<String, Value>, Key),
}

/// Which scalars of a mapping stay text as they are written.
#[derive(Clone, Copy, PartialEq)]
enum Verbatim {
    No,
    /// The document's `metadata`: its name and namespace.
    Names,
    /// Its annotations: all.
    All,
}

struct Frame {
    container: Container,
    /// What `<<` brings where it takes effect at the end only.
    merged: Vec<Map<String, Value>>,
    verbatim: Verbatim,
    anchor: usize,
    nodes: usize,
}

/// Reads documents one by one.
pub(crate) struct Loader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    dialect: Dialect,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'input> Loader<'input> {
    pub(crate) fn new(text: &'input str, dialect: Dialect) -> Self {
        let parser = Parser::new_from_str(text);
        Self {
            parser,
            dialect,
            stack: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
        }
    }

    /// The next document, or none at the end.
    pub(crate) fn document(&mut self) -> Result<Option<Loaded>, YamlError> {
        let mut line = 0;
        let mut root = None;
        while let Some(event) = self.parser.next_event() {
            let (event, span) = event.map_err(|error| scan_error(&error))?;
            if line == 0 && is_content(&event) {
                line = position(&span).line;
            }
            match event {
                Event::DocumentStart(_) => {
                    self.anchors.clear();
                    self.nodes = 0;
                }
                Event::DocumentEnd => {
                    let value = root.take().unwrap_or(Value::Null);
                    return Ok(Some(Loaded {
                        value,
                        line: line.max(1),
                    }));
                }
                Event::StreamEnd => return Ok(None),
                event => {
                    if let Some(done) = self.event(event, &span)? {
                        root = Some(done);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Takes one event; gives the root value when it is complete.
    fn event(&mut self, event: Event<'input>, span: &Span) -> Result<Option<Value>, YamlError> {
        match event {
            Event::SequenceStart(anchor, _) => {
                self.open(Container::Sequence(Vec::new()), anchor, span)?;
                Ok(None)
            }
            Event::MappingStart(anchor, _) => {
                self.open(Container::Mapping(Map::new(), Key::Missing), anchor, span)?;
                Ok(None)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.stack.pop() else {
                    return Ok(None);
                };
                // What is in it was counted when it came.
                self.nodes = self.nodes.saturating_sub(frame.nodes - 1);
                let value = match frame.container {
                    Container::Sequence(items) => Value::Array(items),
                    Container::Mapping(map, _) => Value::Object(complete(map, frame.merged)),
                };
                self.put(
                    Node {
                        value,
                        nodes: frame.nodes,
                    },
                    frame.anchor,
                    span,
                )
            }
            Event::Scalar(text, style, anchor, tag) => {
                if self.takes_key() && style == ScalarStyle::Plain && tag.is_none() && text == "<<"
                {
                    self.set_key(Key::Merge);
                    return Ok(None);
                }
                let value = if self.is_verbatim() {
                    Value::String(text.into_owned())
                } else {
                    scalar(text, style, tag.as_deref(), self.dialect, span)?
                };
                self.put(Node { value, nodes: 1 }, anchor, span)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| {
                    YamlError::new(position(span), "an alias stands inside what it repeats")
                })?;
                self.put(node, 0, span)
            }
            _ => Ok(None),
        }
    }

    fn open(&mut self, container: Container, anchor: usize, span: &Span) -> Result<(), YamlError> {
        if self.takes_key() {
            return Err(YamlError::new(
                position(span),
                "a key must be a string, not a list or mapping",
            ));
        }
        if self.stack.len() >= YAML_DEPTH_MAX {
            let message = format!("nested more than {YAML_DEPTH_MAX} levels deep");
            return Err(YamlError::new(position(span), message));
        }
        let verbatim = self.verbatim();
        self.stack.push(Frame {
            container,
            merged: Vec::new(),
            verbatim,
            anchor,
            nodes: 1,
        });
        Ok(())
    }

    /// What is true of the scalars of the container that opens here.
    fn verbatim(&self) -> Verbatim {
        let (Dialect::Kustomize, Some(frame)) = (self.dialect, self.stack.last()) else {
            return Verbatim::No;
        };
        let Container::Mapping(_, Key::Named(key)) = &frame.container else {
            return Verbatim::No;
        };
        match (self.stack.len(), key.as_str(), frame.verbatim) {
            (1, "metadata", _) => Verbatim::Names,
            (2, "annotations", Verbatim::Names) => Verbatim::All,
            _ => Verbatim::No,
        }
    }

    fn is_verbatim(&self) -> bool {
        let Some(Frame {
            container: Container::Mapping(_, Key::Named(key)),
            verbatim,
            ..
        }) = self.stack.last()
        else {
            return false;
        };
        match verbatim {
            Verbatim::No => false,
            Verbatim::Names => key == "name" || key == "namespace",
            Verbatim::All => true,
        }
    }

    /// Puts a complete node where it belongs: a key, a value, an item, or the root.
    fn put(&mut self, node: Node, anchor: usize, span: &Span) -> Result<Option<Value>, YamlError> {
        self.nodes += node.nodes;
        if self.nodes > YAML_NODES_MAX {
            let message = format!("aliases expand to more than {YAML_NODES_MAX} values");
            return Err(
                YamlError::new(position(span), message).help("write the repeated parts out")
            );
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            return Ok(Some(node.value));
        };
        frame.nodes += node.nodes;
        match &mut frame.container {
            Container::Sequence(items) => items.push(node.value),
            Container::Mapping(map, key) => match std::mem::replace(key, Key::Missing) {
                Key::Missing if self.dialect == Dialect::Kustomize => {
                    *key = Key::Named(sole_key(map, node.value, span)?);
                }
                Key::Missing => *key = Key::Named(key_text(node.value, span)?),
                Key::Named(name) => {
                    map.insert(name, node.value);
                }
                Key::Merge if self.dialect == Dialect::Kustomize => {
                    frame.merged.extend(merge_sources(node.value, span)?);
                }
                Key::Merge => {
                    // The earlier of a list win.
                    for source in merge_sources(node.value, span)?.into_iter().rev() {
                        map.extend(source);
                    }
                }
            },
        }
        Ok(None)
    }

    fn takes_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Frame {
                container: Container::Mapping(_, Key::Missing),
                ..
            })
        )
    }

    fn set_key(&mut self, to: Key) {
        if let Some(Frame {
            container: Container::Mapping(_, key),
            ..
        }) = self.stack.last_mut()
        {
            *key = to;
        }
    }
}

fn scalar(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    dialect: Dialect,
    span: &Span,
) -> Result<Value, YamlError> {
    let plain = |text| match dialect {
        Dialect::Kubernetes => resolve(text),
        Dialect::Kustomize => resolve_strict(text),
    };
    let core = tag
        .filter(|t| t.is_yaml_core_schema())
        .map(|t| t.suffix.as_str());
    let resolved = match (core, tag) {
        (Some("str"), _) => return Ok(Value::String(text.into_owned())),
        (Some("binary"), _) => {
            let error = YamlError::new(position(span), "`!!binary` is not supported");
            return Err(error.help("write the base64 text as a string, without the tag"));
        }
        (Some(_), _) => plain(&text),
        // A tag of somebody's own leaves the text a string, as Go does.
        (None, Some(_)) => return Ok(Value::String(text.into_owned())),
        (None, None) if style == ScalarStyle::Plain => plain(&text),
        (None, None) => return Ok(Value::String(text.into_owned())),
    };
    let Scalar::Json(value) = resolved else {
        let error = YamlError::new(position(span), format!("`{text}` has no equal in JSON"));
        return Err(error.help("quote it if it is meant as a string"));
    };
    let fits = match core {
        Some("int") => value.is_i64() || value.is_u64(),
        Some("float") => value.is_number(),
        Some("bool") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => true,
    };
    if fits {
        return Ok(value);
    }
    let message = format!(
        "`{text}` is not of the type that its tag `!!{}` says",
        core.unwrap_or_default()
    );
    Err(YamlError::new(position(span), message))
}

/// Keys are strings in JSON: numbers and booleans are written out.
fn key_text(value: Value, span: &Span) -> Result<String, YamlError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => {
            let error = YamlError::new(position(span), "a key is empty or null");
            Err(error.help("name the key, or quote it"))
        }
    }
}

/// A key as kyaml takes it: a string that stands once.
fn sole_key(map: &Map<String, Value>, value: Value, span: &Span) -> Result<String, YamlError> {
    let Value::String(name) = value else {
        let error = YamlError::new(position(span), "a key must be a string");
        return Err(error.help("quote it"));
    };
    if map.contains_key(&name) {
        let error = YamlError::new(position(span), format!("the key `{name}` stands twice"));
        return Err(error.help("keep one of them"));
    }
    Ok(name)
}

/// What `<<` takes: a mapping, or a list of them. In goyaml.v2 it takes effect where it stands: a
/// key of the same name counts only when it comes after.
fn merge_sources(value: Value, span: &Span) -> Result<Vec<Map<String, Value>>, YamlError> {
    let wrong = || YamlError::new(position(span), "`<<` takes a mapping or a list of mappings");
    match value {
        Value::Object(other) => Ok(vec![other]),
        Value::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Value::Object(other) => Ok(other),
                _ => Err(wrong()),
            })
            .collect(),
        _ => Err(wrong()),
    }
}

/// A mapping with what it merges: its own keys win, then the earlier of the merged.
fn complete(mut map: Map<String, Value>, merged: Vec<Map<String, Value>>) -> Map<String, Value> {
    for (key, value) in merged.into_iter().flatten() {
        map.entry(key).or_insert(value);
    }
    map
}

fn is_content(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_)
    )
}

/// The parser counts lines from 1 and columns from 0.
pub(crate) fn position(span: &Span) -> Position {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position {
        line: count(span.start.line()),
        column: count(span.start.col()).saturating_add(1),
    }
}

pub(crate) fn scan_error(error: &ScanError) -> YamlError {
    let marker = *error.marker();
    YamlError::new(position(&Span::empty(marker)), error.info())
}
