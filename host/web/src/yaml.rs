//! YAML that people type.

use gantry_yaml::parse;
use serde_json::Value;

/// Exactly one document that says something, or what is wrong and where.
pub(crate) fn one(text: &str) -> Result<Value, String> {
    let documents = parse(text).map_err(|error| error.to_string())?;
    let mut found = documents
        .into_iter()
        .map(|document| document.value)
        .filter(|value| !value.is_null());
    match (found.next(), found.next()) {
        (Some(value), None) if value.is_object() => Ok(value),
        (Some(_), None) => Err("this is no manifest: a mapping is expected".to_owned()),
        (None, _) => Err("there is nothing in it".to_owned()),
        (Some(_), Some(_)) => Err("there are several documents; only one is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::one;

    #[test]
    fn one_mapping_is_expected() {
        assert!(one("a: 1\n").is_ok());
        for bad in ["", "- a\n", "a: 1\n---\nb: 2\n", "a: [1\n", "text"] {
            assert!(one(bad).is_err(), "{bad}");
        }
        let error = one("a: 1\nb: [\n").expect_err("a flow that does not end");
        assert!(error.contains("line") || error.contains(':'), "{error}");
    }
}
