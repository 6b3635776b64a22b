//! The values: files, and the parameter over them.

use gantry_sdk::files::Files;
use gantry_sdk::renderer::{Diagnostic, ReadError};
use serde_json::{Map, Value};

use crate::paths::resolve;

/// Read when it is there.
pub(crate) const DEFAULT_FILE: &str = "values.yaml";

/// The values of all layers, or what is wrong with each file.
pub(crate) fn load(
    files: &impl Files,
    directory: &str,
    named: &[String],
    parameter: Map<String, Value>,
) -> Result<Value, Vec<Diagnostic>> {
    let mut layers = Vec::new();
    let mut problems = Vec::new();
    let names = [DEFAULT_FILE]
        .into_iter()
        .chain(named.iter().map(String::as_str));
    for (index, name) in names.enumerate() {
        match read(files, directory, name) {
            Ok(Some(layer)) => layers.push(layer),
            Ok(None) if index == 0 => {}
            Ok(None) => problems.push(missing(&shown(directory, name))),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        let above = (!parameter.is_empty()).then_some(Value::Object(parameter));
        let merged = layers.into_iter().chain(above).reduce(merge);
        Ok(merged.unwrap_or_else(|| Value::Object(Map::new())))
    } else {
        Err(problems)
    }
}

/// JSON Merge Patch (RFC 7386): mappings merge, everything else replaces, null removes.
fn merge(below: Value, above: Value) -> Value {
    let Value::Object(patch) = above else {
        return above;
    };
    let mut map = match below {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    for (key, value) in patch {
        let below = map.remove(&key).unwrap_or_default();
        if !value.is_null() {
            map.insert(key, merge(below, value));
        }
    }
    Value::Object(map)
}

/// One file's values; none when it is not there.
fn read(files: &impl Files, directory: &str, name: &str) -> Result<Option<Value>, Diagnostic> {
    let Some(path) = file(directory, name) else {
        return Err(in_parameter(Diagnostic::unreadable(
            name,
            &ReadError::Outside,
        )));
    };
    let bytes = match files.read(&path) {
        Ok(bytes) => bytes,
        Err(ReadError::NotFound) => return Ok(None),
        Err(error) => return Err(in_parameter(Diagnostic::unreadable(&path, &error))),
    };
    let parsed = gantry_yaml::parse_bytes(&bytes).map_err(|error| {
        let told = Diagnostic::error("yaml", error.message);
        Diagnostic {
            help: error.help,
            ..told.at(&path, error.at.line, error.at.column)
        }
    })?;
    let mut documents = parsed.into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Ok(Some(Value::Object(Map::new()))),
        (Some(only), None) if only.value.is_object() => Ok(Some(only.value)),
        (Some(first), None) => {
            let told = Diagnostic::error("values", "values are a mapping of names to values");
            Err(told.at(path, first.line, 1))
        }
        (Some(_), Some(second)) => {
            let told = Diagnostic::error("values", "a values file is one document, not several");
            Err(told.at(path, second.line, 1))
        }
    }
}

fn shown(directory: &str, name: &str) -> String {
    file(directory, name).unwrap_or_else(|| name.to_owned())
}

/// `$REF/…` is a file of the source with that ref, whose tree the host shows at the root.
fn file(directory: &str, name: &str) -> Option<String> {
    let directory = if name.starts_with('$') { "" } else { directory };
    resolve(directory, name)
}

fn missing(path: &str) -> Diagnostic {
    in_parameter(Diagnostic::unreadable(path, &ReadError::NotFound))
        .help("valuesFiles are paths relative to the application's directory")
}

fn in_parameter(problem: Diagnostic) -> Diagnostic {
    problem.field("valuesFiles")
}
