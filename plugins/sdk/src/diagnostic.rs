//! Problems, put together field by field.

use crate::renderer::{Diagnostic, Position, ReadError, Severity, Span};

/// Why an application cannot be rendered: all that was found. `?` makes it of one [`Diagnostic`]
/// or of several.
#[derive(Clone, Debug)]
pub struct Problems(pub Vec<Diagnostic>);

impl From<Diagnostic> for Problems {
    fn from(problem: Diagnostic) -> Self {
        Self(vec![problem])
    }
}

impl From<Vec<Diagnostic>> for Problems {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self(problems)
    }
}

impl Diagnostic {
    /// An error. The code is `kebab-case` and stays as it is: tests and scripts match on it.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning: the render goes on, the user should know.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    /// A remark.
    pub fn info(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, message.into())
    }

    /// A file or directory of the tree that could not be read.
    pub fn unreadable(path: &str, error: &ReadError) -> Self {
        let reason = match error {
            ReadError::NotFound => "there is no such file or directory".to_owned(),
            ReadError::NotAFile => "it is a directory, not a file".to_owned(),
            ReadError::NotADirectory => "it is a file, not a directory".to_owned(),
            ReadError::Outside => "it leads outside the source tree".to_owned(),
            ReadError::TooLarge(bytes) => format!("its {bytes} bytes are more than the host reads"),
            ReadError::BadPattern(pattern) => format!("{pattern:?} is not a valid glob"),
            ReadError::Failed(reason) => reason.clone(),
        };
        Self::error("unreadable", reason).in_file(path)
    }

    /// The same, with the file to blame.
    #[must_use]
    pub fn in_file(self, path: impl Into<String>) -> Self {
        self.spanning(path.into(), None)
    }

    /// The same, with a place in a file; line and column are counted from 1.
    #[must_use]
    pub fn at(self, path: impl Into<String>, line: u32, column: u32) -> Self {
        self.spanning(path.into(), Some(Position { line, column }))
    }

    /// The same, with the parameter to blame.
    #[must_use]
    pub fn field(self, field: impl Into<String>) -> Self {
        let field = Some(field.into());
        Self { field, ..self }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        let help = Some(help.into());
        Self { help, ..self }
    }

    fn spanning(self, path: String, start: Option<Position>) -> Self {
        let span = Some(Span { path, start });
        Self { span, ..self }
    }

    fn new(severity: Severity, code: &str, message: String) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            message,
            span: None,
            field: None,
            help: None,
        }
    }
}
