//! How a command ends when it cannot do its work.

use std::fmt;

use gantry_model::Diagnostic;

/// What a command ends with when there is no result: the problems, already worded.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Problems for the user, at least one.
    Problems(Vec<Diagnostic>),
    /// Whoever read standard output has gone (`gantry … | head`): end quietly.
    ClosedPipe,
}

impl Failure {
    /// A fault of ours that no input should cause.
    pub(crate) fn internal(error: impl fmt::Display) -> Self {
        Diagnostic::error("internal", error.to_string()).into()
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Problems(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::Problems(diagnostics)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Diagnostic::error("output", format!("cannot write the result: {error}")).into()
    }
}
