//! The CustomResourceDefinitions of `Application` and `AppProject`, from the one table that also checks
//! manifests ([`gantry_model::schema`]): what is accepted from a file is what an API server accepts.

use gantry_model::schema::{Field, GROUP, KINDS, Type, VERSION};
use serde_json::{Map, Value, json};

use crate::home::Kind;

/// The CRDs that a hub needs. Those of Argo CD, which say the same, need not be replaced.
pub fn crds() -> Vec<Value> {
    let crd = |kind: Kind, singular: &str, short: &[&str], columns: Value| {
        let plural = format!("{singular}s");
        let fields = KINDS.iter().find(|known| known.name == kind.name());
        let fields = fields.map_or(&[][..], |known| known.fields);
        let mut version = json!({
            "name": VERSION,
            "served": true,
            "storage": true,
            // No `subresources`: as Argo CD's clients expect, a plain patch writes `status`.
            "schema": {"openAPIV3Schema": of_fields(fields)},
        });
        // The API server knows it, and allows no more than this here.
        version["schema"]["openAPIV3Schema"]["properties"]["metadata"] = json!({"type": "object"});
        if columns.is_array() {
            version["additionalPrinterColumns"] = columns;
        }
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": format!("{plural}.{GROUP}"),
                "labels": {"app.kubernetes.io/part-of": "gantry"},
            },
            "spec": {
                "group": GROUP,
                "names": {
                    "kind": kind.name(),
                    "listKind": format!("{}List", kind.name()),
                    "plural": plural,
                    "singular": singular,
                    "shortNames": short,
                },
                "scope": "Namespaced",
                "versions": [version],
            },
        })
    };
    let columns = json!([
        {"name": "Sync Status", "type": "string", "jsonPath": ".status.sync.status"},
        {"name": "Health Status", "type": "string", "jsonPath": ".status.health.status"},
        {"name": "Revision", "type": "string", "jsonPath": ".status.sync.revision", "priority": 10},
        {"name": "Project", "type": "string", "jsonPath": ".spec.project", "priority": 10},
    ]);
    vec![
        crd(Kind::Application, "application", &["app", "apps"], columns),
        crd(
            Kind::Project,
            "appproject",
            &["appproj", "appprojs"],
            Value::Null,
        ),
    ]
}

/// A structural schema. Nothing is pruned where anything may stand.
fn of(kind: Type) -> Value {
    match kind {
        Type::Text | Type::FlagText => json!({"type": "string"}),
        Type::OneOf(words) => json!({"type": "string", "enum": words}),
        Type::TextUpTo(max) => json!({"type": "string", "maxLength": max}),
        // What `schema::walk` reads out of it is told there.
        Type::PathBelowRoot => json!({"type": "string", "pattern": "^.{2,}|[^./]$"}),
        Type::Boolean => json!({"type": "boolean"}),
        Type::Integer => json!({"type": "integer", "format": "int64"}),
        Type::IntegerOrText => json!({
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": true,
        }),
        Type::Anything => json!({"x-kubernetes-preserve-unknown-fields": true}),
        Type::AnyMapping => json!({
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": true,
        }),
        Type::MapOf(kind) => json!({"type": "object", "additionalProperties": of(*kind)}),
        Type::ListOf(kind) => json!({"type": "array", "items": of(*kind)}),
        Type::Object(fields) => of_fields(fields),
    }
}

fn of_fields(fields: &[Field]) -> Value {
    let properties = fields
        .iter()
        .map(|field| (field.name.to_owned(), of(field.kind)));
    let properties: Map<String, Value> = properties.collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|f| f.required)
        .map(|f| f.name)
        .collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
