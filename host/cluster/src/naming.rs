//! Names for objects that are created with `generateName`.
//!
//! The server would make one too. Made here, a creation that got no answer can be sent again
//! without making a second object.

use gantry_model::{ClusterError, Object};
use serde_json::Value;

use crate::random;

/// What apimachinery's `SimpleNameGenerator` uses: no vowels, so no words; nothing that looks
/// alike.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_CHARS: usize = 5;
/// The rest is cut: a generated name may become a label.
const NAME_MAX_CHARS: usize = 63;

/// The object with a name, if it has none but a `generateName`.
///
/// # Errors
/// When it has neither.
pub(crate) fn named(object: &Object) -> Result<Option<Object>, ClusterError> {
    if !object.name().is_empty() {
        return Ok(None);
    }
    let prefix = object.value().pointer("/metadata/generateName");
    let prefix = prefix.and_then(Value::as_str).unwrap_or_default();
    if prefix.is_empty() {
        let wrong = "metadata: an object needs a `name` or a `generateName`";
        return Err(ClusterError::Invalid(wrong.to_owned()));
    }
    let mut value = object.value().clone();
    if let Some(metadata) = value.get_mut("metadata") {
        metadata["name"] = generate(prefix, random::number()).into();
    }
    Object::new(value, object.origin().cloned())
        .map(Some)
        .map_err(|error| ClusterError::Invalid(error.to_string()))
}

fn generate(prefix: &str, mut random: u64) -> String {
    let cut = prefix.floor_char_boundary(NAME_MAX_CHARS - SUFFIX_CHARS);
    let mut name = prefix.get(..cut).unwrap_or_default().to_owned();
    let count = LETTERS.len() as u64;
    for _ in 0..SUFFIX_CHARS {
        let at = usize::try_from(random % count).unwrap_or_default();
        name.push(LETTERS.get(at).copied().map_or('x', char::from));
        random /= count;
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    fn object(metadata: &Value) -> Object {
        let value = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata});
        Object::new(value, None).expect("an object")
    }

    #[test]
    fn a_name_is_made_where_there_is_none() {
        let job = object(&json!({"generateName": "migrate-", "namespace": "a"}));
        let names: HashSet<String> = (0..100)
            .map(|_| named(&job).expect("valid").expect("a new one"))
            .map(|job| job.name().to_owned())
            .collect();
        assert!(names.len() > 98, "{names:?}");
        assert!(names.iter().all(|name| name.starts_with("migrate-")));
        assert!(names.iter().all(|name| name.len() == 13));
        let long = object(&json!({"generateName": "a".repeat(80)}));
        let long = named(&long).expect("valid").expect("a new one");
        assert_eq!(long.name().len(), 63);
        assert_eq!(named(&object(&json!({"name": "b"}))), Ok(None));
        let error = named(&object(&json!({}))).expect_err("no name");
        assert!(error.to_string().contains("generateName"), "{error}");
    }
}
