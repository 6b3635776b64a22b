//! A text line by line, without those that are blank or comments.

/// A line, or the rest of one: where it starts and ends in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// Columns before it.
    pub(super) indent: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Counted from 1.
    pub(super) number: u32,
}

/// Why there is no current line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stop {
    /// There is one.
    No,
    /// `---`: the next document.
    Marker,
    End,
    /// Something that is not plain.
    Odd,
}

pub(super) struct Lines<'t> {
    text: &'t str,
    /// Where the line after the current one starts, and its number.
    next: usize,
    number: u32,
    pub(super) current: Option<Line>,
    pub(super) stop: Stop,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            next: 0,
            number: 0,
            current: None,
            stop: Stop::No,
        }
    }

    /// Goes to the next line with content.
    pub(super) fn advance(&mut self) {
        self.current = None;
        self.stop = Stop::No;
        while let Some(line) = self.take() {
            let text = self.text(line);
            match (text.as_bytes().first(), line.indent) {
                (None | Some(b'#'), _) => {}
                (Some(b'%'), 0) => return self.stop = Stop::Odd,
                (Some(b'-' | b'.'), 0) if is_marker(text) => {
                    self.stop = match text.trim_end_matches(' ') {
                        "---" => Stop::Marker,
                        _ => Stop::Odd,
                    };
                    return;
                }
                _ => return self.current = Some(line),
            }
        }
        self.stop = Stop::End;
    }

    /// The next line, whatever it has.
    fn take(&mut self) -> Option<Line> {
        let rest = self.text.get(self.next..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let indent = rest
            .bytes()
            .take_while(|byte| *byte == b' ')
            .count()
            .min(length);
        let line = Line {
            indent,
            start: self.next + indent,
            end: self.next + length,
            number: self.number + 1,
        };
        self.next += length + 1;
        self.number += 1;
        Some(line)
    }

    pub(super) fn text(&self, line: Line) -> &'t str {
        self.text.get(line.start..line.end).unwrap_or_default()
    }

    pub(super) fn skip_spaces(&self, line: Line) -> Line {
        let spaces = self
            .text(line)
            .bytes()
            .take_while(|byte| *byte == b' ')
            .count();
        line.after(line.start + spaces)
    }

    /// Whether it starts an item of a list.
    pub(super) fn is_item(&self, line: Line) -> bool {
        matches!(self.text(line).as_bytes(), [b'-'] | [b'-', b' ', ..])
    }

    /// A literal scalar (`|`), whose header is given; goes to the line after it.
    pub(super) fn literal(&mut self, header: &str, parent: usize) -> Option<String> {
        let keep = match header.trim_end_matches(' ') {
            "|" => Keep::One,
            "|-" => Keep::None,
            "|+" => Keep::All,
            _ => return None,
        };
        let mut value = String::new();
        let mut indent = None;
        loop {
            let (next, number) = (self.next, self.number);
            let Some(line) = self.take() else { break };
            let is_blank = line.start == line.end;
            // The end of the text in the middle of a line is read in more than one way.
            if line.end == self.text.len() {
                return None;
            }
            match indent {
                None if is_blank && line.indent > 0 => return None,
                None if is_blank => {}
                None if line.indent <= parent => return None,
                None => indent = Some(line.indent),
                Some(own) if is_blank || line.indent >= own => {}
                Some(_) => {
                    (self.next, self.number) = (next, number);
                    break;
                }
            }
            let from = line.start - line.indent + indent.unwrap_or(0);
            value.push_str(self.text.get(from..line.end).unwrap_or_default());
            value.push('\n');
        }
        indent?;
        let content = value.trim_end_matches('\n').len();
        match keep {
            Keep::All => {}
            Keep::None => value.truncate(content),
            Keep::One => value.truncate((content + 1).min(value.len())),
        }
        self.advance();
        Some(value)
    }
}

/// How many of the line breaks at its end a literal scalar keeps.
enum Keep {
    None,
    One,
    All,
}

/// `---` or `...`, alone or with something behind it.
fn is_marker(text: &str) -> bool {
    let rest = text
        .strip_prefix("---")
        .or_else(|| text.strip_prefix("..."));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}
