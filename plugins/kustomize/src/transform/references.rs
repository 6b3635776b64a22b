//! Names that other objects use follow the renamed: a Deployment's ConfigMap, an Ingress's Service
//! (`api/filters/nameref`, `api/internal/accumulator/namereferencetransformer.go`).

mod candidates;
mod fields;

use serde_json::Value;

use self::candidates::{Candidates, Referrer};
use self::fields::{Field, Fields};
use crate::config::BackReference;
use crate::problem::{Problem, Result};
use crate::resmap::ResMap;

/// Makes every reference name its object as it is called now.
pub(crate) fn fix(resources: &mut ResMap, added: &[BackReference]) -> Result<()> {
    for resource in resources.iter() {
        candidates::check_subjects(resource)?;
    }
    if resources
        .iter()
        .all(|resource| resource.previous().is_empty())
    {
        return Ok(());
    }
    let mut fields = Fields::new(added);
    let candidates = Candidates::new(resources.as_slice());
    for index in 0..resources.as_slice().len() {
        let Some(resource) = resources.bodies().get_mut(index) else {
            continue;
        };
        let fields = fields.of(resource.original());
        if fields.is_empty() {
            continue;
        }
        // Of the other objects only ids are read, so the object can be out for the while.
        let mut value = std::mem::take(&mut resource.value);
        let referrer = Referrer::new(resources.as_slice(), index, &value);
        let result = referrer.and_then(|referrer| {
            fields.iter().try_for_each(|field| {
                let lookup = Lookup {
                    candidates: &candidates,
                    referrer: &referrer,
                    field,
                };
                walk(&mut value, &field.path, &lookup)
                    .map_err(|problem| blame(problem, field, &referrer))
            })
        });
        if let Some(resource) = resources.bodies().get_mut(index) {
            resource.value = value;
        }
        result?;
    }
    Ok(())
}

fn blame(problem: Problem, field: &Field, referrer: &Referrer<'_>) -> Problem {
    let resource = referrer.resource();
    let path = field.path.join("/");
    let problem = problem.within(format!(
        "updating name reference in '{path}' field of '{}'",
        resource.id()
    ));
    match &resource.place {
        Some(place) => problem.at(&place.path, place.line, 1),
        None => problem,
    }
}

/// One field of one object, and those that it may name.
struct Lookup<'l> {
    candidates: &'l Candidates,
    referrer: &'l Referrer<'l>,
    field: &'l Field,
}

fn walk(value: &mut Value, path: &[String], lookup: &Lookup<'_>) -> Result<()> {
    let Some((name, rest)) = path.split_first() else {
        return set(value, lookup);
    };
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => items
            .iter_mut()
            .try_for_each(|item| walk(item, path, lookup)),
        Value::Object(map) => {
            let name = name.strip_suffix("[]").unwrap_or(name);
            match map.get_mut(name) {
                Some(field) => walk(field, rest, lookup),
                None => Ok(()),
            }
        }
        _ => Err(refuse("expected sequence or mapping node")),
    }
}

fn set(value: &mut Value, lookup: &Lookup<'_>) -> Result<()> {
    match value {
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Array(_) => return Err(refuse("expected a name or a mapping")),
                    item => set(item, lookup)?,
                }
            }
            Ok(())
        }
        Value::Null => Ok(()),
        Value::Object(_) => set_mapping(value, lookup),
        scalar => set_scalar(scalar, lookup),
    }
}

fn set_scalar(value: &mut Value, lookup: &Lookup<'_>) -> Result<()> {
    let old = text(value);
    let all = |_: usize| true;
    let found = lookup
        .candidates
        .select(&old, lookup.referrer, lookup.field, &all, false)?;
    if let Some(resource) = found.map(|index| lookup.referrer.other(index))
        && resource.name() != old
    {
        *value = resource.name().into();
    }
    Ok(())
}

/// A mapping names its object by name and namespace.
fn set_mapping(value: &mut Value, lookup: &Lookup<'_>) -> Result<()> {
    let Some(map) = value.as_object_mut() else {
        return Ok(());
    };
    let Some(name) = map.get("name") else {
        return Err(refuse("path config error; no 'name' field in node"));
    };
    let old = text(name);
    let namespace = map.get("namespace").map(text);
    let referrer = lookup.referrer;
    let is_original = namespace
        .as_deref()
        .is_some_and(|namespace| referrer.has_original_namespace(namespace));
    let fits = |index: usize| {
        let Some(namespace) = namespace.as_deref() else {
            return true;
        };
        let other = referrer.other(index);
        match is_original {
            true => other.original_effective_namespace() == namespace,
            false => other.effective_namespace() == namespace,
        }
    };
    let found = lookup
        .candidates
        .select(&old, referrer, lookup.field, &fits, true)?;
    let Some(resource) = found.map(|index| referrer.other(index)) else {
        return Ok(());
    };
    if resource.name() != old {
        map.insert("name".to_owned(), resource.name().into());
    }
    if !resource.namespace().is_empty() {
        map.insert("namespace".to_owned(), resource.namespace().into());
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        scalar => scalar.to_string(),
    }
}

fn refuse(message: &str) -> Problem {
    Problem::new("name-reference", message)
}
