//! `operation.sync.manifests`: objects that an operation brings with it, as `app sync --local` sends them.

use gantry_model::{Object, limits};
use serde_json::Value;

/// Why they are refused where Git would be synced again at once.
pub(crate) const NOT_AUTOMATED: &str = "manifests that an operation brings cannot be synced when the \
     application is synced automatically, except as a dry run: set `syncPolicy.automated` aside first";

/// The objects, each from its JSON.
///
/// # Errors
/// Which of them cannot be read, and why; that they are too large.
pub(crate) fn read(manifests: &[String]) -> Result<Vec<Object>, String> {
    let bytes: usize = manifests.iter().map(String::len).sum();
    if bytes > limits::OPERATION_MANIFESTS_MAX_BYTES {
        return Err(format!(
            "`operation.sync.manifests` has {bytes} bytes, and {} are the limit: sync from Git",
            limits::OPERATION_MANIFESTS_MAX_BYTES
        ));
    }
    let one = |(index, text): (usize, &String)| {
        let wrong = |why: String| format!("`operation.sync.manifests[{index}]`: {why}");
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        Object::new(value, None).map_err(|error| wrong(error.to_string()))
    };
    manifests.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::read;
    use gantry_model::limits;

    #[test]
    fn manifests_are_objects_of_a_bearable_size() {
        let map = r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}"#;
        let large = " ".repeat(limits::OPERATION_MANIFESTS_MAX_BYTES);
        let cases: [(&[&str], Result<usize, &str>); 4] = [
            (&[map, map], Ok(2)),
            (&[map, "{"], Err("manifests[1]`: EOF")),
            (&[r#"{"kind": "ConfigMap"}"#], Err("manifests[0]`")),
            (&[map, &large], Err("are the limit")),
        ];
        for (texts, expected) in cases {
            let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
            match (read(&texts), expected) {
                (Ok(objects), Ok(count)) => assert_eq!(objects.len(), count),
                (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
                (found, expected) => unreachable!("{found:?} is not {expected:?}"),
            }
        }
    }
}
