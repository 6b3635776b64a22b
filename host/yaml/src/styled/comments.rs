//! Which comment belongs to which entry, as `yaml.v3` decides it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Content, Node, Styled};

/// From where to where a value goes; lines and columns from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

/// Where values start and end, which is what comments are looked for by.
#[derive(Default)]
pub(super) struct Comments {
    /// Start of each key and element of a block, in the order of the text.
    entries: Vec<Place>,
    /// Line to the column where its last value ends.
    ends: BTreeMap<usize, usize>,
    /// Lines within scalars, which have no comments.
    covered: BTreeSet<usize>,
}

/// The comments of an entry.
#[derive(Default)]
struct Found {
    head: Vec<String>,
    line: Option<String>,
    foot: Vec<String>,
}

/// Full lines of comments, one below the other.
struct Group {
    first: usize,
    last: usize,
    column: usize,
    texts: Vec<String>,
}

impl Comments {
    pub(super) fn start(&mut self, is_entry: bool, place: Place) {
        if is_entry {
            self.entries.push(place);
        }
    }

    pub(super) fn end(&mut self, place: Place) {
        let end = self.ends.entry(place.end_line).or_default();
        *end = place.end_column.max(*end);
        self.covered.extend(place.line + 1..=place.end_line);
    }

    /// A block starts with its first line of text and ends where the next line starts.
    pub(super) fn block(&mut self, place: Place) {
        self.covered.extend(place.line..place.end_line);
    }

    /// The parser ends a quoted scalar behind the comment: this finds the quote.
    pub(super) fn quoted(&mut self, lines: &[&str], place: Place) {
        let mut quote = None;
        let mut chars = lines
            .iter()
            .enumerate()
            .skip(place.line)
            .flat_map(|(number, line)| {
                let skip = if number == place.line {
                    place.column
                } else {
                    0
                };
                let chars = line.chars().enumerate().skip(skip);
                chars.map(move |(column, c)| (number, column, c))
            });
        let mut end = place;
        while let Some((number, column, c)) = chars.next() {
            match quote {
                None => quote = Some(c).filter(|c| ['"', '\''].contains(c)),
                Some('"') if c == '\\' => {
                    chars.next();
                }
                // Two single quotes stand for one, and the second starts over.
                Some(sign) if c == sign => {
                    (end.end_line, end.end_column) = (number, column + 1);
                    let next = lines.get(number).and_then(|l| l.chars().nth(column + 1));
                    if sign == '"' || next != Some('\'') {
                        break;
                    }
                    chars.next();
                }
                Some(_) => {}
            }
        }
        self.end(end);
    }

    pub(super) fn attach(self, lines: &[&str], styled: &mut Styled) {
        let mut found: Vec<Found> = Vec::new();
        found.resize_with(self.entries.len(), Found::default);
        self.lines(lines, &mut found);
        for group in self.groups(lines) {
            self.place(group, lines, &mut found, styled);
        }
        let mut found = found.into_iter();
        hand_out(&mut styled.root, &mut found);
    }

    /// Comments behind values.
    fn lines(&self, lines: &[&str], found: &mut [Found]) {
        for (number, end) in &self.ends {
            let line = lines.get(*number).copied().unwrap_or_default();
            let start = line
                .char_indices()
                .nth(*end)
                .map_or(line.len(), |(at, _)| at);
            let rest = line.get(start..).unwrap_or_default();
            let Some(at) = rest.find(" #").or_else(|| rest.find("\t#")) else {
                continue;
            };
            let text = rest.get(at + 1..).unwrap_or_default().trim_end();
            let on_line = |entry: &Place| entry.line <= *number;
            if let Some(index) = self.entries.iter().rposition(on_line)
                && let Some(found) = found.get_mut(index)
            {
                found.line = Some(text.to_owned());
            }
        }
    }

    fn groups(&self, lines: &[&str]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            let text = line.trim();
            if !text.starts_with('#') || self.covered.contains(&number) {
                continue;
            }
            let column = line.len() - line.trim_start().len();
            match groups.last_mut() {
                Some(group) if group.last + 1 == number && group.column == column => {
                    group.last = number;
                    group.texts.push(text.to_owned());
                }
                _ => groups.push(Group {
                    first: number,
                    last: number,
                    column,
                    texts: vec![text.to_owned()],
                }),
            }
        }
        groups
    }

    fn place(&self, group: Group, lines: &[&str], found: &mut [Found], styled: &mut Styled) {
        let blank = |number: usize| lines.get(number).is_none_or(|line| line.trim().is_empty());
        let next = self.entries.iter().position(|e| e.line > group.last);
        let previous = self.entries.iter().rposition(|e| e.line < group.first);
        let after_content = group.first > 0 && !blank(group.first - 1);
        let Some(next_entry) = next.and_then(|n| self.entries.get(n)) else {
            styled.foot.extend(group.texts);
            return;
        };
        if previous.is_none() && blank(group.last + 1) {
            styled.head.extend(group.texts);
            return;
        }
        let level = previous.and_then(|n| self.entries.get(n)).map(|e| e.column);
        let deeper = group.column > next_entry.column && level > Some(next_entry.column);
        let is_foot =
            deeper || group.column == next_entry.column && after_content && blank(group.last + 1);
        let owner = if is_foot {
            let is_owner = |e: &Place| e.line < group.first && (deeper || e.column == group.column);
            self.entries.iter().rposition(is_owner)
        } else {
            None
        };
        match owner.and_then(|n| found.get_mut(n)) {
            Some(found) => found.foot.extend(group.texts),
            None => {
                if let Some(found) = next.and_then(|n| found.get_mut(n)) {
                    found.head.extend(group.texts);
                }
            }
        }
    }
}

/// Gives the entries their comments, in the order in which they were read.
fn hand_out(node: &mut Node, found: &mut impl Iterator<Item = Found>) {
    match &mut node.content {
        Content::List { items, flow: false } => {
            for item in items {
                take(item, found);
                hand_out(item, found);
            }
        }
        Content::Map {
            entries,
            flow: false,
        } => {
            for (key, value) in entries {
                take(key, found);
                hand_out(value, found);
            }
        }
        Content::List { items, .. } => items.iter_mut().for_each(|item| hand_out(item, found)),
        Content::Map { entries, .. } => {
            for (_, value) in entries {
                hand_out(value, found);
            }
        }
        Content::Scalar { .. } | Content::Alias(_) => {}
    }
}

fn take(node: &mut Node, found: &mut impl Iterator<Item = Found>) {
    if let Some(found) = found.next() {
        node.head = found.head;
        node.line = found.line;
        node.foot = found.foot;
    }
}
