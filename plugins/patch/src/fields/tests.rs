use serde_json::json;

use super::*;

fn spec(path: &str, create: bool) -> FieldSpec {
    FieldSpec {
        path: path.to_owned(),
        create,
        ..FieldSpec::default()
    }
}

#[test]
fn paths_split_at_slashes() {
    for (path, parts) in [
        ("a/b", vec!["a", "b"]),
        ("/a/b", vec!["a", "b"]),
        ("a\\/b/c\\/d\\/e", vec!["a/b", "c/d/e"]),
        ("a", vec!["a"]),
        ("", vec![""]),
        ("a//b", vec!["a", "", "b"]),
    ] {
        assert_eq!(split_path(path), parts, "{path}");
    }
}

/// Path, whether the spec creates, what is created, the object before and after.
const FOUND_AND_CREATED: &str = r#"
a/b    false  "n"   {"a": {"b": "o"}}   {"a": {"b": "s"}}
a/b    false  "n"   {"a": {}}           {"a": {}}
a/b    true   "n"   {}                  {"a": {"b": "s"}}
a/b    true   null  {}                  {}
a/b    true   "n"   {"a": null}         {"a": {"b": "s"}}
a/b    true   "n"   {"a": {"b": null}}  {"a": {"b": "s"}}
a/b    false  "n"   {"a": {"b": null}}  {"a": {"b": "s"}}
a/b    false  "n"   {"a": null}         {"a": null}
a[]/b  true   "n"   {}                  {}
a[]/b  true   "n"   {"a": null}         {"a": []}
a[]/b  false  null  {"a": null}         {"a": []}
a[]/b  true   "n"   {"a": [{}, {"b": "o"}, null]}  {"a": [{"b": "s"}, {"b": "s"}, null]}
a/b    true   "n"   {"a": [{}, {}]}     {"a": [{"b": "s"}, {"b": "s"}]}
a/b/c  true   "n"   {"a": {}}           {"a": {"b": {"c": "s"}}}
"#;

#[test]
fn fields_are_found_and_created() {
    for line in FOUND_AND_CREATED.trim().lines() {
        let (path, rest) = line.split_once(' ').expect("a path");
        let values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let values: Vec<Value> = values.map(|value| value.expect("JSON")).collect();
        let [create, start, before, after] = values.as_slice() else {
            panic!("four values: {line}");
        };
        let mut object = before.clone();
        let spec = spec(path, create.as_bool().expect("a boolean"));
        visit(&mut object, &spec, start, &mut |value| {
            *value = json!("s");
            Ok(())
        })
        .expect("no error");
        assert_eq!(object, *after, "{line}");
    }
}

#[test]
fn a_spec_is_for_its_kinds() {
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "a": 1});
    for (group, version, kind, expected) in [
        ("", "", "", true),
        ("apps", "v1", "Deployment", true),
        ("apps", "v2", "", false),
        ("", "", "StatefulSet", false),
        ("app", "", "", false),
    ] {
        let spec = FieldSpec {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            ..spec("a", false)
        };
        let mut visited = false;
        visit(&mut object.clone(), &spec, &Value::Null, &mut |_| {
            visited = true;
            Ok(())
        })
        .expect("no error");
        assert_eq!(visited, expected, "{spec:?}");
        assert_eq!(spec.applies_to(&Gvk::of(&object)), expected);
    }
}

#[test]
fn what_is_in_the_way_is_named() {
    for (path, object, reason) in [
        ("a/b", json!({"a": "x"}), "list or map but got scalar"),
        ("a//b", json!({"a": {}}), "empty field name"),
        ("a/[]", json!({"a": {}}), "empty field name"),
    ] {
        let mut object = object;
        object["kind"] = json!("K");
        let error = visit(&mut object, &spec(path, true), &json!("n"), &mut |_| Ok(()))
            .expect_err(path)
            .to_string();
        assert!(error.contains(reason), "{error}");
        assert!(
            error.contains(&format!("field '{path}' of object K.[noVer].[noGrp]")),
            "{error}"
        );
    }
}

#[test]
fn specs_merge() {
    let kind = |create| FieldSpec {
        kind: "K".to_owned(),
        ..spec("a", create)
    };
    let mut specs = vec![kind(true)];
    merge_specs(&mut specs, &[kind(true), spec("b", false)]).expect("no conflict");
    assert_eq!(specs, [kind(true), spec("b", false)]);
    // The more general spec is taken for the one that is there.
    merge_specs(&mut specs, &[spec("a", true)]).expect("no conflict");
    assert_eq!(specs.len(), 2);
    assert!(merge_specs(&mut specs, &[kind(false)]).is_err());
}
