//! Plugins from a registry, and the file that says which are trusted.

use std::fs;

use gantry_testbed::Registry;

use crate::place::Place;
use crate::world::examples;

#[test]
fn a_plugin_goes_to_a_registry_and_comes_back() {
    let place = Place::new();
    let registry = Registry::start(&std::path::PathBuf::from(place.path("registry")), false);
    let registry = registry.expect("a registry");
    let mut builtins = gantry_bundle::BUILTIN.iter();
    let plain = builtins.find(|plugin| plugin.name == "plain-yaml");
    let wasm = plain.expect("built in").wasm;
    let file = place.write("mine.wasm", "");
    fs::write(&file, wasm).expect("a file");
    let reference = format!("{}/plugins/mine:1.0", registry.address());
    let to = [reference.as_str(), "--plain-http", "-o", "json"];
    let pushed = place
        .gantry(&[&["plugin", "push", &file], &to[..]].concat())
        .expect(0)
        .json();
    let digest = pushed["digest"].as_str().expect("a digest").to_owned();

    let pull = [&["plugin", "pull"], &to[..]].concat();
    let pulled = place.gantry(&pull).expect(0).json();
    assert_eq!(pulled["pin"], format!("mine@{digest}"));
    assert_eq!(pulled["artifact"], pushed["artifact"]);
    assert_eq!(pulled["path"], place.path("data/plugins/mine.wasm"));
    let guestbook = examples().join("guestbook").display().to_string();
    place
        .gantry(&["render", &guestbook, "--renderer", "mine"])
        .expect(0);
    let table = place.gantry(&["plugin", "pull", &reference, "--plain-http"]);
    let table = table.expect(0).stdout;
    assert!(table.contains(&format!("mine@{digest}")), "{table}");

    let other = format!("sha256:{}", "0".repeat(64));
    let refused = place
        .gantry(&[&pull[..], &["--digest", &other]].concat())
        .expect(2);
    assert!(refused.stderr.contains(&digest), "{}", refused.stderr);
    place.write("data/plugins.yaml", "trust: {allow: []}\n");
    let refused = place.gantry(&pull).expect(2);
    assert!(refused.stderr.contains("allow-list"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_mistake_in_the_plugin_config_stops_every_command_that_loads_plugins() {
    let place = Place::new();
    let guestbook = examples().join("guestbook").display().to_string();
    let config = place.write("mine.yaml", "limits:\n  memorry: 1Gi\n");
    let refused = place
        .gantry(&["render", &guestbook, "--plugin-config", &config])
        .expect(2);
    assert!(
        refused.stderr.contains(&format!("{config}:2:12: "))
            && refused.stderr.contains("\"memory\""),
        "{}",
        refused.stderr
    );
    place
        .gantry(&[
            "render",
            &guestbook,
            "--plugin-config",
            &place.path("missing.yaml"),
        ])
        .expect(2);
    place.gantry(&["render", &guestbook]).expect(0);
}
