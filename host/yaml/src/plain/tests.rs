//! The short way and the parser give the same answers.

use proptest::prelude::*;

use super::parse;
use crate::dialect::Dialect;
use crate::document::parse_yaml;

/// Says where the two differ; whether the text was plain.
fn compare(text: &str) -> Result<bool, String> {
    let mut is_plain = false;
    for dialect in [Dialect::Kubernetes, Dialect::Kustomize] {
        let Some(short) = parse(text, dialect) else {
            continue;
        };
        is_plain = true;
        match parse_yaml(text, dialect) {
            Ok(long) if long == short => {}
            long => {
                return Err(format!(
                    "{dialect:?} {text:?}\nshort {short:?}\nlong  {long:?}"
                ));
            }
        }
    }
    Ok(is_plain)
}

#[test]
fn manifests_are_plain_and_read_alike() {
    let texts = [
        "a: 1",
        "a: 1\n",
        "# c\n\na:  x y  # c\nb: 'it''s'\nc: \"\\\"q\\n\\\"\" # c\n",
        "a:\n  b:\n    - c: 1\n      d: 2\n    - - x\n      - y\n    -   e: 3\n        f:\n  g: ~\nh:\n- 1\n- 2\n",
        "---\na: 1\n---\n# nothing\n---\nb: 2\n--- \n",
        "a: |\n  x\n   y\n\n  z\n\nb: |-\n  q\n\nc: |+\n  r\n\nd: 1\n",
        "- |\n  x\n- a: |\n    y\n  b: 1\n",
        "a: {b: c, d: [1, \"x y\", {}], e: {f: g}} # c\nh: []\ni: [a b, http://x/y?]\n",
        "\"q: r\": 1\n'o': 2\nx/y.z: 3\na:b: c:d\n",
        "a:\n  # c\n  b: 1\n # d\nc:\n\n  - x\n",
        "metadata:\n  name: 12\n  annotations:\n    a: 1.10\n    b:\n    c: null\n  labels: {a: on}\n",
        "metadata: {name: 12, annotations: {a: 1.10, b: yes}}\n",
        "a: é ü\nb: \"é\"\n",
        // No-break spaces belong to what they stand at.
        "a\u{a0}: b\u{a0}\n\u{a0}c: \u{2003}d\n",
        "kind: List\nitems:\n- a: 1\n\n- b: 2\n  c:\n  - d\n",
        "",
        "# only a comment\n",
        "---\n",
    ];
    for text in texts {
        match compare(text) {
            Ok(is_plain) => assert!(is_plain || text.contains('?'), "not plain: {text:?}"),
            Err(why) => panic!("{why}"),
        }
    }
}

#[test]
fn everything_else_is_left_to_the_parser() {
    let texts = [
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: x\n  y\n",
        "a: >\n  x\n",
        "a: |2\n    x\n",
        "a: |\n  x",
        "a: \"x\n  y\"\n",
        "a: [1,\n  2]\n",
        "a: b: c\n",
        "a:\n    b: 1\n  c: 2\n",
        "? a\n: b\n",
        "1: a\n",
        "<<: {a: 1}\n",
        "a:\tb\n",
        "a: \"\\x41\"\n",
        "a: .nan\n",
        "%YAML 1.2\n---\na: 1\n",
        "a: 1\n...\n",
        "--- a\n",
        "plain\n",
        "a: 'x' y\n",
        "a: 1\r\nb: 2\r\n",
    ];
    for text in texts {
        assert_eq!(parse(text, Dialect::Kubernetes), None, "{text:?}");
    }
    assert_eq!(parse("a: 1\na: 2\n", Dialect::Kustomize), None);
}

/// Pieces whose every order is a text that somebody could write, or get wrong.
const PIECES: [&str; 44] = [
    "a",
    "b",
    "key",
    "x y",
    "é",
    "12",
    "1.50",
    "true",
    "yes",
    "null",
    "~",
    "2020-01-01",
    "<<",
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\n  ",
    "\n    ",
    "\n      ",
    "\n\n",
    " ",
    "  ",
    "# c",
    " # c",
    "|",
    "|-",
    "|+",
    "\"q\"",
    "'q'",
    "''",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "---\n",
    "\n---\n",
    "a: 1\n",
    "metadata:\n  annotations:\n    ",
    "http://x:80/y",
];

/// Lines of which manifests are made.
const LINES: [&str; 28] = [
    "",
    "a:",
    "b:",
    "a: 1",
    "b: x y",
    "c: |",
    "c: |-",
    "- |+",
    "- a",
    "-",
    "- a:",
    "- b: 1",
    "- - c",
    "-   d: 2",
    "# c",
    "e: [a, b]",
    "f: {a: b}",
    "- {}",
    "metadata:",
    "annotations:",
    "name: 3",
    "annotations: # c",
    "---",
    "x",
    "\"q\": 'r'",
    "k: ''",
    "- 'a: b'",
    "y: z # c",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_text_is_read_alike(pieces in prop::collection::vec(0..PIECES.len(), 0..24)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        if let Err(why) = compare(&text) {
            prop_assert!(false, "{}", why);
        }
    }

    #[test]
    fn any_lines_are_read_alike(lines in prop::collection::vec((0..4_usize, 0..LINES.len()), 0..14)) {
        let indented = lines.into_iter().map(|(depth, line)| {
            format!("{}{}\n", "  ".repeat(depth), LINES[line])
        });
        if let Err(why) = compare(&indented.collect::<String>()) {
            prop_assert!(false, "{}", why);
        }
    }
}
