//! Trees that are too wide, too deep, too large or too slow, seen through the `tree` resource and
//! through `/src`: an answer or one clear error, within the limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry_plugins::{Host, Limits, PluginError};
use serde_json::{Value, json};

use crate::bomb_tree::BombTree;
use crate::hostile;

/// Time enough for a busy machine.
fn patient() -> Host {
    hostile::host_with(Limits {
        render_deadline_ms: 30_000,
        instances_max: 8,
        ..Limits::default()
    })
}

fn render(host: &Host, mode: &str, count: u64, path: &str) -> Result<Value, PluginError> {
    let parameters = json!({"mode": mode, "count": count, "paths": [path]});
    let rendering = hostile::render_of(host, Arc::new(BombTree), parameters)?;
    Ok(hostile::told(&rendering))
}

#[test]
fn large_trees_are_read_and_what_is_too_much_is_told() {
    let host = patient();
    let cases = [
        ("wide/**", json!(100_000)),
        ("flat/0000?.yaml", json!(10)),
        (
            "huge.yaml",
            json!("huge.yaml has 1073741824 bytes; at most 33554432 are read"),
        ),
    ];
    for (glob, expected) in cases {
        let told = render(&host, "matching", 0, glob).expect(glob);
        assert_eq!(told, expected, "{glob}");
    }
    let deep = render(&host, "matching", 0, "deep/**").expect("an answer");
    let deep = deep.as_str().expect("an error");
    assert!(deep.ends_with("lies deeper than 128 directories"), "{deep}");
}

#[test]
fn a_path_that_is_too_long_is_refused_before_it_is_walked() {
    let told = render(&patient(), "long-path", 1 << 20, "").expect("an answer");
    let reason = "a path of 2097152 bytes; at most 4096 are looked at";
    assert_eq!(told, json!([reason, reason, reason, reason]));
}

#[test]
fn what_a_guest_holds_open_is_bounded_and_given_back() {
    let host = patient();
    let full = "out of memory";
    // One handle is the root's.
    let handles = render(&host, "files-hold", 5_000, "/src/mib.txt");
    assert_eq!(handles.expect("an answer"), json!([1_023, full]));
    let content = render(&host, "files-hold-content", 5_000, "/src/mib.txt");
    assert_eq!(content.expect("an answer"), json!([64, full]));
    let lists = render(&host, "files-hold-lists", 5_000, "/src/flat").expect("an answer");
    assert_eq!(lists[1], json!(full));
    assert!(
        lists[0].as_u64().is_some_and(|n| (5..20).contains(&n)),
        "{lists}"
    );
    // More than fits at once.
    let bytes = render(&host, "files-reopen", 200, "/src/mib.txt");
    assert_eq!(bytes.expect("an answer"), json!(1 << 20));
}

#[test]
fn a_file_that_is_too_large_has_a_size_and_no_content() {
    let told = render(&patient(), "files-look", 0, "/src/huge.yaml").expect("an answer");
    let huge = &told["/src/huge.yaml"];
    assert_eq!(huge["stat"], json!("file of 1073741824"));
    assert_eq!(huge["read"], json!(["file too large"]));
}

/// Mode, path, and what its error says.
const FAILURES: &[(&str, &str, &str)] = &[
    (
        "files-walk",
        "/src",
        "gantry: huge.yaml has 1073741824 bytes; at most 33554432 are read / ",
    ),
    ("files-walk", "/src/deep", "ilename too long"),
];

#[test]
fn a_plugin_that_fails_on_its_files_tells_which() {
    let host = patient();
    for (mode, path, reason) in FAILURES {
        let error = render(&host, mode, 0, path).expect_err(path);
        let [diagnostic] = &error.diagnostics()[..] else {
            panic!("{error}")
        };
        assert_eq!(diagnostic.code, "plugin-trap", "{diagnostic}");
        assert!(diagnostic.to_string().contains(reason), "{diagnostic}");
    }
}

#[test]
fn documents_that_unfold_are_refused() {
    for (mode, count, reason) in [
        ("laughs", 12, "aliases expand to more than 3000000 values"),
        ("deep-document", 100_000, "recursion limit exceeded"),
    ] {
        let error = render(&patient(), mode, count, "").expect_err(mode);
        let diagnostic = error.diagnostics().remove(0);
        assert_eq!(diagnostic.code, "yaml", "{diagnostic}");
        assert!(diagnostic.message.contains(reason), "{diagnostic}");
    }
}

/// Mode and path. Each is almost always in a host call.
const ENDLESS: &[(&str, &str)] = &[
    ("matching", "slow/**"),
    ("files-walk", "/src/slow"),
    ("files-walk", "/src/wide"),
    ("files-for-ever", "/src/mib.txt"),
    ("files-for-ever", "/src/flat"),
];

#[test]
fn a_guest_that_is_always_in_a_host_call_ends_in_time() {
    const DEADLINE_MS: u64 = 150;
    let host = hostile::host_with(Limits {
        render_deadline_ms: DEADLINE_MS,
        ..Limits::default()
    });
    for (mode, path) in ENDLESS {
        let start = Instant::now();
        let error = render(&host, mode, 0, path).expect_err(path);
        let took = start.elapsed();
        let diagnostics = error.diagnostics();
        assert_eq!(
            diagnostics[0].code, "plugin-deadline",
            "{mode} {path}: {error}"
        );
        // Without an end of its own the first of them would take 100 s.
        assert!(
            took < Duration::from_secs(50),
            "{mode} {path} took {took:?}"
        );
    }
}
