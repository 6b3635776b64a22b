//! The short way for plain texts. Most manifests are block mappings and lists of one-line scalars;
//! reading these line by line is several times quicker than a whole YAML parser. Whatever else a
//! text has (anchors, tags, scalars over several lines, errors, …), it is not plain, and the parser
//! reads it. A property test holds the two to the same answers.

mod flow;
mod lines;
mod scalar;
#[cfg(test)]
mod tests;

use gantry_model::limits::YAML_NODES_MAX;
use serde_json::{Map, Value};

use crate::dialect::Dialect;
use crate::document::Document;
use lines::{Line, Lines, Stop};

/// Which scalars of a mapping stay text as they are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verbatim {
    No,
    /// The document's `metadata`: its name and namespace.
    Names,
    /// Its annotations: all.
    All,
}

impl Verbatim {
    fn keeps(self, key: &str) -> bool {
        match self {
            Self::No => false,
            Self::Names => key == "name" || key == "namespace",
            Self::All => true,
        }
    }
}

/// Collections within collections; deeper ones are the parser's.
const DEPTH_MAX: usize = 48;

/// Reads all documents of a text; none where the text is not plain.
pub(crate) fn parse(text: &str, dialect: Dialect) -> Option<Vec<Document>> {
    let is_odd = |byte: u8| byte == 0x7f || (byte < b' ' && byte != b'\n');
    if text.bytes().any(is_odd) || text.contains('\u{feff}') {
        return None;
    }
    let mut reader = Reader {
        lines: Lines::new(text),
        dialect,
        nodes: 0,
    };
    let mut documents = Vec::new();
    let mut index = 0;
    reader.lines.advance();
    if reader.lines.current.is_some() {
        documents.push(reader.document(index)?);
        index += 1;
    }
    while reader.lines.stop == Stop::Marker {
        reader.lines.advance();
        if reader.lines.current.is_some() {
            documents.push(reader.document(index)?);
        }
        index += 1;
    }
    (reader.lines.stop == Stop::End).then_some(documents)
}

struct Reader<'t> {
    lines: Lines<'t>,
    dialect: Dialect,
    nodes: usize,
}

/// Where a node stands: within which collection, and how deep.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    verbatim: Verbatim,
    /// The scalar itself stays text.
    is_text: bool,
}

impl<'t> Reader<'t> {
    fn document(&mut self, index: usize) -> Option<Document> {
        let line = self.lines.current?;
        let place = Place {
            depth: 0,
            verbatim: Verbatim::No,
            is_text: false,
        };
        let value = self.block(line, place)?;
        if self.lines.current.is_some() {
            return None;
        }
        Some(Document::new(value, line.number, index))
    }

    /// The mapping or list that starts at a line.
    fn block(&mut self, line: Line, place: Place) -> Option<Value> {
        self.count(place.depth)?;
        if self.lines.is_item(line) {
            self.sequence(line.indent, place)
        } else {
            self.mapping(line.indent, place)
        }
    }

    fn count(&mut self, depth: usize) -> Option<()> {
        self.nodes += 1;
        (depth <= DEPTH_MAX && self.nodes <= YAML_NODES_MAX).then_some(())
    }

    fn mapping(&mut self, indent: usize, place: Place) -> Option<Value> {
        let mut map = Map::new();
        while let Some(line) = self.lines.current {
            if line.indent < indent {
                break;
            }
            if line.indent > indent || self.lines.is_item(line) {
                return None;
            }
            let (key, rest) = self.key(line)?;
            if self.dialect == Dialect::Kustomize && map.contains_key(&key) {
                return None;
            }
            let inner = self.inner(place, &key);
            let value = self.value(line.after(rest), indent, true, inner)?;
            map.insert(key, value);
        }
        Some(Value::Object(map))
    }

    /// The place of what stands under a key.
    fn inner(&self, place: Place, key: &str) -> Place {
        let verbatim = match (self.dialect, place.depth, place.verbatim, key) {
            (Dialect::Kustomize, 0, _, "metadata") => Verbatim::Names,
            (_, 1, Verbatim::Names, "annotations") => Verbatim::All,
            _ => Verbatim::No,
        };
        Place {
            depth: place.depth + 1,
            verbatim,
            is_text: place.verbatim.keeps(key),
        }
    }

    fn sequence(&mut self, indent: usize, place: Place) -> Option<Value> {
        let mut items = Vec::new();
        let inner = Place {
            depth: place.depth + 1,
            verbatim: Verbatim::No,
            is_text: false,
        };
        while let Some(line) = self.lines.current {
            if line.indent < indent || (line.indent == indent && !self.lines.is_item(line)) {
                break;
            }
            if line.indent > indent {
                return None;
            }
            let rest = self.lines.skip_spaces(line.after(line.start + 1));
            let is_nested = self.lines.is_item(rest) || self.starts_with_key(rest);
            if is_nested {
                self.lines.current = Some(rest);
                items.push(self.block(rest, inner)?);
            } else {
                items.push(self.value(rest, indent, false, inner)?);
            }
        }
        Some(Value::Array(items))
    }

    /// What stands behind a key or a dash, there or on the lines below.
    fn value(&mut self, rest: Line, indent: usize, of_key: bool, place: Place) -> Option<Value> {
        let rest = self.lines.skip_spaces(rest);
        let text = self.lines.text(rest);
        match text.as_bytes().first() {
            None | Some(b'#') => {
                self.lines.advance();
                let below = self.lines.current;
                let next = below.filter(|next| {
                    next.indent > indent
                        || (of_key && next.indent == indent && self.lines.is_item(*next))
                });
                match next {
                    Some(next) => self.block(next, place),
                    None => {
                        self.count(place.depth)?;
                        Some(self.nothing(place))
                    }
                }
            }
            Some(b'|') => {
                self.count(place.depth)?;
                let value = self.lines.literal(text, indent)?;
                Some(Value::String(value))
            }
            Some(_) => {
                let value = self.inline(text, place)?;
                self.lines.advance();
                // A scalar that goes on is not for here.
                let goes_on = self.lines.current.is_some_and(|next| next.indent > indent);
                (!goes_on).then_some(value)
            }
        }
    }

    fn nothing(&self, place: Place) -> Value {
        match place.is_text {
            true => Value::String(String::new()),
            false => Value::Null,
        }
    }
}

impl Line {
    /// The rest of the line from an offset on.
    fn after(self, start: usize) -> Self {
        Self {
            indent: self.indent + start - self.start,
            start,
            ..self
        }
    }
}
