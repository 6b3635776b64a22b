//! How many replicas.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::error::PatchError;
use crate::fields::{FieldSpec, visit};
use crate::scalar;

/// The number of replicas of what has a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Replica {
    /// The name, or one that it had.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// Sets the number in the field that the spec names.
///
/// # Errors
/// The field is no scalar.
pub fn set(object: &mut Value, count: i64, spec: &FieldSpec) -> Result<(), PatchError> {
    let count = Value::Number(Number::from(count));
    visit(object, spec, &count, &mut |field| {
        if !field.is_null() && !scalar::is_scalar(field) {
            return Err(PatchError::wrong_kind("scalar", field));
        }
        *field = scalar::restyled(field, count.clone());
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::defaults;

    #[test]
    fn the_number_is_set_or_made() {
        for (before, after) in [
            (json!({"replicas": 1}), json!({"replicas": 3})),
            (json!({}), json!({"replicas": 3})),
            (json!({"replicas": null}), json!({"replicas": 3})),
        ] {
            let mut object = json!({"kind": "Deployment", "spec": before});
            for spec in defaults::replicas() {
                set(&mut object, 3, &spec).expect("replicas");
            }
            assert_eq!(object["spec"], after, "{before}");
        }
        let mut object = json!({"kind": "Deployment", "spec": {"replicas": []}});
        assert!(
            defaults::replicas()
                .iter()
                .any(|spec| set(&mut object, 3, spec).is_err())
        );
    }
}
