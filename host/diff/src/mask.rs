//! What may be shown of an object: no Secret's values, and nothing that only the server writes.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const MASK: &str = "***";
/// What `kubectl apply` leaves of a Secret: its values.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Fields of `metadata` that only the server writes: noise in a diff, an error or without effect in an
/// apply.
pub(crate) const SERVER_FIELDS: [&str; 6] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "creationTimestamp",
    "generation",
    "selfLink",
];

/// Annotations of Secrets that are as confidential as their values: `resource.sensitive.mask.annotations` of
/// Argo CD's `argocd-cm`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sensitive(BTreeSet<String>);

impl Sensitive {
    /// Reads a list with commas.
    pub fn read(text: &str) -> Self {
        let names = text.split(',').map(str::trim);
        let names = names.filter(|name| !name.is_empty());
        Self(names.map(str::to_owned).collect())
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The object without the server's own fields and without its status.
pub fn presentable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in SERVER_FIELDS {
                metadata.remove(field);
            }
            if metadata
                .get("annotations")
                .and_then(Value::as_object)
                .is_some_and(Map::is_empty)
            {
                metadata.remove("annotations");
            }
        }
    }
    object
}

/// Masks the values of two Secrets that are compared, as `kubectl diff` does: equal values look
/// equal, different ones different. Also what `kubectl apply` left of them in an annotation, and annotations
/// that are `sensitive`.
pub fn secrets(before: Option<&mut Value>, after: Option<&mut Value>, sensitive: &Sensitive) {
    let (mut none_before, mut none_after) = (Value::Null, Value::Null);
    let before = before.unwrap_or(&mut none_before);
    let after = after.unwrap_or(&mut none_after);
    if !is_secret(before) && !is_secret(after) {
        return;
    }
    for field in ["data", "stringData"] {
        let old = take(before, field);
        let new = take(after, field);
        let masked = |own: &Map<String, Value>, other: Option<&Map<String, Value>>, word: &str| {
            let mask = |(key, value): (&String, &Value)| {
                let theirs = other.and_then(|other| other.get(key));
                (key.clone(), hidden(value, theirs, word))
            };
            Value::Object(own.iter().map(mask).collect())
        };
        if let (Some(own), Some(map)) = (&old, before.as_object_mut()) {
            map.insert(field.into(), masked(own, new.as_ref(), "before"));
        }
        if let (Some(own), Some(map)) = (&new, after.as_object_mut()) {
            map.insert(field.into(), masked(own, old.as_ref(), "after"));
        }
    }
    for name in sensitive.names() {
        let (old, new) = (annotation(before, name), annotation(after, name));
        let (told_old, told_new) = (old.as_deref().cloned(), new.as_deref().cloned());
        if let Some(own) = old {
            *own = hidden(own, told_new.as_ref(), "before");
        }
        if let Some(own) = new {
            *own = hidden(own, told_old.as_ref(), "after");
        }
    }
    for object in [before, after] {
        if let Some(left) = annotation(object, LAST_APPLIED) {
            *left = MASK.into();
        }
    }
}

/// What stands for a value beside another one.
fn hidden(value: &Value, other: Option<&Value>, word: &str) -> Value {
    if other.is_some_and(|other| other != value) {
        format!("{MASK} ({word})").into()
    } else {
        MASK.into()
    }
}

fn annotation<'o>(object: &'o mut Value, name: &str) -> Option<&'o mut Value> {
    let all = object.pointer_mut("/metadata/annotations")?;
    all.as_object_mut()?.get_mut(name)
}

fn is_secret(object: &Value) -> bool {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    text("kind") == Some("Secret") && text("apiVersion") == Some("v1")
}

fn take(object: &mut Value, field: &str) -> Option<Map<String, Value>> {
    match object.as_object_mut()?.get_mut(field)?.take() {
        Value::Object(map) => Some(map),
        // A malformed Secret shows nothing at all.
        _ => Some(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Sensitive, secrets};

    fn object(kind: &str, annotations: Value) -> Value {
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"annotations": annotations}})
    }

    #[test]
    fn annotations_of_secrets_are_masked_where_they_are_named() {
        let sensitive = Sensitive::read(" token-1, token/2,,token-1");
        assert_eq!(
            sensitive.names().collect::<Vec<_>>(),
            ["token-1", "token/2"]
        );
        let live = json!({"token-1": "a", "token/2": "same", "plain": "x", "token-3": "y"});
        let git = json!({"token-1": "b", "token/2": "same"});
        for (kind, live, git, shown_live, shown_git) in [
            (
                "Secret",
                Some(live.clone()),
                Some(git.clone()),
                json!({"token-1": "*** (before)", "token/2": "***", "plain": "x", "token-3": "y"}),
                json!({"token-1": "*** (after)", "token/2": "***"}),
            ),
            (
                "Secret",
                None,
                Some(git.clone()),
                Value::Null,
                json!({"token-1": "***", "token/2": "***"}),
            ),
            (
                "ConfigMap",
                Some(git.clone()),
                Some(git.clone()),
                git.clone(),
                git,
            ),
        ] {
            let of = |annotations: Option<Value>| annotations.map(|all| object(kind, all));
            let (mut before, mut after) = (of(live), of(git));
            secrets(before.as_mut(), after.as_mut(), &sensitive);
            let shown = |object: Option<Value>| {
                object.unwrap_or_default()["metadata"]["annotations"].clone()
            };
            assert_eq!((shown(before), shown(after)), (shown_live, shown_git));
        }
    }

    #[test]
    fn a_secret_without_annotations_or_with_broken_ones_is_no_trouble() {
        let sensitive = Sensitive::read("a");
        for annotations in [Value::Null, json!("a"), json!([]), json!({})] {
            let mut secret = object("Secret", annotations);
            let same = secret.clone();
            secrets(None, Some(&mut secret), &sensitive);
            assert_eq!(secret, same);
        }
    }
}
