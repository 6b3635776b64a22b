//! Plain tables, as kubectl prints them: columns padded to their widest cell, three spaces apart.

/// A table under its head.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self {
            rows: vec![head.iter().map(|&cell| cell.to_owned()).collect()],
        }
    }

    /// Adds a row; line breaks in a cell become spaces, so that a row stays a line.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let one_line = |cell: String| cell.split_whitespace().collect::<Vec<_>>().join(" ");
        self.rows.push(cells.into_iter().map(one_line).collect());
    }

    /// Adds a row whose first cell stands behind the lines of a tree.
    pub(crate) fn branch(&mut self, lead: &str, cells: impl IntoIterator<Item = String>) {
        self.row(cells);
        let cell = self.rows.last_mut().and_then(|row| row.first_mut());
        if let Some(cell) = cell {
            cell.insert_str(0, lead);
        }
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width + 3 - cell.chars().count()));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_line_up_and_rows_stay_lines() {
        let mut table = Table::new(&["KIND", "NAME", "MESSAGE"]);
        table.row(["ConfigMap".into(), "a".into(), "one\n  two".into()]);
        table.row(["Job".into(), "long-name".into(), String::new()]);
        assert_eq!(
            table.to_string(),
            "KIND        NAME        MESSAGE\n\
             ConfigMap   a           one two\n\
             Job         long-name\n"
        );
    }
}
