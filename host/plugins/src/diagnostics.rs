//! Problems, from a guest's words to the model's and back.

use gantry_model::{Diagnostic, Position, Severity, Span};

use crate::bindings::renderer::gantry::plugin::types;

impl From<types::Diagnostic> for Diagnostic {
    fn from(told: types::Diagnostic) -> Self {
        let severity = match told.severity {
            types::Severity::Error => Severity::Error,
            types::Severity::Warning => Severity::Warning,
            types::Severity::Info => Severity::Info,
        };
        let position = |at: types::Position| Position {
            line: at.line,
            column: at.column,
        };
        Self {
            severity,
            code: told.code,
            message: told.message,
            span: told.span.map(|span| Span {
                path: span.path,
                start: span.start.map(position),
            }),
            object: None,
            field: told.field,
            help: told.help,
        }
    }
}

impl From<Diagnostic> for types::Diagnostic {
    fn from(told: Diagnostic) -> Self {
        let severity = match told.severity {
            Severity::Error => types::Severity::Error,
            Severity::Warning => types::Severity::Warning,
            Severity::Info => types::Severity::Info,
        };
        let position = |at: Position| types::Position {
            line: at.line,
            column: at.column,
        };
        let message = match told.object {
            Some(object) => format!("{object}: {}", told.message),
            None => told.message,
        };
        Self {
            severity,
            code: told.code,
            message,
            span: told.span.map(|span| types::Span {
                path: span.path,
                start: span.start.map(position),
            }),
            field: told.field,
            help: told.help,
        }
    }
}
