//! The plugin directory while the host runs: added, replaced, broken, removed, pinned.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use gantry_plugins::{Builtin, CacheConfig, Digest, Host, HostConfig, PluginError, RenderRequest};
use serde_json::json;

use crate::guests;
use crate::memory_tree::MemoryTree;

/// Far more than a change needs to take effect, on a busy machine.
const EFFECT_MAX: Duration = Duration::from_secs(30);

fn host(directory: &Path) -> Host {
    let builtins = vec![Builtin {
        name: "built-in",
        wasm: guests::renderer(),
        digest: None,
    }];
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        directory: Some(directory.to_owned()),
        compile_cache: guests::compiled(),
        cache: CacheConfig::OFF,
        ..HostConfig::default()
    })
    .expect("a host")
}

/// The same plugin with another digest: a custom section that says nothing.
fn another(version: u8) -> Vec<u8> {
    // Section 0 of 3 bytes: a name of one byte, and one byte (Binary.md of the component model).
    [guests::renderer(), &[0, 3, 1, b'v', version]].concat()
}

fn render(host: &Host, plugin: &str) -> Result<(), PluginError> {
    let request = RenderRequest {
        parameters: json!({"mode": "no-op"}),
        ..RenderRequest::default()
    };
    let tree = MemoryTree::of("tree", &[]);
    host.render(plugin, tree, &request).map(|_| ())
}

/// The digest of what is used under a name, as far as pins tell.
fn is(host: &Host, name: &str, wasm: &[u8]) -> bool {
    render(host, &format!("{name}@{}", Digest::of(wasm))).is_ok()
}

fn put(folder: &Path, name: &str, wasm: &[u8]) {
    // As copying tools do it: written aside, then renamed.
    let aside = folder.join(".part");
    fs::write(&aside, wasm).expect("written");
    fs::rename(aside, folder.join(format!("{name}.wasm"))).expect("renamed");
}

#[test]
fn files_are_added_replaced_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    let step = |what: &dyn Fn()| {
        what();
        host.refresh().expect("a look at the directory");
    };
    assert!(matches!(
        render(&host, "mine"),
        Err(PluginError::NotFound { .. })
    ));
    step(&|| put(folder.path(), "mine", &another(1)));
    assert!(is(&host, "mine", &another(1)));
    step(&|| put(folder.path(), "mine", &another(2)));
    assert!(is(&host, "mine", &another(2)) && !is(&host, "mine", &another(1)));
    step(&|| {});
    assert!(is(&host, "mine", &another(2)));
    step(&|| put(folder.path(), "built-in", &another(3)));
    assert!(is(&host, "built-in", &another(3)));
    step(&|| fs::remove_file(folder.path().join("built-in.wasm")).expect("removed"));
    assert!(is(&host, "built-in", guests::renderer()));
    step(&|| fs::remove_file(folder.path().join("mine.wasm")).expect("removed"));
    assert!(matches!(
        render(&host, "mine"),
        Err(PluginError::NotFound { .. })
    ));
}

#[test]
fn a_bad_file_never_takes_a_good_one_s_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    let good = another(1);
    put(folder.path(), "mine", &good);
    host.refresh().expect("a look");
    assert!(is(&host, "mine", &good));
    for bad in [b"not wasm".as_slice(), &good[..good.len() / 2], b""] {
        put(folder.path(), "mine", bad);
        host.refresh().expect("a look");
        assert!(is(&host, "mine", &good));
        let listed = host.list();
        let listed = listed.iter().find(|info| info.name == "mine");
        assert!(
            listed.is_some_and(|info| info.error.is_some()),
            "{listed:?}"
        );
    }
    put(folder.path(), "mine", &another(2));
    host.refresh().expect("a look");
    assert!(is(&host, "mine", &another(2)));
    // With nothing good before it, it is an error of its own.
    put(folder.path(), "new", b"not wasm");
    host.refresh().expect("a look");
    assert!(matches!(
        render(&host, "new"),
        Err(PluginError::Load { .. })
    ));
}

#[test]
fn a_judge_that_is_replaced_by_a_bad_file_goes_on_judging() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    put(folder.path(), "judge", guests::judge());
    host.refresh().expect("a look");
    let object = json!({
        "apiVersion": "example.com/v1", "kind": "Widget",
        "metadata": {"name": "a"}, "spec": {"mode": "healthy"},
    });
    let verdict = || host.assess(&[&object]).remove(0).expect("a verdict");
    let judged = verdict();
    assert!(judged.is_some());
    put(folder.path(), "judge", b"bad");
    host.refresh().expect("a look");
    assert_eq!(verdict(), judged);
    fs::remove_file(folder.path().join("judge.wasm")).expect("removed");
    host.refresh().expect("a look");
    assert_eq!(verdict(), None);
}

#[test]
fn calls_go_on_while_files_change_under_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    put(folder.path(), "mine", &another(0));
    host.refresh().expect("a look");
    render(&host, "mine").expect("a render");
    std::thread::scope(|scope| {
        let caller = scope.spawn(|| (0..200).try_for_each(|_| render(&host, "mine")));
        for version in 1..4 {
            let bad: &[u8] = if version == 2 {
                b"bad"
            } else {
                &another(version)
            };
            put(folder.path(), "mine", bad);
            host.refresh().expect("a look");
        }
        caller.join().expect("a thread").expect("every render");
    });
    assert!(is(&host, "mine", &another(3)));
}

#[test]
fn the_directory_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    let watch = host.watch();
    for version in [1, 2] {
        put(folder.path(), "mine", &another(version));
        watch.changed();
        let start = Instant::now();
        while !is(&host, "mine", &another(version)) {
            assert!(
                start.elapsed() < EFFECT_MAX,
                "version {version} has no effect"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    drop(watch);
}

#[test]
fn a_pin_fails_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    assert!(is(&host, "built-in", guests::renderer()));
    let wrong = format!("built-in@{}", Digest::of(b"another"));
    let refused = render(&host, &wrong).expect_err("another digest");
    assert!(matches!(refused, PluginError::Digest { .. }), "{refused}");
    assert!(
        refused
            .to_string()
            .contains(&Digest::of(guests::renderer()).to_string())
    );
    for odd in ["built-in@", "built-in@latest", "built-in@sha256:abc"] {
        let refused = render(&host, odd).expect_err(odd);
        assert!(
            matches!(refused, PluginError::Reference { .. }),
            "{refused}"
        );
    }
    // A bad file leads to the built-in, but not past the pin of the file that was meant.
    put(folder.path(), "built-in", b"bad");
    host.refresh().expect("a look");
    let meant = format!("built-in@{}", Digest::of(&another(1)));
    assert!(matches!(
        render(&host, &meant),
        Err(PluginError::Digest { .. })
    ));
}
