//! What a ConfigMap or a Secret holds, as texts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::entries::decode;
use crate::object::Object;

/// The entries of a ConfigMap or of a Secret that are texts. Those of a Secret are decoded, and `stringData` goes
/// before `data`, as an API server has it.
pub fn texts(object: &Object) -> BTreeMap<String, String> {
    let is_secret = object.kind() == "Secret";
    let entries = |field: &str| object.value()[field].as_object().into_iter().flatten();
    let plain = |value: &Value| value.as_str().map(str::to_owned);
    let read = |value: &Value| {
        if is_secret {
            decode(value.as_str()?, "data").ok()
        } else {
            plain(value)
        }
    };
    let mut found: BTreeMap<String, String> = entries("data")
        .filter_map(|(key, value)| Some((key.clone(), read(value)?)))
        .collect();
    if is_secret {
        let written = entries("stringData");
        found.extend(written.filter_map(|(key, value)| Some((key.clone(), plain(value)?))));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::texts;
    use crate::object::Object;

    #[test]
    fn texts_are_read_and_what_is_none_is_left_out() {
        let read = |mut value: Value| {
            value["apiVersion"] = json!("v1");
            value["metadata"] = json!({"name": "a"});
            texts(&Object::new(value, None).expect("an object"))
        };
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let data = json!({"a": "YQ==", "b": "Yg==", "n": 7, "bad": "%", "bytes": "/w=="});
        let secret = json!({"kind": "Secret", "data": data, "stringData": {"b": "own", "c": "c"}});
        assert_eq!(read(secret), pairs(&[("a", "a"), ("b", "own"), ("c", "c")]));
        let map = json!({"kind": "ConfigMap", "data": data, "stringData": {"b": "own"}});
        let plain = [
            ("a", "YQ=="),
            ("b", "Yg=="),
            ("bad", "%"),
            ("bytes", "/w=="),
        ];
        assert_eq!(read(map), pairs(&plain));
        assert_eq!(read(json!({"kind": "ConfigMap", "data": null})), pairs(&[]));
    }
}
