//! Reads an object without what no check looks at: most of an object's text is its pod template and
//! its managed fields, and reading text is most of judging.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::general::SWITCHES;

/// What the checks read of `metadata`.
const METADATA: &[&str] = &[
    "annotations",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "name",
];
/// What the checks read of `spec`, besides what stops a controller.
const SPEC: &[&str] = &["replicas", "restartPolicy", "type", "updateStrategy"];

/// The object as far as the checks read it. A text of another shape is read whole.
///
/// # Errors
/// The text is no JSON.
pub(crate) fn read(text: &str) -> Result<Value, serde_json::Error> {
    let pruned = serde_json::Deserializer::from_str(text).deserialize_map(Object);
    match pruned {
        Ok(map) => Ok(Value::Object(map)),
        Err(_) => serde_json::from_str(text),
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = match key.as_str() {
                "metadata" => Value::Object(entries.next_value_seed(Part(&[METADATA]))?),
                "spec" => Value::Object(entries.next_value_seed(Part(&[SPEC, &SWITCHES]))?),
                _ => entries.next_value()?,
            };
            map.insert(key, value);
        }
        Ok(map)
    }
}

/// The fields of these names.
struct Part(&'static [&'static [&'static str]]);

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if self.0.iter().any(|names| names.contains(&key.as_str())) {
                map.insert(key, entries.next_value()?);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn what_no_check_reads_is_left_out() {
        let object = json!({
            "kind": "Deployment",
            "metadata": {"name": "a", "generation": 2, "managedFields": [{"manager": "x"}]},
            "spec": {"replicas": 3, "template": {"spec": {}}},
            "status": {"conditions": [{"type": "Available"}]},
        });
        let expected = json!({
            "kind": "Deployment",
            "metadata": {"name": "a", "generation": 2},
            "spec": {"replicas": 3},
            "status": {"conditions": [{"type": "Available"}]},
        });
        assert_eq!(read(&object.to_string()).expect("JSON"), expected);
    }

    #[test]
    fn a_text_of_another_shape_is_read_whole() {
        for text in [
            r#"{"spec":[1],"metadata":{}}"#,
            "[1]",
            "null",
            r#"{"metadata":null}"#,
        ] {
            assert_eq!(
                read(text).expect("JSON").to_string().len(),
                text.len(),
                "{text}"
            );
        }
        assert!(read("{").is_err());
    }
}
