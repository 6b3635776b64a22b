//! Text that comes in parts, cut at line ends.

/// Bytes that are cut at line ends.
#[derive(Default)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    /// Up to here there is no line end.
    searched: usize,
    /// Up to here the bytes are taken.
    taken: usize,
}

impl Lines {
    /// Bytes of what has no end yet.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.taken
    }

    /// Takes the next part.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.bytes.drain(..self.taken);
            self.searched = self.searched.saturating_sub(self.taken);
            self.taken = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next line, without its end; none until more has come.
    pub(crate) fn take(&mut self) -> Option<Vec<u8>> {
        let rest = self.bytes.get(self.searched..)?;
        let Some(at) = rest.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let end = self.searched + at;
        let line = self.bytes.get(self.taken..end).map(<[u8]>::to_vec);
        (self.searched, self.taken) = (end + 1, end + 1);
        line
    }

    /// All that is left, at the end or where a line is too long; none where nothing is.
    pub(crate) fn rest(&mut self) -> Option<Vec<u8>> {
        let rest = self.bytes.split_off(self.taken);
        *self = Self::default();
        Some(rest).filter(|rest| !rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_are_the_same_wherever_they_are_cut() {
        let text = b"{\"a\":1}\n\n{\"b\":2}\nrest";
        for size in 1..=text.len() {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            for part in text.chunks(size) {
                lines.push(part);
                while let Some(line) = lines.take() {
                    found.push(String::from_utf8(line).expect("text"));
                }
            }
            assert_eq!(found, ["{\"a\":1}", "", "{\"b\":2}"], "in parts of {size}");
            assert_eq!(lines.len(), 4);
            assert_eq!(lines.rest().as_deref(), Some(&b"rest"[..]));
            assert_eq!((lines.rest(), lines.take()), (None, None));
        }
    }
}
