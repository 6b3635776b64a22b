//! What may lie in the plugin directory, and what comes of it.

use std::fs;
use std::path::Path;

use gantry_plugins::{
    Builtin, Digest, Fault, Host, HostConfig, Kind, Limit, LimitOverrides, Limits, PluginError,
    PluginInfo, Policy, RenderRequest,
};
use rcgen::{KeyPair, PKCS_ED25519, SigningKey};
use serde_json::json;

use crate::guests;
use crate::memory_tree::MemoryTree;

fn host(builtins: &[(&'static str, &'static [u8])], directory: &Path) -> Host {
    let builtins: Vec<_> = builtins
        .iter()
        .map(|(name, wasm)| Builtin {
            name,
            wasm,
            digest: None,
        })
        .collect();
    let config = HostConfig {
        builtins: builtins.leak(),
        directory: Some(directory.to_owned()),
        compile_cache: guests::compiled(),
        limits: Limits {
            load_deadline_ms: 2_000,
            file_max_bytes: 4 << 20,
            ..Limits::default()
        },
        ..HostConfig::default()
    };
    Host::new(&config).expect("a host")
}

fn good(host: &Host, plugin: &str) -> Result<(), gantry_plugins::PluginError> {
    let request = RenderRequest {
        parameters: json!({"mode": "no-op"}),
        ..RenderRequest::default()
    };
    host.render(plugin, MemoryTree::of("tree", &[]), &request)
        .map(|_| ())
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("valid text")
}

/// A component of the renderer's world whose functions `about` and `render` have this type.
fn component(import: &str, function: &str) -> Vec<u8> {
    wat(&format!(
        r#"(component {import}
            (core module $m (func (export "f") unreachable))
            (core instance $i (instantiate $m))
            (func $f {function} (canon lift (core func $i "f")))
            (instance $about (export "about" (func $f)))
            (instance $renderer (export "render" (func $f)))
            (export "gantry:plugin/about@0.1.0" (instance $about))
            (export "gantry:plugin/renderer@0.1.0" (instance $renderer)))"#
    ))
}

/// File, content, and what its error must say.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = guests::renderer();
    vec![
        ("empty", Vec::new(), "is not a WebAssembly file"),
        (
            "text",
            b"apiVersion: v1".to_vec(),
            "is not a WebAssembly file",
        ),
        (
            "truncated",
            whole[..whole.len() / 2].to_vec(),
            "is damaged or not valid",
        ),
        (
            "garbled",
            [&whole[..5_000], &[0xff; 64], &whole[5_064..]].concat(),
            "is damaged or not valid",
        ),
        (
            "oversized",
            vec![0; (4 << 20) + 1],
            "has 4194305 bytes; at most 4194304",
        ),
        (
            "module",
            wat("(module)"),
            "is a core module, not a component",
        ),
        ("foreign", wat("(component)"), "is not a plugin for gantry"),
        (
            "network",
            component(r#"(import "wasi:sockets/tcp@0.2.0" (instance))"#, ""),
            "imports wasi:sockets/tcp@0.2.0",
        ),
        (
            "mistyped",
            component("", ""),
            "does not fit the world gantry:plugin/renderer-plugin@0.1.0",
        ),
        ("Bad_Name", whole.to_vec(), "is not of the form"),
    ]
}

fn find<'a>(infos: &'a [PluginInfo], name: &str) -> &'a PluginInfo {
    infos
        .iter()
        .find(|info| info.name == name)
        .unwrap_or_else(|| panic!("{name} is not listed"))
}

#[test]
fn bad_files_are_named_with_their_reason_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    for (stem, wasm, _) in &bad_files() {
        fs::write(folder.path().join(format!("{stem}.wasm")), wasm).expect("written");
    }
    fs::write(folder.path().join("precompiled.cwasm"), "never looked at").expect("written");
    fs::write(folder.path().join("README.md"), "never looked at").expect("written");
    fs::create_dir(folder.path().join("folder.wasm")).expect("made");
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link.wasm")).expect("linked");
    fs::write(folder.path().join("dropped.wasm"), guests::renderer()).expect("written");
    let host = host(&[("built-in", guests::renderer())], folder.path());
    let infos = host.list();
    for (stem, _, reason) in &bad_files() {
        let info = find(&infos, stem);
        let error = info
            .error
            .as_ref()
            .unwrap_or_else(|| panic!("{stem} has no error"));
        assert!(error.message.contains(reason), "{stem}: {error}");
        assert!(
            error.message.contains(stem) && error.help.is_some(),
            "{stem}: {error:?}"
        );
        assert!(
            error
                .span
                .as_ref()
                .is_some_and(|span| span.path.ends_with(&format!("{stem}.wasm")))
        );
    }
    for unreadable in ["folder", "link"] {
        let error = find(&infos, unreadable).error.as_ref().expect("an error");
        assert!(error.message.contains("cannot be read"), "{error}");
    }
    for good_one in ["built-in", "dropped"] {
        assert_eq!(find(&infos, good_one).error, None);
        good(&host, good_one).expect(good_one);
    }
    assert_eq!(infos.len(), bad_files().len() + 4);
    let facts = find(&infos, "dropped").facts.as_ref().expect("facts");
    assert_eq!(
        (facts.kind, facts.world.as_str()),
        (Kind::Renderer, "gantry:plugin/renderer-plugin@0.1.1")
    );
    assert_eq!(facts.size_bytes, guests::renderer().len() as u64);
    assert_eq!(facts.digest, Digest::of(guests::renderer()));
    assert!(facts.parameters_schema.is_some());
}

#[test]
fn a_file_takes_a_built_ins_place_only_if_it_works() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("one.wasm"), guests::renderer()).expect("written");
    fs::write(folder.path().join("two.wasm"), "broken").expect("written");
    let builtins: &[(&str, &[u8])] = &[("one", b"broken"), ("two", guests::renderer())];
    let host = host(builtins, folder.path());
    for name in ["one", "two"] {
        good(&host, name).expect(name);
    }
    let infos = host.list();
    let told: Vec<_> = infos
        .iter()
        .map(|i| {
            (
                i.name.as_str(),
                i.path.is_some(),
                i.replaces_builtin,
                i.error.is_some(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("one", true, true, false),
            ("two", false, false, false),
            ("two", true, false, true)
        ]
    );
}

#[test]
fn only_what_is_used_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["used", "unused"] {
        fs::write(
            folder.path().join(format!("{name}.wasm")),
            guests::renderer(),
        )
        .expect("written");
    }
    let host = host(&[], folder.path());
    good(&host, "used").expect("used");
    fs::remove_file(folder.path().join("unused.wasm")).expect("removed");
    fs::remove_file(folder.path().join("used.wasm")).expect("removed");
    good(&host, "used").expect("loaded before");
    assert!(
        find(&host.list(), "unused").error.is_some(),
        "loaded without need"
    );
}

#[test]
fn names_that_are_not_there_come_with_those_that_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let builtins: &[(&str, &[u8])] = &[
        ("plain-yaml", guests::renderer()),
        ("judge", guests::judge()),
    ];
    let host = host(builtins, folder.path());
    for (name, message, help) in [
        (
            "plain-yml",
            "there is no plugin \"plain-yml\"",
            "did you mean \"plain-yaml\"?",
        ),
        (
            "x",
            "there is no plugin \"x\"",
            "known are judge, plain-yaml",
        ),
        ("judge", "\"judge\" is a health plugin, not a renderer", ""),
    ] {
        let diagnostics = good(&host, name).expect_err(name).diagnostics();
        assert!(diagnostics[0].message.contains(message), "{diagnostics:?}");
        assert!(
            diagnostics[0]
                .help
                .as_deref()
                .unwrap_or_default()
                .contains(help),
            "{diagnostics:?}"
        );
    }
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let config = HostConfig {
        directory: Some("/nonexistent".into()),
        ..HostConfig::default()
    };
    let error = Host::new(&config).expect_err("no directory").to_string();
    assert!(error.contains("/nonexistent"), "{error}");
}

#[test]
fn compiled_code_is_kept_for_the_next_process() {
    let cache = tempfile::tempdir().expect("a folder");
    let builtins = vec![Builtin {
        name: "kept",
        wasm: guests::renderer(),
        digest: None,
    }]
    .leak();
    let run = || {
        let compile_cache = Some(cache.path().join("compiled"));
        let host = Host::new(&HostConfig {
            builtins,
            compile_cache,
            ..HostConfig::default()
        });
        good(&host.expect("a host"), "kept").expect("a render");
        files_below(cache.path())
    };
    let first = run();
    assert!(!first.is_empty(), "nothing was kept");
    assert_eq!(run(), first, "compiled again");
}

/// Every file that holds compiled code, with the time it was written.
fn files_below(folder: &Path) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_none() {
            files.push((
                path,
                entry.metadata().and_then(|m| m.modified()).expect("a time"),
            ));
        }
    }
    files.sort();
    files
}

/// What a host of this policy says of the file.
fn trusted(folder: &Path, trust: &Policy) -> Result<(), String> {
    let host = Host::new(&HostConfig {
        builtins: vec![Builtin {
            name: "built-in",
            wasm: guests::renderer(),
            digest: None,
        }]
        .leak(),
        directory: Some(folder.to_owned()),
        compile_cache: guests::compiled(),
        trust: trust.clone(),
        ..HostConfig::default()
    })
    .expect("a host");
    good(&host, "built-in").expect("what is in the binary is not asked");
    good(&host, "dropped").map_err(|error| error.to_string())
}

#[test]
fn only_files_that_are_trusted_are_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("written");
    };
    put("dropped.wasm", guests::renderer());
    let refused = |trust: &Policy| trusted(folder.path(), trust).expect_err("it is refused");
    let allow = |digests: &[Digest]| Policy {
        allow: Some(digests.iter().copied().collect()),
        ..Policy::default()
    };
    let digest = Digest::of(guests::renderer());
    assert_eq!(trusted(folder.path(), &allow(&[digest])), Ok(()));
    let reason = refused(&allow(&[Digest::of(b"another")]));
    assert!(
        reason.contains("allow-list") && reason.contains(&digest.to_string()),
        "{reason}"
    );

    let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
    let mut signed = Policy::default();
    let pem = key.public_key_pem();
    signed.keys.add("ours.pub", pem.as_bytes()).expect("a key");
    assert!(refused(&signed).contains("is not signed"));
    put("dropped.wasm.sig", b"garbled");
    assert!(refused(&signed).contains("signature"));
    let other = key.sign(b"another file").expect("a signature");
    put("dropped.wasm.sig", &other);
    assert!(refused(&signed).contains("ours.pub"));
    let right = key.sign(guests::renderer()).expect("a signature");
    put("dropped.wasm.sig", &right);
    assert_eq!(trusted(folder.path(), &signed), Ok(()));
}

#[test]
fn a_signature_that_comes_later_counts_at_the_next_look() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("dropped.wasm"), guests::renderer()).expect("written");
    let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
    let mut trust = Policy::default();
    let pem = key.public_key_pem();
    trust.keys.add("ours.pub", pem.as_bytes()).expect("a key");
    let host = Host::new(&HostConfig {
        directory: Some(folder.path().to_owned()),
        compile_cache: guests::compiled(),
        trust,
        ..HostConfig::default()
    })
    .expect("a host");
    good(&host, "dropped").expect_err("it is not signed");
    let signature = key.sign(guests::renderer()).expect("a signature");
    fs::write(folder.path().join("dropped.wasm.sig"), signature).expect("written");
    host.refresh().expect("a look");
    good(&host, "dropped").expect("it is signed");
}

#[test]
fn one_plugin_may_have_limits_of_its_own() {
    let wasm = guests::renderer();
    let names = ["short", "long"];
    let mut overrides = LimitOverrides::default();
    overrides
        .set(Limit::RenderDeadline, 100)
        .expect("within bounds");
    let host = Host::new(&HostConfig {
        builtins: names
            .map(|name| Builtin {
                name,
                wasm,
                digest: None,
            })
            .to_vec()
            .leak(),
        compile_cache: guests::compiled(),
        limits: Limits {
            render_deadline_ms: 400,
            ..Limits::default()
        },
        overrides: [("short".to_owned(), overrides)].into(),
        ..HostConfig::default()
    })
    .expect("a host");
    let request = RenderRequest {
        parameters: json!({"mode": "endless-loop"}),
        ..RenderRequest::default()
    };
    for (name, limit_ms) in [("short", 100), ("long", 400)] {
        let ended = host.render(name, MemoryTree::of("tree", &[]), &request);
        let Err(PluginError::Fault { fault, .. }) = ended else {
            panic!("{name}: {ended:?}");
        };
        assert_eq!(fault, Fault::Deadline { limit_ms }, "{name}");
    }
    let hits = host.metrics();
    assert!(hits.iter().all(|plugin| plugin.limits_hit == 1), "{hits:?}");
}

#[test]
fn a_file_that_changes_between_two_looks_is_trusted_for_what_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dropped.wasm");
    fs::write(&file, guests::renderer()).expect("written");
    let allowed = Digest::of(guests::renderer());
    let host = Host::new(&HostConfig {
        directory: Some(folder.path().to_owned()),
        compile_cache: guests::compiled(),
        trust: Policy {
            allow: Some([allowed].into()),
            ..Policy::default()
        },
        ..HostConfig::default()
    })
    .expect("a host");
    // Who judges health is told from every file; then this one becomes another.
    host.assess(&[&json!({"apiVersion": "v1", "kind": "Pod"})]);
    let other = [guests::renderer(), &[0, 3, 1, b'v', 1]].concat();
    fs::write(&file, other).expect("written");
    let refused = good(&host, "dropped").expect_err("it is not the file that is allowed");
    assert!(refused.to_string().contains("allow-list"), "{refused}");
}

#[test]
fn plugins_of_every_released_version_are_called() {
    let folder = tempfile::tempdir().expect("a folder");
    for version in ["0.1.0", "0.1.1"] {
        // The names are all that tells the versions apart: their lengths are the same.
        let mut wasm = guests::renderer().to_vec();
        let (from, to) = ("@0.1.1", format!("@{version}"));
        for at in 0..wasm.len() - from.len() {
            if wasm[at..].starts_with(from.as_bytes()) {
                wasm[at..at + from.len()].copy_from_slice(to.as_bytes());
            }
        }
        let host = host(&[("built", wasm.leak())], folder.path());
        let infos = host.list();
        let facts = find(&infos, "built").facts.as_ref().expect("facts");
        let world = format!("gantry:plugin/renderer-plugin@{version}");
        assert_eq!(facts.world, world);
        good(&host, "built").expect(version);
    }
}
