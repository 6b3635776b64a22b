//! What was rendered, in one line.

use gantry_model::{Digest, Object};
use serde_json::Value;

/// The digest of objects in canonical form: each as JSON without spaces, the keys of every mapping
/// sorted by their bytes; these texts sorted; [`Digest::of_texts`] of them. Neither the order of
/// keys nor that of objects counts, an object that is there twice counts twice, and numbers count
/// as they are written (`1` is not `1.0`).
pub fn manifests_digest<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Digest {
    let text = |object: &Object| sorted(object.value()).to_string();
    let mut texts: Vec<String> = objects.into_iter().map(text).collect();
    texts.sort_unstable();
    Digest::of_texts(texts)
}

/// The same value with sorted keys: whether a map keeps an order depends on serde_json's features.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            let entries = entries.into_iter();
            Value::Object(entries.map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::Value;

    use super::manifests_digest;

    fn digest(texts: &[&str]) -> String {
        let object = |text: &&str| {
            let value: Value = serde_json::from_str(text).expect("JSON");
            Object::new(value, None).expect("an object")
        };
        let objects: Vec<Object> = texts.iter().map(object).collect();
        manifests_digest(&objects).to_string()
    }

    #[test]
    fn order_does_not_count_and_content_does() {
        let a = r#"{"apiVersion":"v1","kind":"A","spec":{"x":1,"y":[1,2]}}"#;
        let turned = r#"{"spec":{"y":[1,2],"x":1},"kind":"A","apiVersion":"v1"}"#;
        let b = r#"{"apiVersion":"v1","kind":"B"}"#;
        assert_eq!(digest(&[a, b]), digest(&[b, turned]));
        for other in [
            r#"{"apiVersion":"v1","kind":"A","spec":{"x":1,"y":[2,1]}}"#,
            r#"{"apiVersion":"v1","kind":"A","spec":{"x":1.0,"y":[1,2]}}"#,
            r#"{"apiVersion":"v1","kind":"A","spec":{"x":"1","y":[1,2]}}"#,
        ] {
            assert_ne!(digest(&[a, b]), digest(&[other, b]), "{other}");
        }
        assert_ne!(digest(&[a]), digest(&[a, a]));
        // Histories are compared across versions of Gantry: this form must not move.
        assert_eq!(
            digest(&[b]),
            gantry_model::Digest::of_texts([b]).to_string()
        );
    }
}
