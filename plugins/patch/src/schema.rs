//! Which lists are merged and by which keys, and which kinds live in a namespace.

mod custom;
mod facts;
mod table;

use serde_json::Value;

pub(crate) use facts::Facts;

use crate::error::PatchError;
use crate::id::Gvk;
use custom::Definitions;

/// The OpenAPI facts that strategic merge goes by: those of the built-in kinds, or a document's, or
/// both. The built-in facts are a table in the binary that is read where it is asked.
#[derive(Clone, Debug)]
pub struct Schema {
    builtin: bool,
    /// Later ones go before earlier ones.
    definitions: Vec<Definitions>,
}

/// The version of Kubernetes whose kinds are built in, as kustomize names it.
const BUILTIN_VERSION: &str = "v1.21.2";

/// What the names of Kubernetes' own definitions start with.
const BUILTIN_PREFIX: &str = "io.k8s.";

impl Default for Schema {
    fn default() -> Self {
        Self::builtin()
    }
}

impl Schema {
    /// The kinds of Kubernetes that kustomize has built in.
    pub fn builtin() -> Self {
        Self {
            builtin: true,
            definitions: Vec::new(),
        }
    }

    /// Only the kinds of an OpenAPI document, as a kustomization's `openapi.path` has it.
    ///
    /// # Errors
    /// The document has no OpenAPI definitions.
    pub fn custom(document: &Value) -> Result<Self, PatchError> {
        Ok(Self {
            builtin: false,
            definitions: vec![Definitions::read(document)?],
        })
    }

    /// The kinds of a version of Kubernetes, as a kustomization's `openapi.version` has it.
    ///
    /// # Errors
    /// The version is another than the one built in.
    pub fn version(name: &str) -> Result<Self, PatchError> {
        if name == BUILTIN_VERSION {
            return Ok(Self::builtin());
        }
        Err(PatchError::Schema(format!(
            "the specified OpenAPI version {name:?} is not built in, only {BUILTIN_VERSION} is"
        )))
    }

    /// Adds the kinds of an OpenAPI document to those that are there.
    ///
    /// # Errors
    /// As [`Schema::custom`].
    pub fn add_definitions(&mut self, document: &Value) -> Result<(), PatchError> {
        self.definitions.push(Definitions::read(document)?);
        Ok(())
    }

    /// Whether a kind lives in a namespace; none when nothing says so.
    pub fn is_namespaced(&self, gvk: &Gvk) -> Option<bool> {
        // kustomize's own list of scopes holds whichever document is in use.
        table::kind(&gvk.group, &gvk.version, &gvk.kind)
            .and_then(|kind| kind.namespaced)
            .or_else(|| {
                let mut definitions = self.definitions.iter().rev();
                definitions.find_map(|d| d.is_namespaced(gvk))
            })
    }

    /// Whether a kind is known to live in no namespace.
    pub fn is_cluster_scoped(&self, gvk: &Gvk) -> bool {
        self.is_namespaced(gvk) == Some(false)
    }

    /// Whether the fields of a kind are known.
    pub fn has(&self, gvk: &Gvk) -> bool {
        self.facts(&gvk.api_version(), &gvk.kind).is_some()
    }

    pub(crate) fn facts(&self, api_version: &str, kind: &str) -> Option<Facts<'_>> {
        let custom = self.definitions.iter().rev();
        let mut found = custom.filter_map(|d| d.kind(api_version, kind));
        if let Some(schema) = found.next() {
            return Some(Facts::Custom(self, schema));
        }
        if !self.builtin {
            return None;
        }
        let (group, version) = crate::id::split_api_version(api_version);
        let reference = table::kind(group, version, kind)?.reference;
        (!reference.is_empty()).then_some(Facts::Builtin(reference))
    }

    /// What is known of a schema: of the definition that it points to with `$ref`, or of itself. A
    /// document may point to definitions of the built-in kinds.
    fn known<'s>(&'s self, mut schema: &'s Value) -> Option<Facts<'s>> {
        // A chain of references that is longer than this goes in a circle.
        const CHAIN_MAX: usize = 32;
        for _ in 0..CHAIN_MAX {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
                return Some(Facts::Custom(self, schema));
            };
            let mut definitions = self.definitions.iter().rev();
            match definitions.find_map(|d| d.reference(reference)) {
                Some(definition) => schema = definition,
                None => return self.known_builtin(reference),
            }
        }
        None
    }

    fn known_builtin(&self, reference: &str) -> Option<Facts<'_>> {
        let name = reference.strip_prefix("#/definitions/")?;
        if !self.builtin || !name.starts_with(BUILTIN_PREFIX) {
            return None;
        }
        Some(table::definition(name).map_or(Facts::Plain, Facts::Builtin))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(facts: Facts<'_>, path: &str) -> Option<String> {
        let mut at = Some(facts);
        for part in path.split('.') {
            at = match part {
                "[]" => at?.elements(),
                name => at?.field(name),
            };
        }
        Some(at?.merge_keys()?.join(","))
    }

    #[test]
    fn built_in_lists_have_the_keys_of_kubernetes() {
        let schema = Schema::builtin();
        for (api_version, kind, path, expected) in [
            (
                "apps/v1",
                "Deployment",
                "spec.template.spec.containers",
                Some("name"),
            ),
            (
                "apps/v1",
                "Deployment",
                "spec.template.spec.containers.[].env",
                Some("name"),
            ),
            (
                "apps/v1",
                "Deployment",
                "spec.template.spec.containers.[].ports",
                Some("containerPort,protocol"),
            ),
            (
                "apps/v1",
                "Deployment",
                "spec.template.spec.tolerations",
                None,
            ),
            ("apps/v1", "Deployment", "metadata.finalizers", Some("")),
            (
                "apps/v1",
                "Deployment",
                "metadata.ownerReferences",
                Some("uid"),
            ),
            ("apps/v1", "Deployment", "status.conditions", Some("type")),
            ("v1", "Service", "spec.ports", Some("port,protocol")),
            ("v1", "ServiceAccount", "secrets", Some("name")),
            (
                "batch/v1",
                "CronJob",
                "spec.jobTemplate.spec.template.spec.volumes",
                Some("name"),
            ),
        ] {
            let facts = schema.facts(api_version, kind).expect(kind);
            assert_eq!(keys(facts, path).as_deref(), expected, "{kind} {path}");
        }
        assert!(schema.facts("apps/v1", "Nothing").is_none());
        assert!(schema.facts("example.com/v1", "Deployment").is_none());
    }

    #[test]
    fn scopes_are_those_of_kubernetes() {
        let schema = Schema::builtin();
        for (gvk, expected) in [
            (Gvk::new("apps", "v1", "Deployment"), Some(true)),
            (Gvk::new("", "v1", "Namespace"), Some(false)),
            (Gvk::new("", "v1", "NodeProxyOptions"), Some(false)),
            (
                Gvk::new("rbac.authorization.k8s.io", "v1", "ClusterRole"),
                Some(false),
            ),
            (Gvk::new("apps", "v1", "DeploymentList"), None),
            (Gvk::new("", "", "Namespace"), None),
            (Gvk::new("example.com", "v1", "Thing"), None),
        ] {
            assert_eq!(schema.is_namespaced(&gvk), expected, "{gvk}");
        }
    }

    fn document() -> Value {
        json!({
            "definitions": {
                "v1.Thing": {
                    "properties": {
                        "spec": {"$ref": "#/definitions/v1.Spec"},
                    },
                    "x-kubernetes-group-version-kind": [
                        {"group": "example.com", "kind": "Thing", "version": "v1"}
                    ],
                },
                "v1.Spec": {
                    "properties": {
                        "parts": {
                            "type": "array",
                            "items": {"$ref": "#/definitions/v1.Part"},
                            "x-kubernetes-patch-strategy": "merge,retainKeys",
                            "x-kubernetes-patch-merge-key": "id",
                        },
                        "loop": {"$ref": "#/definitions/v1.Loop"},
                    },
                    "additionalProperties": {"type": ["array"], "x-kubernetes-patch-strategy": "merge"},
                },
                "v1.Loop": {"$ref": "#/definitions/v1.Loop"},
                "v1.Part": {"type": "object"},
            },
            "paths": {
                "/apis/example.com/v1/things/{name}": {
                    "get": {"x-kubernetes-group-version-kind": {
                        "group": "example.com", "kind": "Thing", "version": "v1"}},
                },
            },
        })
    }

    #[test]
    fn a_document_takes_the_place_of_the_built_in_kinds_or_is_added() {
        let mut schema = Schema::custom(&document()).expect("a document");
        let thing = Gvk::new("example.com", "v1", "Thing");
        let facts = schema.facts("example.com/v1", "Thing").expect("the kind");
        assert_eq!(keys(facts, "spec.parts").as_deref(), Some("id"));
        assert_eq!(keys(facts, "spec.other").as_deref(), Some(""));
        assert_eq!(keys(facts, "spec.loop.parts"), None);
        assert_eq!(schema.is_namespaced(&thing), Some(false));
        assert!(!schema.has(&Gvk::new("apps", "v1", "Deployment")));
        assert!(schema.is_cluster_scoped(&Gvk::new("", "v1", "Namespace")));
        schema = Schema::builtin();
        schema.add_definitions(&document()).expect("a document");
        assert!(schema.has(&thing) && schema.has(&Gvk::new("apps", "v1", "Deployment")));
    }

    #[test]
    fn a_document_on_top_may_point_to_the_built_in_definitions() {
        let pods = "#/definitions/io.k8s.api.core.v1.PodTemplateSpec";
        let document = json!({"definitions": {"v1.Thing": {
            "properties": {"template": {"$ref": pods}, "other": {"$ref": "#/definitions/v1.No"}},
            "x-kubernetes-group-version-kind": [
                {"group": "example.com", "kind": "Thing", "version": "v1"}
            ],
        }}});
        let mut schema = Schema::builtin();
        schema.add_definitions(&document).expect("a document");
        let facts = schema.facts("example.com/v1", "Thing").expect("the kind");
        let found = keys(facts, "template.spec.containers");
        assert_eq!(found.as_deref(), Some("name"));
        assert_eq!(keys(facts, "other.containers"), None);
        let alone = Schema::custom(&document).expect("a document");
        let facts = alone.facts("example.com/v1", "Thing").expect("the kind");
        assert_eq!(keys(facts, "template.spec.containers"), None);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for document in [json!([]), json!({"definitions": []}), json!("x")] {
            assert!(Schema::custom(&document).is_err(), "{document}");
        }
        assert!(Schema::version("v1.20.4").is_err());
        assert!(Schema::version("v1.21.2").is_ok());
    }
}
