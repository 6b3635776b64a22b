//! Labels and annotations.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::PatchError;
use crate::fields::{FieldSpec, visit_all};

/// Sets the pairs in each map that the specs name.
///
/// # Errors
/// A field is no map; names path and object.
pub fn set(
    object: &mut Value,
    pairs: &BTreeMap<String, String>,
    specs: &[FieldSpec],
) -> Result<(), PatchError> {
    let create = Value::Object(Map::new());
    // Pair by pair: what the specs create for one is there for the next.
    pairs.iter().try_for_each(|(key, value)| {
        visit_all(object, specs, &create, &mut |field| match field {
            Value::Object(map) => {
                map.insert(key.clone(), Value::String(value.clone()));
                Ok(())
            }
            Value::Null => Ok(()),
            other => Err(PatchError::wrong_kind("map", other)),
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::defaults;

    #[test]
    fn pairs_are_set_where_kustomize_has_labels() {
        let mut object = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"labels": {"a": 1, "b": "old"}},
            "spec": {"volumeClaimTemplates": [{"metadata": {}}, {}]},
        });
        let pairs = BTreeMap::from([("b".to_owned(), "true".to_owned())]);
        set(&mut object, &pairs, &defaults::common_labels()).expect("labels");
        let labels = json!({"b": "true"});
        assert_eq!(
            object,
            json!({
                "apiVersion": "apps/v1", "kind": "StatefulSet",
                "metadata": {"labels": {"a": 1, "b": "true"}},
                "spec": {
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}},
                    "volumeClaimTemplates": [
                        {"metadata": {"labels": labels}}, {"metadata": {"labels": labels}},
                    ],
                },
            })
        );
    }

    #[test]
    fn what_is_no_map_is_refused() {
        let mut object = json!({"kind": "K", "metadata": {"labels": ["x"]}});
        let pairs = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        assert!(set(&mut object, &pairs, &defaults::metadata_labels()).is_err());
        assert!(set(&mut object, &BTreeMap::new(), &defaults::metadata_labels()).is_ok());
    }
}
