//! What is shown while an application is waited for: a row for each object that changes, and a bar.

use std::collections::HashMap;
use std::time::SystemTime;

use gantry_model::Object;

use super::resources::Chosen;
use super::states::{Key, State, merged};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Bar;
use gantry_api::app::View;

/// Widths of the columns, since rows are printed as they come: those of Argo CD's own.
const WIDTHS: [usize; 9] = [20, 10, 14, 14, 24, 10, 11, 10, 0];
const HEAD: [&str; 9] = [
    "TIMESTAMP",
    "GROUP",
    "KIND",
    "NAMESPACE",
    "NAME",
    "STATUS",
    "HEALTH",
    "HOOK",
    "MESSAGE",
];

/// The rows so far.
pub(super) struct Rows<'a> {
    output: &'a Output,
    bar: &'a Bar,
    known: HashMap<Key, State>,
    /// Whether rows are printed; for scripts only the end is.
    is_shown: bool,
    has_head: bool,
}

/// What a new state brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Worse {
    /// How it was.
    pub(super) before: String,
}

impl<'a> Rows<'a> {
    pub(super) fn new(output: &'a Output, bar: &'a Bar, is_shown: bool) -> Self {
        Self {
            output,
            bar,
            known: HashMap::new(),
            is_shown,
            has_head: false,
        }
    }

    /// Prints what has changed. Tells of an object that became degraded and was not.
    pub(super) fn see(
        &mut self,
        object: &Object,
        chosen: &[Chosen],
    ) -> Result<Option<Worse>, Failure> {
        let app = View(object.value());
        self.tell(app);
        let mut text = String::new();
        let mut worse = None;
        for state in merged(app, chosen) {
            let (before, is_new) = match self.known.get_mut(&state.key()) {
                None => {
                    self.known.insert(state.key(), state.clone());
                    (None, true)
                }
                Some(known) => {
                    let before = known.health.clone();
                    (Some(before), known.merge(&state))
                }
            };
            let became = |before: &String| {
                state.health == "Degraded" && !["Unknown", "Degraded"].contains(&before.as_str())
            };
            worse = worse.or(before.filter(became).map(|before| Worse { before }));
            if is_new {
                let known = self.known.get(&state.key()).unwrap_or(&state);
                text += &row(known, SystemTime::now());
            }
        }
        if !text.is_empty() {
            self.print(&text)?;
        }
        Ok(worse)
    }

    fn print(&mut self, rows: &str) -> Result<(), Failure> {
        if !self.is_shown {
            return Ok(());
        }
        let head = if self.has_head {
            String::new()
        } else {
            line(&HEAD.map(str::to_owned))
        };
        self.has_head = true;
        let output = self.output;
        self.bar.aside(|| output.print(&(head + rows)))
    }

    fn tell(&self, app: View<'_>) {
        let all = app.list("/status/resources").len();
        let (done, phase) = match app.operation_state() {
            _ if app.operation().is_some() && app.operation_state().is_none() => {
                (0, "waits for the control plane")
            }
            Some(state) => (
                state.list("/syncResult/resources").len(),
                state.text("/phase"),
            ),
            None => (0, ""),
        };
        let message = app
            .operation_state()
            .map_or("", |state| state.text("/message"));
        self.bar
            .at(done, all.max(done), &format!("{phase} {message}"));
    }
}

fn row(state: &State, now: SystemTime) -> String {
    let mut cells = vec![humantime::format_rfc3339_seconds(now).to_string()];
    cells.extend(state.cells());
    line(&cells)
}

/// A line; no cell breaks it, and each is at least as wide as its column.
fn line(cells: &[String]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(WIDTHS) {
        let cell = cell.split_whitespace().collect::<Vec<_>>().join(" ");
        line += &format!("{cell:<width$}  ");
    }
    line.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::row;
    use crate::commands::app::states::State;

    #[test]
    fn a_row_is_a_line() {
        let state = State {
            kind: "Service".into(),
            name: "web".into(),
            message: "one\ntwo".into(),
            ..State::default()
        };
        let row = row(&state, SystemTime::UNIX_EPOCH);
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            cells,
            ["1970-01-01T00:00:00Z", "Service", "web", "one", "two"]
        );
        assert!(
            row.ends_with("two\n") && row.lines().count() == 1,
            "{row:?}"
        );
    }
}
