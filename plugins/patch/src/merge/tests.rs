use super::*;

/// An object, a patch and what becomes of it, each a YAML document; the title is a comment.
const CASES: &str = include_str!("cases.yaml");

fn cases() -> Vec<(String, Vec<Value>)> {
    let sections = CASES.split("\n# ").skip(1);
    let parsed = sections.map(|section| {
        let (title, text) = section.split_once('\n').expect("a title");
        let documents = gantry_yaml::parse(text).unwrap_or_else(|e| panic!("{title}: {e}"));
        (
            title.to_owned(),
            documents.into_iter().map(|d| d.value).collect(),
        )
    });
    parsed.collect()
}

#[test]
fn patches_merge() {
    let schema = Schema::builtin();
    let cases = cases();
    assert!(cases.len() > 20, "{}", cases.len());
    for (title, documents) in cases {
        let [before, patch, after] = documents.as_slice() else {
            panic!("{title}: three documents");
        };
        let mut object = before.clone();
        let result = strategic_merge(&schema, &mut object, patch);
        match after.as_str() {
            Some("deleted") => assert_eq!(result, Ok(Outcome::Deleted), "{title}"),
            Some(reason) => {
                let error = result.expect_err(&title).to_string();
                assert!(error.contains(reason), "{title}: {error}");
            }
            None => {
                assert_eq!(result, Ok(Outcome::Changed), "{title}");
                assert_eq!(object, *after, "{title}");
            }
        }
    }
}

#[test]
fn the_keys_of_a_custom_kind_come_from_its_schema() {
    let document = gantry_yaml::parse(
        "definitions:\n  Thing:\n    x-kubernetes-group-version-kind: [{group: g, version: v1, kind: T}]\n    \
         properties:\n      parts: {type: array, items: {type: object}, \
         x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: id}\n",
    )
    .expect("YAML");
    let object = serde_json::json!({
        "apiVersion": "g/v1", "kind": "T", "parts": [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}],
    });
    let patch = serde_json::json!({"parts": [{"id": 2, "v": "c"}]});
    let custom = Schema::custom(&document[0].value).expect("a schema");
    for (schema, expected) in [
        (
            custom,
            serde_json::json!([{"id": 2, "v": "c"}, {"id": 1, "v": "a"}]),
        ),
        (Schema::builtin(), serde_json::json!([{"id": 2, "v": "c"}])),
    ] {
        let mut merged = object.clone();
        strategic_merge(&schema, &mut merged, &patch).expect("a merge");
        assert_eq!(merged["parts"], expected);
    }
}
