//! The gate on the interfaces: what was released stays, what is current stays compatible with it.

use std::path::Path;

use sha2::{Digest, Sha256};
use wit_parser::{Resolve, WorldId};

/// Released files and the hash each had then.
const RELEASED: &[(&str, &str)] = &[
    (
        "0.1.0",
        "cbd189412d19028631aa05d9bcb9d88f2625b255297eac1479efa2221e2c8298",
    ),
    (
        "0.1.1",
        "65e3ebbb1ba651768ff5d84b7f513afba4a9c89a0038bd917fe5f2d7fda844bd",
    ),
];
const WORLDS: &[&str] = &["renderer-plugin", "health-plugin"];

fn read(path: &str) -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("a workspace");
    std::fs::read_to_string(workspace.join("wit").join(path)).expect(path)
}

/// Both texts in one resolve, under versions of their own since names are unique there; the check
/// ignores versions.
fn compatible(earlier: &str, later: &str, world: &str) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let mut add = |text: &str, version: &str| -> WorldId {
        let (_, body) = text.split_once('\n').expect("the package's line");
        let text = format!("package gantry:plugin@{version};\n{body}");
        let package = resolve
            .push_str(format!("{version}.wit"), &text)
            .expect("valid WIT");
        resolve.select_world(&[package], Some(world)).expect(world)
    };
    let (earlier, later) = (add(earlier, "0.0.1"), add(later, "0.0.2"));
    wit_component::semver_check(resolve, earlier, later).map_err(|error| format!("{error:#}"))
}

#[test]
fn released_interfaces_never_change() {
    for (version, hash) in RELEASED {
        let text = read(&format!("released/{version}/plugin.wit"));
        let found: String = Sha256::digest(text)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(found, *hash, "wit/released/{version} was changed");
    }
}

#[test]
fn the_current_interfaces_are_compatible_with_the_released() {
    for (version, _) in RELEASED {
        for world in WORLDS {
            let earlier = read(&format!("released/{version}/plugin.wit"));
            if let Err(reason) = compatible(&earlier, &read("plugin.wit"), world) {
                panic!("{world} breaks with {version}: {reason}");
            }
        }
    }
}

#[test]
fn the_gate_tells_growth_from_breakage() {
    let released = read("released/0.1.0/plugin.wit");
    let changed = |from: &str, to: &str| {
        assert!(released.contains(from), "{from}");
        released.replace(from, to)
    };
    let cases = [
        (
            "id: func() -> string;",
            "id: func() -> string; size: func() -> u64;",
            None,
        ),
        ("export renderer;", "import health; export renderer;", None),
        (
            "line: u32, column: u32",
            "line: u32, column: u32, offset: u32",
            Some("renderer-plugin"),
        ),
        (
            "enum entry-kind { file,",
            "enum entry-kind { file, socket,",
            Some("renderer-plugin"),
        ),
        (
            "claims: func()",
            "more: func(); claims: func()",
            Some("health-plugin"),
        ),
        (
            "status: status, message: string",
            "status: status",
            Some("health-plugin"),
        ),
    ];
    for (from, to, breaks) in cases {
        let later = changed(from, to);
        for world in WORLDS {
            let verdict = compatible(&released, &later, world);
            assert_eq!(
                verdict.is_err(),
                breaks == Some(world),
                "{world}, {to}: {verdict:?}"
            );
        }
    }
}
