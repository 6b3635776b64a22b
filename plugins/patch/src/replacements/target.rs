//! Setting the value.

use serde_json::Value;

use super::path::{self, Create};
use super::source::Found;
use super::{DEFAULT_PATH, FieldOptions, Target, TargetSelector};
use crate::error::PatchError;
use crate::id::Id;
use crate::scalar;
use crate::selector::{Matcher, Selector};

/// A `reject`, and what it is looked at for.
struct Reject {
    matcher: Matcher,
    by_id: bool,
    by_metadata: bool,
}

impl Reject {
    fn new(selector: &Selector) -> Result<Self, PatchError> {
        Ok(Self {
            matcher: selector.compile()?,
            by_id: !selector.is_empty_id(),
            by_metadata: !selector.label_selector.is_empty()
                || !selector.annotation_selector.is_empty(),
        })
    }

    /// kustomize looks at labels and at ids apart: either is enough.
    fn rejects(&self, object: &Target<'_>) -> bool {
        self.by_metadata && self.matcher.metadata(object.value)
            || self.by_id && object.ids().any(|id| fits(&self.matcher, &id))
    }
}

fn fits(matcher: &Matcher, id: &Id) -> bool {
    matcher.gvk(&id.gvk) && matcher.name(&id.name) && matcher.namespace(&id.namespace)
}

pub(super) fn set(
    selector: &TargetSelector,
    value: &Found,
    objects: &mut [Target<'_>],
) -> Result<(), PatchError> {
    let Some(select) = &selector.select else {
        return Err(PatchError::Replacement(
            "target must specify resources to select".to_owned(),
        ));
    };
    let select = select.compile()?;
    let rejects = selector.reject.iter().map(Reject::new);
    let rejects = rejects.collect::<Result<Vec<_>, _>>()?;
    let default = [DEFAULT_PATH.to_owned()];
    let paths = match selector.field_paths.as_slice() {
        [] => &default,
        paths => paths,
    };
    let paths: Vec<(&str, Vec<String>)> =
        paths.iter().map(|p| (p.as_str(), path::split(p))).collect();
    for object in objects {
        let selected = select.metadata(object.value)
            && object.ids().any(|id| fits(&select, &id))
            && !rejects.iter().any(|reject| reject.rejects(object));
        if selected {
            for (text, parts) in &paths {
                set_field(object.value, text, parts, value, selector.options.as_ref())?;
            }
        }
    }
    Ok(())
}

fn set_field(
    object: &mut Value,
    text: &str,
    parts: &[String],
    value: &Found,
    options: Option<&FieldOptions>,
) -> Result<(), PatchError> {
    let create = match &value.node {
        _ if !options.is_some_and(|o| o.create) => Create::Nothing,
        Value::Object(_) => Create::Map,
        Value::Array(_) => Create::List,
        _ => Create::Scalar,
    };
    let found = path::visit(object, parts, create, &mut |field, is_new| {
        set_value(field, is_new, value, options)
    });
    let reason = match found {
        Ok(0) => None,
        Ok(_) => return Ok(()),
        Err(error @ PatchError::Replacement(_)) => return Err(error),
        Err(reason) => Some(Box::new(reason)),
    };
    Err(PatchError::TargetField {
        path: text.to_owned(),
        create: create != Create::Nothing,
        object: Id::of(object),
        reason,
    })
}

fn set_value(
    field: &mut Value,
    is_new: bool,
    value: &Found,
    options: Option<&FieldOptions>,
) -> Result<(), PatchError> {
    let is_collection = field.is_object() || field.is_array();
    let text = match options.filter(|o| !o.delimiter.is_empty()) {
        Some(_) if is_collection => {
            return Err(PatchError::Replacement(
                "delimiter option can only be used with scalar nodes".to_owned(),
            ));
        }
        Some(options) if is_new => joined("", &value.text, options),
        Some(options) => joined(&scalar::text(field), &value.text, options),
        None => value.text.clone(),
    };
    *field = if is_collection {
        value.node.clone()
    } else if is_new {
        scalar::resolve(&text)
    } else {
        scalar::retyped(field, &text)?
    };
    Ok(())
}

/// The text with one of its parts replaced, or with one more in front or behind.
fn joined(text: &str, part: &str, options: &FieldOptions) -> String {
    let mut parts: Vec<&str> = text.split(&options.delimiter).collect();
    match usize::try_from(options.index) {
        Err(_) if options.index < 0 => parts.insert(0, part),
        Ok(index) if index < parts.len() => {
            if let Some(slot) = parts.get_mut(index) {
                *slot = part;
            }
        }
        _ => parts.push(part),
    }
    parts.join(&options.delimiter)
}
