//! Documents that are written again keep their styles, as `yaml.v3` keeps them.

use gantry_yaml::styled::{Content, Node, Style, Styled};

fn again(text: &str) -> Option<String> {
    Some(Styled::parse(text).ok()??.emit())
}

/// Texts that are written as they are.
const STEADY: &[&str] = &[
    "a: 1\n",
    "a: 'it''s'\nb: \"\\t\"\nc: plain\nd:\ne: ~\nf: \"\"\n",
    "\"a b\": 1\n'c': 2\n",
    "l:\n- a\n- - b\n  - c\n- d: 1\n  e: 2\n",
    "- {a: 1, b: [c, \"d\"], e: {}}\n- []\n",
    "a: |\n  one\n\n  two\nb: |-\n  one\nc: |+\n  one\n\nd: |2\n   one\n",
    "a: >-\n  one two\n\n  three\n",
    "a: &x {b: 1}\nc: *x\nd: !!str 5\ne: !own f\n",
    "# about the file\n\n# about a\na: 1 # one\n# about b\nb: # two\n- 1 # three\n# four\n- 2\n",
    "a:\n  b: 1\n  # below b\nc: 1\n# below c\n\nd: 1\n# the end\n",
    "plain\n",
];

/// Texts that are written otherwise.
const OTHERWISE: &[(&str, &str)] = &[
    ("a:\n    b:\n        - c\n", "a:\n  b:\n  - c\n"),
    ("a: 1\n\n\nb: 2   # x\n", "a: 1\nb: 2 # x\n"),
    ("a: {\n  b: 1,\n  c: 2,\n}\n", "a: {b: 1, c: 2}\n"),
    ("a: [x,\n  y]\n", "a: [x, y]\n"),
    ("-\n  a: 1\n", "- a: 1\n"),
    ("a: one\n  two\n", "a: one two\n"),
    ("a: 1\n\n# alone\n\nb: 2\n", "a: 1\n# alone\nb: 2\n"),
    ("a: >-\n  one\n  two\n", "a: >-\n  one two\n"),
    ("? a\n: b\n", "a: b\n"),
    ("a: 1\n---\nb: 2\n", "a: 1\n"),
];

#[test]
fn texts_keep_their_styles() {
    for text in STEADY {
        assert_eq!(again(text).as_deref(), Some(*text));
    }
    for (text, expected) in OTHERWISE {
        assert_eq!(again(text).as_deref(), Some(*expected), "{text}");
    }
}

#[test]
fn a_text_that_a_style_cannot_hold_gets_another() {
    for (text, style, expected) in [
        ("a: b", Style::Plain, "'a: b'\n"),
        ("- a", Style::Plain, "'- a'\n"),
        ("#a", Style::Plain, "'#a'\n"),
        (" a", Style::Plain, "' a'\n"),
        ("a\tb", Style::Plain, "\"a\\tb\"\n"),
        ("a \nb", Style::Literal, "\"a \\nb\"\n"),
        ("a\nb", Style::SingleQuoted, "\"a\\nb\"\n"),
        ("-a", Style::Plain, "-a\n"),
        ("a:b", Style::Plain, "a:b\n"),
    ] {
        let content = Content::Scalar {
            text: text.to_owned(),
            style,
        };
        let mut document = Styled::parse("x").expect("YAML").expect("a document");
        document.root = Node::from(content);
        let written = document.emit();
        assert_eq!(written, expected, "{text:?}");
        let read = gantry_yaml::parse(&written).expect("YAML");
        assert_eq!(read[0].value, text, "{written}");
    }
}

#[test]
fn what_is_no_document_is_none_or_an_error() {
    for text in ["", "# only this\n", "\n"] {
        assert_eq!(Styled::parse(text), Ok(None), "{text:?}");
    }
    for text in ["a: [", "a: b: c", "\"a"] {
        assert!(Styled::parse(text).is_err(), "{text:?}");
    }
    assert!(Styled::parse(&"[".repeat(2000)).is_err());
}
