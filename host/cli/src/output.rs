//! Everything that is printed goes through here: results to standard output, problems to
//! standard error.

use std::io::Write;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use gantry_model::{Diagnostic, Severity};
use serde::Serialize;

use crate::args::Color;
use crate::failure::Failure;

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// The two streams, each with or without colour.
pub(crate) struct Output {
    choice: ColorChoice,
}

impl Output {
    pub(crate) fn new(color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { choice }
    }

    /// Prints a result.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stream = AutoStream::new(std::io::stdout().lock(), self.choice);
        stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush())
            .map_err(Failure::from)
    }

    /// Prints a result as indented JSON.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(Failure::internal)?;
        self.print(&format!("{text}\n"))
    }

    /// Prints a result as YAML.
    pub(crate) fn yaml(&self, value: &impl Serialize) -> Result<(), Failure> {
        let value = serde_json::to_value(value).map_err(Failure::internal)?;
        self.print(&gantry_yaml::emit(&value))
    }

    /// Prints a unified diff, coloured as Git colours one.
    pub(crate) fn diff(&self, text: &str) -> Result<(), Failure> {
        let mut colored = String::with_capacity(text.len() + text.len() / 8);
        for line in text.lines() {
            let style = match line.as_bytes() {
                [b'=', b'=', b'=', ..] | [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => BOLD,
                [b'@', b'@', ..] => CYAN,
                [b'+', ..] => GREEN,
                [b'-', ..] => RED,
                _ => Style::new(),
            };
            colored.push_str(&format!("{style}{line}{style:#}\n"));
        }
        self.print(&colored)
    }

    /// Says a problem of one application among several.
    pub(crate) fn of_application(&self, name: &str, diagnostic: &Diagnostic) {
        self.of(&format!("application {name}"), diagnostic);
    }

    /// Says a problem of one thing among several.
    pub(crate) fn of(&self, title: &str, diagnostic: &Diagnostic) {
        let message = format!("{title}: {}", diagnostic.message);
        self.diagnostic(&Diagnostic {
            message,
            ..diagnostic.clone()
        });
    }

    /// Says a problem: `error: where: what`, then what to do about it.
    pub(crate) fn diagnostic(&self, diagnostic: &Diagnostic) {
        let (style, word) = match diagnostic.severity {
            Severity::Error => (RED.bold(), "error"),
            Severity::Warning => (YELLOW.bold(), "warning"),
            Severity::Info => (CYAN.bold(), "info"),
        };
        let mut text = format!("{style}{word}:{style:#} {diagnostic}\n");
        if let Some(help) = &diagnostic.help {
            text.push_str(&format!("  {BOLD}help:{BOLD:#} {help}\n"));
        }
        let mut stream = AutoStream::new(std::io::stderr().lock(), self.choice);
        // Nowhere is left to say that standard error is closed.
        let _ = stream.write_all(text.as_bytes());
    }
}
