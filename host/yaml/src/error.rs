//! What is wrong with a text, and where.

use gantry_model::{Diagnostic, Position, Span};

/// A text that is not YAML as Kubernetes reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", at.line, at.column)]
pub struct YamlError {
    /// Where, counted from 1.
    pub at: Position,
    /// What, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl YamlError {
    pub(crate) fn new(at: Position, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }

    /// The same as a problem in a file.
    pub fn diagnostic(&self, path: &str) -> Diagnostic {
        let span = Span {
            path: path.to_owned(),
            start: Some(self.at),
        };
        let mut diagnostic = Diagnostic::error("yaml", self.message.clone()).at(span);
        diagnostic.help.clone_from(&self.help);
        diagnostic
    }
}
