//! `managedFieldsManagers`: what these have set counts more than Git.

use serde_json::Value;

use crate::managed::{self, Element, FieldSet};

/// Takes out of both objects each field that a trusted manager owns and that has another value in
/// each. What only one of them has is no matter of trust and stays.
pub(super) fn remove(live: &mut Value, desired: &mut Value, trusted: &[&str]) {
    let mut contested = FieldSet::default();
    for entry in managed::entries(live) {
        if !trusted.contains(&entry.owner.manager.as_str()) {
            continue;
        }
        for path in entry.fields.paths() {
            if is_contested(&path, live, desired) {
                contested.insert(&path);
            }
        }
    }
    contested.remove_from(live);
    contested.remove_from(desired);
}

fn is_contested(path: &[Element], live: &Value, desired: &Value) -> bool {
    let find = |object| {
        path.iter()
            .try_fold(object, |value, element| element.get(value))
    };
    match (find(live), find(desired)) {
        // What is below has paths of its own.
        (Some(Value::Object(live)), Some(Value::Object(_))) if live.is_empty() => false,
        (Some(live), Some(desired)) => {
            let by_item = |value: &Value| matches!(value, Value::Object(_));
            let is_item = matches!(path.last(), Some(Element::Key(_)));
            live != desired && !(is_item && by_item(live))
        }
        _ => false,
    }
}
