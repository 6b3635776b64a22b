//! Applications as they are printed: objects that an operation brings with it may be Secrets. Pure.

use std::borrow::Cow;

use gantry_diff::mask::{self, Sensitive};
use gantry_model::Object;
use serde_json::Value;

/// Where an operation has its manifests.
const PLACES: [&str; 2] = [
    "/operation/sync/manifests",
    "/status/operationState/operation/sync/manifests",
];

/// An application for people and scripts: without the values of Secrets.
pub(super) fn shown(application: &Object) -> Cow<'_, Value> {
    let value = application.value();
    if PLACES.iter().all(|place| value.pointer(place).is_none()) {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    for place in PLACES {
        let manifests = value.pointer_mut(place).and_then(Value::as_array_mut);
        for manifest in manifests.into_iter().flatten() {
            *manifest = hidden(manifest.as_str().unwrap_or_default()).into();
        }
    }
    Cow::Owned(value)
}

fn hidden(manifest: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(manifest) else {
        return "***".to_owned();
    };
    mask::secrets(None, Some(&mut value), &Sensitive::default());
    value.to_string()
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::{Value, json};

    use super::shown;

    #[test]
    fn values_of_secrets_that_an_operation_brings_are_hidden() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "s3cret"}});
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "plain"}});
        let sync = json!({"manifests": [secret.to_string(), map.to_string(), "s3cret"]});
        let app = |operation: &Value, state: &Value| {
            let value = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "operation": {"sync": operation}, "status": {"operationState": {"operation": {"sync": state}}}});
            Object::new(value, None).expect("an object")
        };
        for object in [
            app(&sync, &json!({})),
            app(&json!({}), &sync),
            app(&sync, &sync),
        ] {
            let text = shown(&object).to_string();
            assert!(!text.contains("s3cret") && text.contains("plain"), "{text}");
        }
        let other = app(&json!({"revision": "v1"}), &json!({}));
        assert_eq!(*shown(&other), *other.value());
    }
}
