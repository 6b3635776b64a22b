//! Ranges, each with what `Masterminds/semver` 3.5.0 says of it.

use std::cmp::Ordering;

use super::{Constraint, Version, best, is_range};

/// Its first line has the versions; each other one a range and those it admits, or `-` for none.
const RANGES: &str = include_str!("ranges.tsv");

#[test]
fn ranges_admit_what_helm_s_library_admits() {
    let mut lines = RANGES.lines();
    let head = lines.next().expect("the versions");
    let versions: Vec<&str> = head.trim_start_matches("# ").split(' ').collect();
    for line in lines {
        let (range, expected) = line.split_once('\t').expect("a range and versions");
        let Ok(constraint) = Constraint::parse(range) else {
            assert_eq!(expected, "-", "{range:?} is a range");
            continue;
        };
        let admits = |text: &&str| constraint.admits(&Version::parse(text).expect("a version"));
        let admitted: Vec<&str> = versions.iter().copied().filter(admits).collect();
        assert_eq!(admitted.join(" "), expected, "{range:?}");
    }
}

#[test]
fn versions_are_ordered_as_semantic_versioning_says() {
    let ascending = "0.1 v1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta \
                     1.0.0-rc.1 v1 1.0.1 1.2 1.10 02.0.0";
    let versions: Vec<Version> = ascending
        .split_whitespace()
        .map(|text| Version::parse(text).expect(text))
        .collect();
    for (at, one) in versions.iter().enumerate() {
        for (other_at, other) in versions.iter().enumerate() {
            assert_eq!(
                one.precedence(other),
                at.cmp(&other_at),
                "{one:?} {other:?}"
            );
        }
    }
    let build = |text| Version::parse(text).expect("a version");
    let same = build("1.0.0+one").precedence(&build("1.0.0+two"));
    assert_eq!(same, Ordering::Equal);
    for none in [
        "", "v", "1.", "1.2.3.4", "1.2.3-", "1.2.3-01", "1.2.3+", "+1", "1.+2", "vv1",
    ] {
        assert_eq!(Version::parse(none), None, "{none:?}");
    }
}

#[test]
fn the_newest_tag_of_a_range_is_found() {
    let tags = [
        "0.7.1",
        "v0.7.2",
        "0.7.2",
        "1.0.0-rc.1",
        "0.5.4",
        "2024.03-LTS-RC19",
        "main",
    ];
    for (range, expected) in [
        ("*", Some("v0.7.2")),
        ("> 0.5.3", Some("v0.7.2")),
        (">0.5.0,<0.7.0", Some("0.5.4")),
        (">0.7-0", Some("2024.03-LTS-RC19")),
        ("^1.0.0-0", Some("1.0.0-rc.1")),
        ("0.8.*", None),
    ] {
        let constraint = Constraint::parse(range).expect(range);
        assert_eq!(best(&constraint, tags), expected, "{range}");
    }
}

#[test]
fn names_and_versions_are_no_ranges() {
    for (revision, expected) in [
        ("1.*", true),
        ("= 0.5.3", true),
        ("^2", true),
        ("1.2", false),
        ("v1.0.0", false),
        ("main", false),
        ("release/1.x", false),
        ("", false),
    ] {
        assert_eq!(is_range(revision), expected, "{revision:?}");
    }
}

#[test]
fn long_texts_are_no_ranges() {
    let many = ["1"; 33].join("||");
    for text in ["1".repeat(600), many] {
        assert!(Constraint::parse(&text).is_err(), "{text}");
    }
}
