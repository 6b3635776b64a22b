//! Which objects a patch or a replacement is for.

mod labels;
mod pattern;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use labels::LabelSelector;
pub(crate) use pattern::{Pattern, is_word, match_word};

use crate::error::PatchError;
use crate::id::{Gvk, Id};
use crate::schema::Schema;

/// A patch's `target`, or a replacement's `select` and `reject`: what is empty means any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Selector {
    /// Pattern of the group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Pattern of the version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Pattern of the kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Pattern of the name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Pattern of the namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// A label selector that the annotations are looked at with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub annotation_selector: String,
    /// A label selector.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label_selector: String,
}

impl Selector {
    /// Reads the patterns and selectors.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn compile(&self) -> Result<Matcher, PatchError> {
        Ok(Matcher {
            group: Pattern::whole("group", &self.group)?,
            version: Pattern::whole("version", &self.version)?,
            kind: Pattern::whole("kind", &self.kind)?,
            name: Pattern::whole("name", &self.name)?,
            namespace: Pattern::whole("namespace", &self.namespace)?,
            annotations: LabelSelector::parse(&self.annotation_selector)?,
            labels: LabelSelector::parse(&self.label_selector)?,
        })
    }

    /// Whether it says nothing about group, version, kind, name and namespace.
    pub fn is_empty_id(&self) -> bool {
        let id = [
            &self.group,
            &self.version,
            &self.kind,
            &self.name,
            &self.namespace,
        ];
        id.iter().all(|text| text.is_empty())
    }
}

/// A selector that is ready to match.
#[derive(Clone, Debug)]
pub struct Matcher {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    annotations: LabelSelector,
    labels: LabelSelector,
}

impl Matcher {
    /// Whether it selects an object for a patch: by its kind, by the name and the namespace that it
    /// has or had first, and by its labels and annotations.
    pub fn selects(&self, schema: &Schema, current: &Id, original: &Id, object: &Value) -> bool {
        self.gvk(&current.gvk)
            && (self.name(&original.name) || self.name(&current.name))
            && (self.namespace(original.effective_namespace(schema))
                || self.namespace(current.effective_namespace(schema)))
            && self.metadata(object)
    }

    /// Whether group, version and kind fit.
    pub fn gvk(&self, gvk: &Gvk) -> bool {
        self.group.matches(&gvk.group)
            && self.version.matches(&gvk.version)
            && self.kind.matches(&gvk.kind)
    }

    /// Whether the name fits.
    pub fn name(&self, name: &str) -> bool {
        self.name.matches(name)
    }

    /// Whether the namespace fits.
    pub fn namespace(&self, namespace: &str) -> bool {
        self.namespace.matches(namespace)
    }

    /// Whether labels and annotations fit.
    pub fn metadata(&self, object: &Value) -> bool {
        let map = |key: &str| {
            let metadata = object.get("metadata")?;
            metadata.get(key)?.as_object()
        };
        self.labels.matches(map("labels")) && self.annotations.matches(map("annotations"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object() -> Value {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": "new-web", "namespace": "prod",
                "labels": {"app": "web"}, "annotations": {"size": "3"},
            },
        })
    }

    #[test]
    fn all_conditions_hold_on_the_current_or_the_original_id() {
        for (selector, expected) in [
            (json!({}), true),
            (json!({"kind": "Deployment"}), true),
            (json!({"kind": "Deploy"}), false),
            (json!({"kind": "Deploy.*|Service"}), true),
            (json!({"group": "apps", "version": "v1"}), true),
            (json!({"group": "app"}), false),
            (json!({"name": "web"}), true),
            (json!({"name": "new-web"}), true),
            (json!({"name": "w.b"}), true),
            (json!({"name": "we"}), false),
            (json!({"name": "web|x"}), true),
            (json!({"namespace": "default"}), true),
            (json!({"namespace": "prod"}), true),
            (json!({"namespace": "pro"}), false),
            (json!({"labelSelector": "app in (web, db)"}), true),
            (json!({"labelSelector": "app!=web"}), false),
            (json!({"annotationSelector": "size>2"}), true),
        ] {
            let parsed: Selector = serde_json::from_value(selector.clone()).expect("a selector");
            let object = object();
            let original = Id {
                gvk: Gvk::of(&object),
                namespace: String::new(),
                name: "web".to_owned(),
            };
            let matcher = parsed.compile().expect("patterns");
            let schema = Schema::builtin();
            let found = matcher.selects(&schema, &Id::of(&object), &original, &object);
            assert_eq!(found, expected, "{selector}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for selector in [
            json!({"name": "a("}),
            json!({"labelSelector": "a=b=c"}),
            json!({"annotationSelector": "(a)"}),
        ] {
            let parsed: Selector = serde_json::from_value(selector.clone()).expect("a selector");
            assert!(parsed.compile().is_err(), "{selector}");
        }
        assert!(serde_json::from_value::<Selector>(json!({"nome": "a"})).is_err());
    }
}
