//! From nodes to text, as `yaml.v3` writes it: two blanks a level, lists not indented in maps.

use super::{Content, Node, Style, Styled};
use crate::quote::{double_quoted, single_quoted};

struct Writer {
    out: String,
    /// The level whose last entry has a comment below it: a blank line follows.
    foot: Option<usize>,
}

pub(super) fn write(document: &Styled) -> String {
    let mut writer = Writer {
        out: String::new(),
        foot: None,
    };
    writer.comment(&document.head, 0);
    if !document.head.is_empty() {
        writer.out.push('\n');
    }
    match &document.root.content {
        content if is_block(content) => {
            if writer.properties(&document.root) {
                writer.out.push('\n');
            }
            writer.block(content, 0, false);
        }
        _ => {
            writer.inline(&document.root, 0, false);
            writer.out.push('\n');
        }
    }
    writer.comment(&document.foot, 0);
    writer.out
}

/// Whether a value takes lines of its own.
fn is_block(content: &Content) -> bool {
    match content {
        Content::List { items, flow } => !flow && !items.is_empty(),
        Content::Map { entries, flow } => !flow && !entries.is_empty(),
        Content::Scalar { .. } | Content::Alias(_) => false,
    }
}

impl Writer {
    fn indent(&mut self, indent: usize) {
        if self.foot.take() == Some(indent) {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn comment(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            self.indent(indent);
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn end_line(&mut self, comment: Option<&String>) {
        if let Some(comment) = comment {
            self.out.push(' ');
            self.out.push_str(comment);
        }
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn foot(&mut self, lines: &[String], indent: usize) {
        if !lines.is_empty() {
            self.comment(lines, indent);
            self.foot = Some(indent);
        }
    }

    /// Anchor and tag; whether there are any.
    fn properties(&mut self, node: &Node) -> bool {
        let anchor = node.anchor.as_ref().map(|name| format!("&{name}"));
        let words: Vec<String> = anchor.into_iter().chain(node.tag.clone()).collect();
        self.out.push_str(&words.join(" "));
        !words.is_empty()
    }

    /// A list or a map, each entry on its line; the first one may go on with the line that is there.
    fn block(&mut self, content: &Content, indent: usize, mut goes_on: bool) {
        match content {
            Content::List { items, .. } => {
                for item in items {
                    self.entry_start(item, indent, std::mem::take(&mut goes_on));
                    self.out.push_str("- ");
                    self.item(item, indent);
                    self.foot(&item.foot, indent);
                }
            }
            Content::Map { entries, .. } => {
                for (key, value) in entries {
                    self.entry_start(key, indent, std::mem::take(&mut goes_on));
                    self.inline(key, indent, true);
                    self.out.push(':');
                    self.value(key, value, indent);
                    self.foot(&key.foot, indent);
                }
            }
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }

    fn entry_start(&mut self, node: &Node, indent: usize, goes_on: bool) {
        if !goes_on {
            self.comment(&node.head, indent);
            self.indent(indent);
        }
    }

    fn item(&mut self, item: &Node, indent: usize) {
        if !is_block(&item.content) {
            self.inline(item, indent, false);
            let end = self.out.trim_end_matches(' ').len();
            if !self.out.ends_with('\n') {
                self.out.truncate(end);
            }
            self.end_line(item.line.as_ref());
            return;
        }
        let mut goes_on = true;
        if self.properties(item) || item.line.is_some() {
            self.end_line(item.line.as_ref());
            goes_on = false;
        }
        self.block(&item.content, indent + 2, goes_on);
    }

    fn value(&mut self, key: &Node, value: &Node, indent: usize) {
        let line = key.line.as_ref();
        if !is_block(&value.content) {
            let before = self.out.len();
            self.out.push(' ');
            self.inline(value, indent, false);
            if self.out.len() == before + 1 {
                self.out.truncate(before);
            }
            self.end_line(line);
            return;
        }
        if value.anchor.is_some() || value.tag.is_some() {
            self.out.push(' ');
            self.properties(value);
        }
        self.end_line(line);
        let deeper = match value.content {
            Content::List { .. } => 0,
            _ => 2,
        };
        self.block(&value.content, indent + deeper, false);
    }

    /// What goes on with the line. A block scalar ends it.
    fn inline(&mut self, node: &Node, indent: usize, in_flow: bool) {
        let empty = matches!(&node.content, Content::Scalar { text, style: Style::Plain } if text.is_empty());
        if self.properties(node) && !empty {
            self.out.push(' ');
        }
        match &node.content {
            Content::Alias(name) => {
                self.out.push('*');
                self.out.push_str(name);
            }
            Content::Scalar { text, style } => self.scalar(text, *style, indent, in_flow),
            Content::List { items, .. } => {
                self.out.push('[');
                for (i, item) in items.iter().enumerate() {
                    self.separator(i);
                    self.inline(item, indent, true);
                }
                self.out.push(']');
            }
            Content::Map { entries, .. } => {
                self.out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    self.separator(i);
                    self.inline(key, indent, true);
                    self.out.push_str(": ");
                    self.inline(value, indent, true);
                }
                self.out.push('}');
            }
        }
    }

    fn separator(&mut self, index: usize) {
        if index > 0 {
            self.out.push_str(", ");
        }
    }

    fn scalar(&mut self, text: &str, style: Style, indent: usize, in_flow: bool) {
        let holds = Holds::of(text);
        let style = match style {
            Style::Plain if text.is_empty() && in_flow => Style::SingleQuoted,
            Style::Plain if text.contains('\n') && !in_flow && holds.block => Style::Literal,
            Style::Plain if !holds.plain || in_flow && !holds.flow => Style::SingleQuoted,
            Style::Literal | Style::Folded if in_flow || !holds.block => Style::DoubleQuoted,
            style => style,
        };
        match style {
            Style::Plain => self.out.push_str(text),
            Style::SingleQuoted if holds.single => single_quoted(text, &mut self.out),
            Style::SingleQuoted | Style::DoubleQuoted => double_quoted(text, &mut self.out),
            Style::Literal => self.lines('|', text, text, indent + 2),
            Style::Folded => self.lines('>', text, &unfolded(text), indent + 2),
        }
    }

    /// A block: its sign, what has to be said of the text, and the lines.
    fn lines(&mut self, sign: char, text: &str, lines: &str, indent: usize) {
        self.out.push(sign);
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        match text.strip_suffix('\n') {
            None => self.out.push('-'),
            Some(body) if body.is_empty() || body.ends_with('\n') => self.out.push('+'),
            Some(_) => {}
        }
        for line in lines.strip_suffix('\n').unwrap_or(lines).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.extend(std::iter::repeat_n(' ', indent));
                self.out.push_str(line);
            }
        }
        self.out.push('\n');
    }
}

/// A line break that ends a line of words in a folded block is written as two, unless the whole
/// text starts with a blank: `yaml.v3` looks there, not behind the break.
fn unfolded(text: &str) -> String {
    let starts_blank = text.starts_with([' ', '\t', '\n']);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        out.push_str(line);
        if !starts_blank && line.ends_with('\n') && !line.starts_with([' ', '\t', '\n']) {
            out.push('\n');
        }
    }
    out
}

/// Which styles keep a text as it is.
struct Holds {
    plain: bool,
    flow: bool,
    single: bool,
    block: bool,
}

impl Holds {
    fn of(text: &str) -> Self {
        let edge_blank = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        let space_break = text.contains(" \n");
        let special = text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t' || c == '\u{feff}');
        let tab = text.contains('\t');
        let indicator = |c: char| "#,[]{}&*!|>'\"%@`".contains(c);
        let mut chars = text.chars();
        let first = chars.next().unwrap_or(' ');
        let then_blank = chars.next().is_none_or(|c| c == ' ');
        let starts = text.starts_with("---")
            || text.starts_with("...")
            || !text.is_empty() && indicator(first)
            || matches!(first, '-' | '?' | ':') && then_blank && !text.is_empty();
        let within = text.contains(": ") || text.ends_with(':') || text.contains(" #");
        let flow_sign = text.contains([',', '?', '[', ']', '{', '}', ':']);
        let single = !text.contains('\n') && !tab && !special;
        let plain = single && !edge_blank && !starts && !within;
        Self {
            plain,
            flow: plain && !flow_sign,
            single,
            block: !text.is_empty() && !text.ends_with(' ') && !space_break && !special,
        }
    }
}
