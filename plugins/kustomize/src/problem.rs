//! Why a build fails, put together from the inside out: the cause with its place, then each level of
//! the recursion says what it was about.

use gantry_patch::PatchError;
use gantry_sdk::renderer::{Diagnostic, Problems};
use gantry_yaml::YamlError;

/// What a step of the build gives.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// One reason to stop. Boxed: it is rare, and larger than what it travels with.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Diagnostic>);

impl Problem {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Diagnostic::error(code, message).into()
    }

    pub(crate) fn yaml(error: &YamlError, path: &str) -> Self {
        let problem = Self::new("yaml", error.message.clone());
        let problem = problem.at(path, error.at.line, error.at.column);
        match &error.help {
            Some(help) => problem.help(help.clone()),
            None => problem,
        }
    }

    /// The same, with what was being done in front of the message.
    pub(crate) fn within(mut self, what: impl std::fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// The same, with the file to blame where none is named yet.
    pub(crate) fn in_file(self, path: &str) -> Self {
        match self.0.span {
            Some(_) => self,
            None => self.0.in_file(path).into(),
        }
    }

    /// The same, with the place to blame where none is named yet.
    pub(crate) fn at(self, path: &str, line: u32, column: u32) -> Self {
        match self.0.span {
            Some(_) => self,
            None => self.0.at(path, line, column).into(),
        }
    }

    /// Whether a file or place is named.
    pub(crate) fn is_placed(&self) -> bool {
        self.0.span.is_some()
    }

    /// The same without a place: it was counted in a text that is a part of a file.
    pub(crate) fn unplaced(mut self) -> Self {
        self.0.span = None;
        self
    }

    /// The same, with the place of another problem.
    pub(crate) fn spanning(mut self, other: &Self) -> Self {
        self.0.span.clone_from(&other.0.span);
        self
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        match self.0.help {
            Some(_) => self,
            None => self.0.help(help).into(),
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(Box::new(diagnostic))
    }
}

impl From<PatchError> for Problem {
    fn from(error: PatchError) -> Self {
        Self::new("transform", error.to_string())
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![*problem.0])
    }
}
