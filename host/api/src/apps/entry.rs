//! One application, with what lists ask of it at hand. The rest is a text: as a value it takes several times
//! the memory, and there may be ten thousand of them.

use std::sync::LazyLock;

use gantry_model::Object;
use serde_json::Value;

use crate::app::View;
use crate::desk::rbac_name;
use crate::fields::Fields;

use super::keys::Keys;

/// What filters, orders and counts of lists are about, and what those who watch for any change at all ask for.
static BRIEF: LazyLock<Fields> = LazyLock::new(|| {
    Fields::only([
        "metadata.name",
        "metadata.namespace",
        "metadata.labels",
        "metadata.uid",
        "metadata.resourceVersion",
        "metadata.creationTimestamp",
        "metadata.deletionTimestamp",
        "spec.project",
        "spec.destination",
        "spec.source.chart",
        "spec.source.repoURL",
        "spec.sources.chart",
        "spec.sources.repoURL",
        "status.sync.status",
        "status.health.status",
        "status.operationState.phase",
        "status.operationState.finishedAt",
    ])
});

/// One application.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) keys: Keys,
    brief: Value,
    text: Box<str>,
    version: String,
    number: Option<u64>,
    /// Its name in policies.
    pub(crate) rbac_name: String,
}

impl Entry {
    pub(crate) fn new(object: Object, home: &str) -> Self {
        let version = object.resource_version().to_owned();
        let value = object.into_value();
        Self {
            keys: Keys::of(View(&value)),
            rbac_name: rbac_name(home, View(&value)),
            number: super::number(&version),
            version,
            brief: Fields::of(Some(&BRIEF), &value),
            text: value.to_string().into(),
        }
    }

    /// All of it, as JSON.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// All of it.
    pub(crate) fn value(&self) -> Value {
        // It was written here, from a value.
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// What is chosen of it, which may be all.
    pub(crate) fn part(&self, fields: Option<&Fields>) -> Value {
        match fields {
            None => self.value(),
            Some(fields) if fields.are_within(&BRIEF) => Fields::of(Some(fields), &self.brief),
            Some(fields) => Fields::of(Some(fields), &self.value()),
        }
    }

    /// What lists ask about, and no more.
    pub(crate) fn view(&self) -> View<'_> {
        View(&self.brief)
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The version, where it is a number: of two the larger one is newer.
    pub(crate) fn number(&self) -> Option<u64> {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::json;

    use super::Entry;
    use crate::fields::Fields;

    #[test]
    fn a_part_is_the_same_from_what_is_at_hand_and_from_the_whole() {
        let app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "web", "namespace": "argocd", "resourceVersion": "7", "annotations": {"a": "b"}},
            "spec": {"project": "shop", "sources": [{"repoURL": "https://git.example/a", "path": "x"}]},
            "status": {"sync": {"status": "Synced", "revision": "1"}, "history": [{"id": 1}]}});
        let entry = Entry::new(Object::new(app.clone(), None).expect("an object"), "argocd");
        assert_eq!(entry.value(), app);
        assert_eq!(entry.part(None), app);
        for fields in [
            "items.metadata.name",
            "items.metadata.name,items.spec.sources.repoURL,items.status.sync.status",
            "items.spec.sources",
            "items.status.sync",
            "items.metadata.labels.tier,items.status.none",
            "-items.status.history",
        ] {
            let fields = Fields::below("items", fields);
            assert_eq!(
                entry.part(fields.as_ref()),
                Fields::of(fields.as_ref(), &app),
                "{fields:?}"
            );
        }
    }
}
