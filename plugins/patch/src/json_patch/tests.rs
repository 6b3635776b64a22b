use serde_json::json;

use super::*;

fn object() -> Value {
    json!({"a": {"b": 1, "c/d": "x", "n": null}, "l": [1, 2, 3]})
}

/// An operation, a pointer and the value there afterwards.
const APPLIED: &str = r#"
{"op": "add", "path": "/a/e", "value": 2}    "/a/e"  2
{"op": "add", "path": "/a/e"}                "/a/e"  null
{"op": "add", "path": "/l/-", "value": 9}    "/l"    [1, 2, 3, 9]
{"op": "add", "path": "/l/3", "value": 9}    "/l"    [1, 2, 3, 9]
{"op": "add", "path": "/l/1", "value": 9}    "/l"    [1, 9, 2, 3]
{"op": "add", "path": "/l/-1", "value": 9}   "/l"    [1, 2, 3, 9]
{"op": "add", "path": "/l/-2", "value": 9}   "/l"    [1, 2, 9, 3]
{"op": "remove", "path": "/l/-1"}            "/l"    [1, 2]
{"op": "remove", "path": "/a/c~1d"}          "/a"    {"b": 1, "n": null}
{"op": "replace", "path": "/l/0", "value": 9}  "/l"  [9, 2, 3]
{"op": "replace", "path": "/a/x", "value": 9}  "/a/x"  9
{"op": "replace", "path": "", "value": {"z": 1}}  "/z"  1
{"op": "move", "path": "/l/0", "from": "/a/b"}  "/l"  [1, 1, 2, 3]
{"op": "copy", "path": "/a/l", "from": "/l"}  "/a/l"  [1, 2, 3]
{"op": "test", "path": "/a/b", "value": 1.0}  "/a/b"  1
{"op": "test", "path": "/a/x", "value": null}  "/a/b"  1
{"op": "test", "path": "/a/n", "value": null}  "/a/b"  1
{"op": "test", "path": "", "value": {"a": {"b": 1, "c/d": "x", "n": null}, "l": [1, 2, 3]}}  "/a/b"  1
"#;

#[test]
fn operations_apply() {
    for line in APPLIED.trim().lines() {
        let values = serde_json::Deserializer::from_str(line).into_iter::<Value>();
        let values: Vec<Value> = values.map(|value| value.expect("JSON")).collect();
        let [op, pointer, expected] = values.as_slice() else {
            panic!("three values: {line}");
        };
        let mut value = object();
        let patch = JsonPatch::from_value(&json!([op])).expect("a patch");
        patch.apply(&mut value).expect("it applies");
        let found = value.pointer(pointer.as_str().expect("a pointer"));
        assert_eq!(found, Some(expected), "{line}");
    }
}

#[test]
fn what_does_not_apply_is_named() {
    for (op, reason) in [
        (
            json!({"op": "add", "path": "/x/y", "value": 1}),
            "missing path",
        ),
        (json!({"op": "add", "path": "a", "value": 1}), "starts with"),
        (
            json!({"op": "add", "path": "/l/4", "value": 1}),
            "invalid index: 4",
        ),
        (
            json!({"op": "add", "path": "/l/-5", "value": 1}),
            "invalid index: -5",
        ),
        (
            json!({"op": "add", "path": "/l/x", "value": 1}),
            "array index: 'x'",
        ),
        (
            json!({"op": "remove", "path": "/a/zz"}),
            "nonexistent key: zz",
        ),
        (json!({"op": "remove", "path": "/l/3"}), "invalid index: 3"),
        (
            json!({"op": "replace", "path": "/l/3", "value": 1}),
            "invalid index: 3",
        ),
        (
            json!({"op": "replace", "path": "", "value": 1}),
            "map or a list",
        ),
        (
            json!({"op": "move", "from": "/a/zz", "path": "/b"}),
            "nonexistent key",
        ),
        (
            json!({"op": "copy", "from": "/a/zz", "path": "/b"}),
            "missing from path: /a/zz",
        ),
        (
            json!({"op": "test", "path": "/a/b", "value": 2}),
            "it is 1, not 2",
        ),
        (
            json!({"op": "test", "path": "/a/b/c", "value": 2}),
            "missing path",
        ),
    ] {
        let mut value = object();
        let patch = JsonPatch::from_value(&json!([{"op": "add", "path": "/q", "value": 1}, op]));
        let error = patch
            .expect("a patch")
            .apply(&mut value)
            .expect_err("it does not apply");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.to_string().contains("operation 1"), "{error}");
    }
}

#[test]
fn patches_are_json_or_yaml() {
    for (text, count) in [
        ("[{\"op\": \"remove\", \"path\": \"/a\"}]", 1),
        (
            "- op: remove\n  path: /a\n- {op: add, path: /b, value: 1}\n",
            2,
        ),
        ("[]", 0),
    ] {
        assert_eq!(JsonPatch::parse(text).map(|p| p.len()), Ok(count), "{text}");
    }
    for text in [
        "",
        "a: b",
        "[{op: remove, path: /a}]",
        "- op: delete\n  path: /a",
        "- path: /a",
        "- op: remove",
        "- op: move\n  path: /a",
        "- x",
        "- op: remove\n  path: /a\n---\n- op: remove\n  path: /b",
    ] {
        assert!(JsonPatch::parse(text).is_err(), "{text}");
    }
}

#[test]
fn copies_that_double_what_there_is_end() {
    let mut operations = vec![json!({"op": "add", "path": "/a", "value": ["x"]})];
    operations.extend((0..40).map(|_| json!({"op": "copy", "from": "/a", "path": "/a/-"})));
    let patch = JsonPatch::from_value(&json!(operations)).expect("a patch");
    let refused = patch.apply(&mut json!({})).expect_err("too much");
    assert!(
        refused.to_string().contains("more than 3145728 bytes"),
        "{refused}"
    );
}
