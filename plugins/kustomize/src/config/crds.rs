//! `crds`: OpenAPI definitions of custom resources whose marks name the fields that hold names,
//! labels and annotations (`api/internal/accumulator/loadconfigfromcrds.go`).

use gantry_patch::fields::FieldSpec;
use gantry_patch::{Gvk, PatchError};
use serde_json::{Map, Value};

use super::{BackReference, Config, Marked};

const MARKS: [(&str, Marked); 3] = [
    ("x-kubernetes-annotation", Marked::Annotation),
    ("x-kubernetes-label-selector", Marked::LabelSelector),
    ("x-kubernetes-identity", Marked::Identity),
];
const REFERENCE_VERSION: &str = "x-kubernetes-object-ref-api-version";
const REFERENCE_KIND: &str = "x-kubernetes-object-ref-kind";
const REFERENCE_NAME_KEY: &str = "x-kubernetes-object-ref-name-key";

/// The fields that a file's definitions mark.
pub(crate) fn read(definitions: &Map<String, Value>) -> Result<Config, PatchError> {
    let mut config = Config::default();
    for (name, definition) in definitions {
        let is_kind = properties(definition).is_some_and(|properties| {
            ["kind", "apiVersion", "metadata"]
                .iter()
                .all(|field| properties.contains_key(*field))
        });
        if is_kind {
            let kind = name.rsplit('.').next().unwrap_or(name);
            let mut way = Way {
                kind,
                definitions,
                names: vec![name],
                path: Vec::new(),
            };
            follow(&mut config, &mut way)?;
        }
    }
    Ok(config)
}

fn properties(definition: &Value) -> Option<&Map<String, Value>> {
    let schema = definition
        .get("Schema")
        .or_else(|| definition.get("schema"));
    schema?.get("properties")?.as_object()
}

/// From a kind's definition to the one that is looked at.
struct Way<'d> {
    kind: &'d str,
    definitions: &'d Map<String, Value>,
    /// Definitions that were entered: one that refers to itself is not entered again.
    names: Vec<&'d str>,
    path: Vec<&'d str>,
}

fn follow(config: &mut Config, way: &mut Way<'_>) -> Result<(), PatchError> {
    let definition = way.names.last().and_then(|name| way.definitions.get(*name));
    let Some(properties) = definition.and_then(properties) else {
        return Ok(());
    };
    for (field, property) in properties {
        way.path.push(field);
        for (mark, marked) in MARKS {
            if property.get(mark).is_some_and(Value::is_string) {
                config.add(marked, spec(way.kind, &way.path))?;
            }
        }
        if let Some(reference) = reference(way.kind, property, &way.path) {
            config.add_reference(reference)?;
        }
        let target = property.get("$ref").and_then(Value::as_str);
        if let Some(target) = target.filter(|target| !way.names.contains(target)) {
            way.names.push(target);
            follow(config, way)?;
            way.names.pop();
        }
        way.path.pop();
    }
    Ok(())
}

fn reference(kind: &str, property: &Value, path: &[&str]) -> Option<BackReference> {
    let text = |name| property.get(name).and_then(Value::as_str);
    let (version, target) = (text(REFERENCE_VERSION)?, text(REFERENCE_KIND)?);
    let mut path = path.to_vec();
    path.push(text(REFERENCE_NAME_KEY).unwrap_or("name"));
    Some(BackReference {
        target: Gvk::new("", version, target),
        referrers: vec![spec(kind, &path)],
    })
}

fn spec(kind: &str, path: &[&str]) -> FieldSpec {
    FieldSpec {
        kind: kind.to_owned(),
        path: path.join("/"),
        ..FieldSpec::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    #[test]
    fn marks_become_fields() {
        let definitions = json!({
            "github.com/x/v1.Beekeeper": {"Schema": {"properties": {
                "kind": {}, "apiVersion": {}, "metadata": {},
                "spec": {"$ref": "github.com/x/v1.Spec"},
            }}},
            "github.com/x/v1.Spec": {"Schema": {"properties": {
                "beeRef": {
                    "x-kubernetes-object-ref-api-version": "v1beta1",
                    "x-kubernetes-object-ref-kind": "Bee",
                },
                "secretRef": {
                    "x-kubernetes-object-ref-api-version": "v1",
                    "x-kubernetes-object-ref-kind": "Secret",
                    "x-kubernetes-object-ref-name-key": "secretName",
                },
                "labels": {"x-kubernetes-label-selector": ""},
                "again": {"$ref": "github.com/x/v1.Spec"},
            }}},
        });
        let Value::Object(definitions) = definitions else {
            unreachable!()
        };
        let config = read(&definitions).unwrap();
        let has = |kind: &str, path: &str| {
            config.name_reference.iter().any(|reference| {
                reference.target.kind == kind
                    && reference
                        .referrers
                        .iter()
                        .any(|spec| spec.kind == "Beekeeper" && spec.path == path)
            })
        };
        assert!(has("Bee", "spec/beeRef/name") && has("Secret", "spec/secretRef/secretName"));
        let labels = config.common_labels().unwrap();
        assert!(labels.iter().any(|spec| spec.path == "spec/labels"));
    }
}
