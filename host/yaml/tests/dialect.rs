//! The dialect, held by tables. The expected values were read off `sigs.k8s.io/yaml` itself.

#![allow(clippy::unwrap_used, reason = "a test stops at a broken case")]

use std::time::{Duration, Instant};

use gantry_yaml::{Dialect, emit, emit_all, objects, parse, parse_as, parse_bytes};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Input, and its documents as JSON, one a line.
const DOCUMENTS: &[(&str, &str)] = &[
    (
        "a: y\nb: Yes\nc: ON\nd: true",
        r#"{"a":true,"b":true,"c":true,"d":true}"#,
    ),
    (
        "a: n\nb: No\nc: off\nd: FALSE",
        r#"{"a":false,"b":false,"c":false,"d":false}"#,
    ),
    (
        "a: 'yes'\nb: \"on\"\nc: yEs",
        r#"{"a":"yes","b":"on","c":"yEs"}"#,
    ),
    (
        "a:\n  b: 'it''s\n over, \n\nthere'\n  c: \"x \\\" \\\n y\n\tz\"\n  d: e",
        r#"{"a":{"b":"it's over,\nthere","c":"x \" y z","d":"e"}}"#,
    ),
    (
        "a: ~\nb:\nc: null\nd: ''",
        r#"{"a":null,"b":null,"c":null,"d":""}"#,
    ),
    (
        "a: 0777\nb: 0o17\nc: 0x1F\nd: 0b101\ne: 1_000",
        r#"{"a":511,"b":15,"c":31,"d":5,"e":1000}"#,
    ),
    (
        "a: 08\nb: -012\nc: +5\nd: 1:30",
        r#"{"a":8,"b":-10,"c":5,"d":"1:30"}"#,
    ),
    (
        "a: 1.0\nb: .5\nc: 1e3\nd: 1.\ne: 1e400",
        r#"{"a":1,"b":0.5,"c":1000,"d":1,"e":"1e400"}"#,
    ),
    (
        "a: 18446744073709551615\nb: -9223372036854775808",
        r#"{"a":18446744073709551615,"b":-9223372036854775808}"#,
    ),
    (
        "a: 2024-01-02\nb: 2024-01-02T03:04:05Z",
        r#"{"a":"2024-01-02","b":"2024-01-02T03:04:05Z"}"#,
    ),
    (
        "a: 1.2.3\nb: 10m\nc: 0.1.0\nd: 100Mi\ne: v1",
        r#"{"a":"1.2.3","b":"10m","c":"0.1.0","d":"100Mi","e":"v1"}"#,
    ),
    (
        "1: a\ntrue: b\n1.5: c\n'2': d",
        r#"{"1":"a","1.5":"c","2":"d","true":"b"}"#,
    ),
    ("a: 1\na: 2", r#"{"a":2}"#),
    ("a: &x {k: 1}\nb: *x", r#"{"a":{"k":1},"b":{"k":1}}"#),
    (
        "x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3",
        r#"{"x":{"a":1,"b":2},"z":{"a":1,"b":3}}"#,
    ),
    (
        "x: &x {a: 1, b: 2}\nz:\n  b: 3\n  <<: *x",
        r#"{"x":{"a":1,"b":2},"z":{"a":1,"b":2}}"#,
    ),
    (
        "y:\n  <<: [{a: 1}, {a: 2, b: 2}]",
        r#"{"true":{"a":1,"b":2}}"#,
    ),
    ("z:\n  '<<': {a: 1}", r#"{"z":{"<<":{"a":1}}}"#),
    (
        "a: !!str 1\nb: !!int '3'\nc: !!float 1\nd: !own x",
        r#"{"a":"1","b":3,"c":1,"d":"x"}"#,
    ),
    (
        "a: |\n  one\n  two\nb: >-\n  one\n  two\n",
        r#"{"a":"one\ntwo\n","b":"one two"}"#,
    ),
    ("- a\n-\n  - b\n- c: d", r#"["a",["b"],{"c":"d"}]"#),
    (
        "---\n# nothing\n---\na: 1\n---\n\n---\nb: 2\n...\n",
        "{\"a\":1}\n{\"b\":2}",
    ),
    (
        "{\"a\": 1}\n{\"b\": [true, null]}",
        "{\"a\":1}\n{\"b\":[true,null]}",
    ),
    ("\u{feff}a: 1", r#"{"a":1}"#),
    ("", ""),
    ("# only a comment", ""),
];

#[test]
fn documents_read_as_kubernetes_reads_them() {
    for (input, expected) in DOCUMENTS {
        let read: Vec<Value> = parse(input).unwrap().into_iter().map(|d| d.value).collect();
        let expected: Vec<Value> = expected
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(read, expected, "of {input:?}");
    }
}

/// Input, line, column, and a part of the message.
const ERRORS: &[(&str, u32, u32, &str)] = &[
    ("a: 1\nb: [1, 2\nc: 3", 3, 0, ""),
    ("a: 1\n\tb: 2", 1, 0, "tab"),
    ("a: .nan", 1, 4, "no equal in JSON"),
    ("a: 1\n? [x]\n: 2", 2, 3, "a key must be a string"),
    ("a: 1\n~: 2", 2, 1, "a key is empty or null"),
    ("a: !!binary aGk=", 1, 4, "!!binary"),
    ("a: !!int x", 1, 4, "!!int"),
    ("a:\n  <<: 3", 2, 7, "`<<` takes a mapping"),
    ("a: &x [*x]", 1, 0, ""),
];

#[test]
fn errors_name_the_place() {
    for (input, line, column, message) in ERRORS {
        let error = parse(input).expect_err(input);
        assert_eq!(error.at.line, *line, "{input:?}: {error}");
        assert!(
            *column == 0 || error.at.column == *column,
            "{input:?}: {error}"
        );
        assert!(error.message.contains(message), "{input:?}: {error}");
    }
    assert_eq!(
        parse_bytes(b"a: 1\nb: \xff")
            .expect_err("not UTF-8")
            .at
            .line,
        2
    );
}

#[test]
fn cve_2022_31016_hostile_texts_end_soon() {
    let laughs = (1..30).fold("a0: &a0 [x, x, x]\n".to_owned(), |text, n| {
        let before = n - 1;
        format!("{text}a{n}: &a{n} [*a{before}, *a{before}, *a{before}]\n")
    });
    let started = Instant::now();
    assert!(
        parse(&laughs)
            .expect_err("too many nodes")
            .message
            .contains("aliases expand")
    );
    for deep in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
    ] {
        assert!(parse(&deep).is_err());
    }
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "took {:?}",
        started.elapsed()
    );
}

#[test]
fn what_is_written_out_is_not_counted_twice() {
    // Half as many values as aliases may expand to, each of them in six others.
    let text = format!("[[[[[[{}]]]]]]", "1, ".repeat(1_500_000));
    // Not JSON, because of the comma at the end.
    assert!(parse(&text).is_ok());
}

#[test]
fn places_are_found_by_pointer() {
    let text =
        "# head\n---\n---\nkind: X\nspec:\n  ports:\n  - name: a\n  - name: b\n    port: 80\n";
    let document = parse(text).unwrap().remove(0);
    assert_eq!(document.line, 4);
    for (pointer, line, column) in [
        ("", 4, 1),
        ("/spec/ports", 7, 5),
        ("/spec/ports/1/port", 9, 11),
        ("/kind", 4, 7),
    ] {
        let at = document.locate(text, pointer).unwrap();
        assert_eq!((at.line, at.column), (line, column), "of {pointer:?}");
    }
    assert_eq!(document.locate(text, "/spec/none"), None);
}

#[test]
fn lists_are_taken_apart_and_errors_name_file_and_line() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- apiVersion: v1\n  kind: B\n";
    let read = objects(text, "list.yaml", 11).unwrap();
    let lines: Vec<_> = read
        .iter()
        .map(|o| (o.kind(), o.origin().unwrap().line))
        .collect();
    assert_eq!(lines, [("A", 14), ("B", 16)]);
    let error =
        objects("apiVersion: v1\nkind: A\n---\nfoo: 1\n", "a.yaml", 1).expect_err("no kind");
    assert_eq!(
        error.to_string(),
        "a.yaml:4:1: `apiVersion` must be a non-empty string"
    );
}

/// A value, and how `sigs.k8s.io/yaml` prints it.
#[test]
fn values_are_printed_as_kubernetes_prints_them() {
    let cases: &[(Value, &str)] = &[
        (
            json!({"b": [1, {"c": "x", "d": []}], "a": {}}),
            "a: {}\nb:\n- 1\n- c: x\n  d: []\n",
        ),
        (
            json!({"a": "true", "b": "", "c": "1", "d": "null"}),
            "a: \"true\"\nb: \"\"\nc: \"1\"\nd: \"null\"\n",
        ),
        (
            json!({"a": "y", "b": "2024-01-02", "c": "1:30"}),
            "a: \"y\"\nb: \"2024-01-02\"\nc: \"1:30\"\n",
        ),
        (
            json!({"a": "*", "b": "a: b", "c": "- x", "d": "-x"}),
            "a: '*'\nb: 'a: b'\nc: '- x'\nd: -x\n",
        ),
        (
            json!({"a": "one\ntwo\n", "b": "one\ntwo"}),
            "a: |\n  one\n  two\nb: |-\n  one\n  two\n",
        ),
        (json!({"a": "tab\there"}), "a: \"tab\\there\"\n"),
        (json!([[1, 2], [3]]), "- - 1\n  - 2\n- - 3\n"),
        (json!("x"), "x\n"),
    ];
    for (value, expected) in cases {
        assert_eq!(emit(value), *expected);
    }
    assert_eq!(
        emit_all(&[json!({"a": 1}), json!({"b": 2})]),
        "a: 1\n---\nb: 2\n"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[-?:,\\[\\]{}#&*!|>'\"%@` \\n\\t0-9a-eyn~<.]{0,12}",
        Just("yes".to_owned()),
        Just("0777".to_owned()),
        Just("--- x".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9f64..1e9).prop_map(|f| Value::from(f + 0.5)),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text.clone(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_printed_reads_back(value in any_json()) {
        let text = emit(&value);
        let read: Vec<Value> = parse(&text).map_err(|e| TestCaseError::fail(format!("{e} in {text:?}")))?
            .into_iter().map(|d| d.value).collect();
        let expected = if value.is_null() { vec![] } else { vec![value] };
        prop_assert_eq!(read, expected, "printed as {:?}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), yaml in "[-?:,\\[\\]{}#&*!|>'\"%@ \\n\\t0-9a-c~<.]{0,60}") {
        let _ = parse(&text);
        let _ = parse(&yaml);
    }
}

/// Where kustomize reads otherwise; the expected values were read off `kustomize build`.
const KUSTOMIZE_DOCUMENTS: &[(&str, &str)] = &[
    (
        "a: yes\nb: N\nc: On\nd: true\ne: FALSE\nf: ~",
        r#"{"a":"yes","b":"N","c":"On","d":true,"e":false,"f":null}"#,
    ),
    (
        "a: 2020-01-01\nb: '2020-01-01'\nc: 2020-01-99\nd: 1:30",
        r#"{"a":"2020-01-01T00:00:00Z","b":"2020-01-01","c":"2020-01-99","d":"1:30"}"#,
    ),
    (
        "metadata:\n  name: 12\n  annotations: {a: 1.10, b: yes, c: null, d: }\n  labels: {a: 1.10}\nspec: {metadata: {annotations: {a: 1.10}}}",
        r#"{"metadata":{"name":"12","annotations":{"a":"1.10","b":"yes","c":"null","d":""},"labels":{"a":1.1}},"spec":{"metadata":{"annotations":{"a":1.1}}}}"#,
    ),
    (
        "a: &a {k: v}\nb: &b {k: w, l: w}\nc: {<<: [*a, *b], m: 1}\nd: {k: own, <<: *b}\ne: {<<: *b, k: own}",
        r#"{"a":{"k":"v"},"b":{"k":"w","l":"w"},"c":{"k":"v","l":"w","m":1},"d":{"k":"own","l":"w"},"e":{"k":"own","l":"w"}}"#,
    ),
];

#[test]
fn kustomize_reads_some_words_otherwise() {
    for (text, expected) in KUSTOMIZE_DOCUMENTS {
        let documents = parse_as(text, Dialect::Kustomize).unwrap();
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(documents[0].value, expected, "{text}");
    }
    for (text, message) in [
        ("a: 1\na: 2", "line 2, column 1: the key `a` stands twice"),
        ("a: {2: b}", "line 1, column 5: a key must be a string"),
    ] {
        let error = parse_as(text, Dialect::Kustomize).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
