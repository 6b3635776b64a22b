//! The generators: objects that a kustomization makes.

pub(crate) mod helm;
mod iam;
mod pairs;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_patch::Schema;
use serde_json::{Map, Value, json};

pub(crate) use helm::HelmGenerator;
pub(crate) use iam::IamPolicy;

use crate::arguments::GeneratorArguments;
use crate::build::Build;
use crate::loader::Loader;
use crate::problem::{Problem, Result};
use crate::resource::{Behavior, Resource};

/// A generator that is configured.
#[derive(Clone, Debug)]
pub(crate) enum Generator {
    ConfigMap(GeneratorArguments),
    Secret(GeneratorArguments),
    Iam(IamPolicy),
    Helm(Box<HelmGenerator>),
}

impl Generator {
    pub(crate) fn run(&self, build: &Build<'_>, loader: &Loader<'_>) -> Result<Vec<Resource>> {
        match self {
            Self::ConfigMap(arguments) => Ok(vec![config_map(arguments, build, loader)?]),
            Self::Secret(arguments) => Ok(vec![secret(arguments, build, loader)?]),
            Self::Iam(policy) => Ok(vec![Resource::new(policy.object()?, &build.schema())]),
            Self::Helm(generator) => generator.run(build, loader),
        }
    }
}

fn config_map(
    arguments: &GeneratorArguments,
    build: &Build<'_>,
    loader: &Loader<'_>,
) -> Result<Resource> {
    let mut object = base("ConfigMap", arguments)?;
    for (key, bytes) in pairs::load(arguments, loader, build.outside)? {
        let (field, value) = match String::from_utf8(bytes) {
            Ok(text) => ("data", text),
            Err(error) => ("binaryData", encode(error.as_bytes())),
        };
        put(&mut object, field, key, value);
    }
    Ok(finish(object, arguments, &build.schema()))
}

fn secret(
    arguments: &GeneratorArguments,
    build: &Build<'_>,
    loader: &Loader<'_>,
) -> Result<Resource> {
    let mut object = base("Secret", arguments)?;
    let kind = match &*arguments.secret_type {
        "" => "Opaque",
        kind => kind,
    };
    object.insert("type".to_owned(), kind.into());
    object.insert("data".to_owned(), Value::Object(Map::new()));
    for (key, bytes) in pairs::load(arguments, loader, build.outside)? {
        put(&mut object, "data", key, encode(&bytes));
    }
    Ok(finish(object, arguments, &build.schema()))
}

fn base(kind: &str, arguments: &GeneratorArguments) -> Result<Map<String, Value>> {
    if arguments.name.is_empty() {
        let message = format!("a {kind} that is generated must have a name");
        return Err(Problem::new("generator", message));
    }
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), (&*arguments.name).into());
    if !arguments.namespace.is_empty() {
        metadata.insert("namespace".to_owned(), (&*arguments.namespace).into());
    }
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), "v1".into());
    object.insert("kind".to_owned(), kind.into());
    object.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(object)
}

fn put(object: &mut Map<String, Value>, field: &str, key: String, value: String) {
    let inner = object.entry(field).or_insert_with(|| json!({}));
    if let Value::Object(inner) = inner {
        inner.insert(key, value.into());
    }
}

fn finish(
    mut object: Map<String, Value>,
    arguments: &GeneratorArguments,
    schema: &Schema,
) -> Resource {
    let options = &arguments.options;
    let strings = |map: &BTreeMap<String, String>| {
        let entries = map
            .iter()
            .map(|(key, value)| (key.clone(), (&**value).into()));
        Value::Object(entries.collect())
    };
    for (field, map) in [
        ("labels", &options.labels),
        ("annotations", &options.annotations),
    ] {
        if let (false, Some(Value::Object(metadata))) = (map.is_empty(), object.get_mut("metadata"))
        {
            metadata.insert(field.to_owned(), strings(map));
        }
    }
    if options.immutable {
        object.insert("immutable".to_owned(), true.into());
    }
    let mut resource = Resource::new(Value::Object(object), schema);
    resource.needs_hash = !options.disable_name_suffix_hash;
    resource.behavior = Behavior::parse(&arguments.behavior);
    resource
}

/// Base64 as kustomize writes it: what is longer than one line of YAML 1.1 is broken into lines.
fn encode(bytes: &[u8]) -> String {
    const LINE_CHARS: usize = 70;
    let text = STANDARD.encode(bytes);
    if text.len() < LINE_CHARS {
        return text;
    }
    let mut lines = String::with_capacity(text.len() + text.len() / LINE_CHARS + 1);
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % LINE_CHARS == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn long_values_are_broken_into_lines() {
        assert_eq!(encode(b"hello"), "aGVsbG8=");
        let long = encode(&[0; 90]);
        assert_eq!(long, format!("{}\n{}\n", "A".repeat(70), "A".repeat(50)));
        // Short of one line.
        assert!(!encode(&[0; 51]).contains('\n'));
    }
}
