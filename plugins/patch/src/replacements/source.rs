//! Finding the value.

use serde_json::Value;

use super::{FieldOptions, Source, Target, path};
use crate::error::PatchError;
use crate::scalar;

/// The value of a replacement.
pub(super) struct Found {
    /// What goes in the place of a map or a list.
    pub(super) node: Value,
    /// What goes in the place of a scalar; a map or a list has none.
    pub(super) text: String,
}

impl Found {
    /// A text that nothing says the type of.
    pub(super) fn text(text: &str) -> Self {
        Self {
            node: scalar::resolve(text),
            text: text.to_owned(),
        }
    }

    fn node(node: &Value) -> Self {
        Self {
            node: node.clone(),
            text: scalar::text(node).into_owned(),
        }
    }
}

impl Source {
    pub(super) fn find(&self, objects: &[Target<'_>]) -> Result<Found, PatchError> {
        let id = self.id();
        let selects = |object: &&Target<'_>| object.ids().any(|own| own.is_selected_by(&id));
        let mut matches = objects.iter().filter(selects);
        let Some(object) = matches.next() else {
            return Err(PatchError::Replacement(format!(
                "nothing selected by {}",
                self.text()
            )));
        };
        if matches.next().is_some() {
            return Err(PatchError::Replacement(format!(
                "multiple matches for selector {}",
                self.text()
            )));
        }
        let path = self.path();
        let found = path::lookup(object.value, &path::split(path)).map_err(|reason| {
            PatchError::Replacement(format!("error looking up replacement source: {reason}"))
        })?;
        match found.filter(|value| !is_empty(value)) {
            Some(value) => refined(value, self.options.as_ref()),
            None => Err(PatchError::Replacement(format!(
                "fieldPath `{path}` is missing for replacement source {id}"
            ))),
        }
    }

    /// The selector as errors have it.
    fn text(&self) -> String {
        let mut text = self.id().to_string();
        if !self.field_path.is_empty() {
            text = format!("{text}:{}", self.field_path);
        }
        match &self.options {
            Some(o) if !o.delimiter.is_empty() || o.create => {
                format!("{text}:{}({}), create={}", o.delimiter, o.index, o.create)
            }
            _ => text,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// The part of a value that the options say.
fn refined(value: &Value, options: Option<&FieldOptions>) -> Result<Found, PatchError> {
    let Some(options) = options.filter(|o| !o.delimiter.is_empty()) else {
        return Ok(Found::node(value));
    };
    if !scalar::is_scalar(value) {
        return Err(PatchError::Replacement(
            "delimiter option can only be used with scalar nodes".to_owned(),
        ));
    }
    let text = scalar::text(value);
    let index = usize::try_from(options.index).ok();
    let part = index.and_then(|index| text.split(&options.delimiter).nth(index));
    let Some(part) = part else {
        return Err(PatchError::Replacement(format!(
            "options.index {} is out of bounds for value {text}",
            options.index
        )));
    };
    if value.is_string() {
        return Ok(Found::node(&Value::String(part.to_owned())));
    }
    Ok(Found::text(part))
}
