//! What keeps an object that was deleted from going.

use gantry_model::cluster::Resource;
use gantry_model::{Object, ObjectRef};
use serde_json::Value;

use crate::prune::waits_for;
use crate::run::Sync;

/// What a namespace's status says of what is left in it.
const NAMESPACE_CONDITIONS: [&str; 5] = [
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
    "NamespaceDeletionContentFailure",
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
];

impl Sync<'_> {
    /// Why an object is still there; none where it is gone after all.
    pub(crate) async fn still_there(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        uid: &str,
    ) -> Option<String> {
        let get = || self.cluster.get(resource, &object.namespace, &object.name);
        match self.limiter.call(get).await {
            Ok(Some(now)) if now.uid() == uid => Some(holds(&now)),
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        }
    }
}

/// The finalizers that hold an object, and what is left in a namespace.
fn holds(object: &Object) -> String {
    let conditions = object.value().pointer("/status/conditions");
    let conditions = conditions.and_then(Value::as_array).into_iter().flatten();
    let text = |condition: &Value, field: &str| {
        let text = condition.get(field).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let is_namespace = object.kind() == "Namespace";
    let remaining = conditions
        .filter(|condition| is_namespace && text(condition, "status") == "True")
        .filter(|condition| NAMESPACE_CONDITIONS.contains(&text(condition, "type").as_str()))
        .map(|condition| text(condition, "message"));
    let mut all: Vec<String> = remaining.filter(|message| !message.is_empty()).collect();
    let finalizers = waits_for(object);
    if !finalizers.is_empty() {
        all.insert(0, finalizers);
    }
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::holds;
    use gantry_model::Object;
    use serde_json::{Value, json};

    #[test]
    fn what_holds_an_object_is_told() {
        let object = |kind: &str, finalizers: &[&str], conditions: Value| {
            let metadata = json!({"name": "a", "finalizers": finalizers});
            let value = json!({"apiVersion": "v1", "kind": kind, "metadata": metadata,
                "status": {"conditions": conditions}});
            Object::new(value, None).expect("an object")
        };
        let condition = |kind: &str, status: &str, message: &str| json!({"type": kind, "status": status, "message": message});
        let left = json!([
            condition(
                "NamespaceDeletionContentFailure",
                "False",
                "All content deleted"
            ),
            condition(
                "NamespaceContentRemaining",
                "True",
                "configmaps. has 1 resource instances"
            ),
            condition(
                "NamespaceFinalizersRemaining",
                "True",
                "x.io/f in 1 resource instances"
            ),
        ]);
        let both = "configmaps. has 1 resource instances; x.io/f in 1 resource instances";
        let cases = [
            (object("ConfigMap", &[], json!(null)), String::new()),
            (
                object("ConfigMap", &["a.io/x", "b"], json!([])),
                "goes when its finalizers are removed: a.io/x, b".to_owned(),
            ),
            (object("Namespace", &[], left.clone()), both.to_owned()),
            (object("Thing", &[], left), String::new()),
        ];
        for (object, expected) in cases {
            assert_eq!(holds(&object), expected, "{:?}", object.value());
        }
    }
}
