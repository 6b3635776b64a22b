//! Errors of templates, told with their place.

use std::error::Error as _;
use std::fmt::Write;

use gantry_sdk::renderer::Diagnostic;
use minijinja::{Error, ErrorKind};

use crate::filters;

/// What went wrong while `path` was rendered. `source` gives the text of a file.
pub(crate) fn explain(
    path: &str,
    error: &Error,
    source: impl Fn(&str) -> Option<String>,
) -> Diagnostic {
    // The last one is where it happened, those before it are the includes that led there.
    let mut chain = vec![error];
    let mut next = error.source();
    while let Some(inner) = next {
        chain.extend(inner.downcast_ref::<Error>());
        next = inner.source();
    }
    let innermost = chain.pop().unwrap_or(error);
    let mut message = match innermost.detail() {
        Some(detail) => detail.to_owned(),
        None => innermost.kind().to_string(),
    };
    for outer in chain.iter().rev() {
        let (name, line) = (outer.name().unwrap_or(path), outer.line().unwrap_or(1));
        // Writing to a string cannot fail.
        let _ = write!(message, ", included from {name}:{line}");
    }
    let (code, help) = advice(innermost.kind());
    let file = innermost.name().unwrap_or(path);
    let told = Diagnostic {
        help: help.map(|help| help.replace("NAMES", filters::NAMES)),
        ..Diagnostic::error(code, message)
    };
    match position(innermost, source(file).as_deref()) {
        Some((line, column)) => told.at(file, line, column),
        None => told.in_file(file),
    }
}

fn advice(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ErrorKind::SyntaxError | ErrorKind::BadEscape => (
            "template-syntax",
            Some("text that is not meant for the template goes between {% raw %} and {% endraw %}"),
        ),
        ErrorKind::UndefinedError => (
            "template-undefined",
            Some("set it in values.yaml or the parameter `values`, or write `| default(...)`"),
        ),
        ErrorKind::TemplateNotFound => (
            "template-not-found",
            Some("names are relative to the application's directory"),
        ),
        ErrorKind::UnknownFilter => (
            "template-error",
            Some("the filters are those of minijinja, and NAMES"),
        ),
        _ => ("template-error", None),
    }
}

/// Line and column. The engine knows the column as an offset into the text.
fn position(error: &Error, source: Option<&str>) -> Option<(u32, u32)> {
    let line = u32::try_from(error.line()?).ok()?;
    let column = error.range().zip(source).and_then(|(range, source)| {
        let before = source.get(..range.start)?;
        let is_there = before.matches('\n').count() + 1 == error.line()?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let characters = before.get(start..)?.chars().count();
        is_there.then(|| u32::try_from(characters + 1).ok())?
    });
    Some((line, column.unwrap_or(1)))
}
