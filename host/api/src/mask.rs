//! What of an object may be shown: no value of a Secret, for nobody.

use serde_json::Value;

/// As Argo CD shows a value.
const MASK: &str = "++++++++";
/// What `kubectl apply` leaves of a Secret: its values.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether an object is a Secret of the core group.
pub(crate) fn is_secret(group: &str, kind: &str) -> bool {
    group.is_empty() && kind == "Secret"
}

/// Hides the values of a Secret, and its annotations that are `sensitive`.
pub(crate) fn hide(object: &mut Value, sensitive: &[String]) {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let kind = object["kind"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    if !is_secret(group, kind) {
        return;
    }
    for field in ["data", "stringData"] {
        if let Some(map) = object.get_mut(field).and_then(Value::as_object_mut) {
            map.values_mut().for_each(|value| *value = MASK.into());
        }
    }
    let annotations = object.pointer_mut("/metadata/annotations");
    let Some(annotations) = annotations.and_then(Value::as_object_mut) else {
        return;
    };
    for name in sensitive.iter().map(String::as_str).chain([LAST_APPLIED]) {
        if let Some(left) = annotations.get_mut(name) {
            *left = MASK.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::hide;

    #[test]
    fn values_of_secrets_are_hidden_with_what_is_left_of_them_in_annotations() {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "c2VjcmV0"}, "stringData": {"b": "secret"},
            "metadata": {"annotations": {"x": "y", "token": "secret", "kubectl.kubernetes.io/last-applied-configuration": "secret"}}});
        let sensitive = ["token".to_owned(), "none".to_owned()];
        hide(&mut secret, &sensitive);
        assert_eq!(secret["data"], json!({"a": "++++++++"}));
        assert_eq!(secret["metadata"]["annotations"]["token"], "++++++++");
        assert_eq!(secret["metadata"]["annotations"]["x"], "y");
        assert_eq!(secret["metadata"]["annotations"]["none"], json!(null));
        assert!(!secret.to_string().contains("secret\""), "{secret}");
        let mut other = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
        hide(&mut other, &sensitive);
        assert_eq!(other["data"]["a"], "b");
    }
}
