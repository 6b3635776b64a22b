//! Documents as Kubernetes objects, with `List`s taken apart.

use gantry_model::{Diagnostic, Object, ObjectError, Origin, Span};
use serde_json::Value;

use crate::document::{Document, parse};

/// Reads every object of a text that came from `path`, its first line being `first_line` of that
/// file. A kind that ends in `List` and has `items` stands for its items, as kubectl takes it.
///
/// # Errors
/// The first document that is no YAML or no object, naming file, line and field.
pub fn objects(text: &str, path: &str, first_line: u32) -> Result<Vec<Object>, Diagnostic> {
    let shift = first_line.saturating_sub(1);
    let documents = parse(text).map_err(|mut error| {
        error.at.line = error.at.line.saturating_add(shift);
        error.diagnostic(path)
    })?;
    objects_in(documents, text, path, first_line)
}

/// The same for the documents of a text that was parsed already.
///
/// # Errors
/// The first document that is no object, naming file, line and field.
pub fn objects_in(
    documents: Vec<Document>,
    text: &str,
    path: &str,
    first_line: u32,
) -> Result<Vec<Object>, Diagnostic> {
    let shift = first_line.saturating_sub(1);
    let mut objects = Vec::with_capacity(documents.len());
    for document in documents {
        let origin = Origin {
            path: path.to_owned(),
            line: document.line.saturating_add(shift),
        };
        take(document, text, &origin, &mut objects)?;
    }
    Ok(objects)
}

fn take(
    mut document: Document,
    text: &str,
    origin: &Origin,
    objects: &mut Vec<Object>,
) -> Result<(), Diagnostic> {
    let value = std::mem::take(&mut document.value);
    let Some(items) = list_items(&value) else {
        objects.push(object(value, origin)?);
        return Ok(());
    };
    for (index, item) in items.iter().enumerate() {
        let mut origin = origin.clone();
        if let Some(at) = document.locate(text, &format!("/items/{index}")) {
            origin.line = origin.line - document.line + at.line;
        }
        objects.push(object(item.clone(), &origin)?);
    }
    Ok(())
}

/// The items that a document stands for: those of a kind that ends in `List`; none where it stands
/// for itself.
pub fn list_items(value: &Value) -> Option<&Vec<Value>> {
    let is_list =
        value.get("kind")?.as_str()?.ends_with("List") && value.get("apiVersion").is_some();
    if is_list {
        value.get("items")?.as_array()
    } else {
        None
    }
}

fn object(value: Value, origin: &Origin) -> Result<Object, Diagnostic> {
    Object::new(value, Some(origin.clone())).map_err(|error| {
        let at = gantry_model::Position {
            line: origin.line,
            column: 1,
        };
        let span = Span {
            path: origin.path.clone(),
            start: Some(at),
        };
        let help = match error {
            ObjectError::Malformed(..) => {
                "quote what shall be text: y, n, on, off, yes, no and numbers are none in YAML 1.1"
            }
            _ => "every document needs apiVersion and kind; leave out files that are no manifests",
        };
        Diagnostic::error("not-an-object", error.to_string())
            .at(span)
            .help(help)
    })
}
