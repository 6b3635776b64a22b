//! What is rendered again, and what is not: the exact inputs of a render, one by one.

use std::path::Path;
use std::sync::Arc;

use gantry_model::SourceTree;
use gantry_plugins::{Builtin, CacheConfig, Host, HostConfig, RenderRequest};
use serde_json::{Value, json};

use crate::guests;
use crate::memory_tree::MemoryTree;

const FILES: [(&str, &str); 4] = [
    ("app/a.yaml", "a"),
    ("app/b.yaml", "b"),
    ("lib/c.yaml", "c"),
    ("other/d.yaml", "d"),
];

fn host(directory: Option<&Path>) -> Host {
    let builtins = vec![Builtin {
        name: "plugin",
        wasm: guests::renderer(),
        digest: None,
    }];
    Host::new(&HostConfig {
        builtins: builtins.leak(),
        compile_cache: guests::compiled(),
        cache: CacheConfig {
            directory: directory.map(Path::to_owned),
            ..CacheConfig::default()
        },
        ..HostConfig::default()
    })
    .expect("a host")
}

/// The tree, with files written over or added, and one left out.
fn tree(id: &str, changed: &[(&str, &str)], removed: &str) -> Arc<dyn SourceTree> {
    let mut files = FILES.to_vec();
    files.retain(|(path, _)| *path != removed && changed.iter().all(|(c, _)| c != path));
    files.extend_from_slice(changed);
    MemoryTree::with(id, files)
}

fn asking(questions: Value) -> RenderRequest {
    let mut parameters = questions;
    parameters["mode"] = json!("ask");
    RenderRequest {
        application: "shop".into(),
        revision: "one".into(),
        commit_time_unix_secs: 1,
        api_versions: ["v1/Pod".to_owned()].into(),
        parameters,
        ..RenderRequest::default()
    }
}

fn render(host: &Host, tree: Arc<dyn SourceTree>, request: &RenderRequest) -> String {
    let rendering = host.render("plugin", tree, request).expect("a render");
    let object = rendering.objects.first().expect("an object");
    object.value()["data"]["value"].to_string()
}

fn hits(host: &Host) -> u64 {
    host.metrics().iter().map(|plugin| plugin.cache_hits).sum()
}

/// Renders, changes the tree, renders again: in memory, and by another process over the disk.
fn check(questions: &Value, changed: &[(&str, &str)], removed: &str, is_hit: bool) {
    let case = format!("{questions} {changed:?} {removed}");
    let folder = tempfile::tempdir().expect("a folder");
    let request = asking(questions.clone());
    let next = RenderRequest {
        revision: "two".into(),
        ..request.clone()
    };
    let in_memory = host(None);
    let before = render(&in_memory, tree("one", &[], ""), &request);
    render(&host(Some(folder.path())), tree("one", &[], ""), &request);
    for host in [in_memory, host(Some(folder.path()))] {
        let after = render(&host, tree("two", changed, removed), &next);
        assert_eq!(hits(&host) == 1, is_hit, "{case}");
        assert_eq!(before == after, is_hit, "{case}: {before} {after}");
        // What the render was is known now.
        assert_eq!(render(&host, tree("two", changed, removed), &next), after);
        assert_eq!(hits(&host), u64::from(is_hit) + 1, "{case}");
    }
}

#[test]
fn a_branch_that_goes_back_finds_what_it_was() {
    let host = host(None);
    let request = asking(json!({"read": ["app/a.yaml"]}));
    let other = || tree("two", &[("app/a.yaml", "changed")], "");
    let before = render(&host, tree("one", &[], ""), &request);
    let after = render(&host, other(), &request);
    assert_ne!(before, after);
    assert_eq!(render(&host, tree("one", &[], ""), &request), before);
    assert_eq!(render(&host, other(), &request), after);
    assert_eq!(hits(&host), 2);
}

#[test]
fn a_commit_that_touches_nothing_that_was_looked_at_costs_no_render() {
    let looks = [
        json!({"read": ["app/a.yaml"]}),
        json!({"file": ["/src/app/a.yaml"]}),
        json!({"list": ["app"], "kind": ["lib/c.yaml", "app/missing"]}),
        json!({"glob": ["app/*.yaml"]}),
        json!({"read": ["app/missing", "lib"]}),
    ];
    for questions in looks {
        check(&questions, &[("other/d.yaml", "changed")], "", true);
        check(
            &questions,
            &[("other/new.yaml", "new")],
            "other/d.yaml",
            true,
        );
    }
    // A listing is its names: what is in the files was not looked at.
    check(
        &json!({"list": ["app"]}),
        &[("app/a.yaml", "changed")],
        "",
        true,
    );
}

#[test]
fn what_was_read_listed_or_found_absent_is_looked_at_again() {
    let read = json!({"read": ["app/a.yaml"]});
    check(&read, &[("app/a.yaml", "changed")], "", false);
    check(&read, &[], "app/a.yaml", false);
    let file = json!({"file": ["/src/app/a.yaml"]});
    check(&file, &[("app/a.yaml", "changed")], "", false);
    let list = json!({"list": ["app"]});
    check(&list, &[("app/new.yaml", "new")], "", false);
    check(&list, &[], "app/b.yaml", false);
    for absent in [
        json!({"read": ["app/new.yaml"]}),
        json!({"kind": ["app/new.yaml"]}),
        json!({"file": ["/src/app/new.yaml"]}),
    ] {
        check(&absent, &[("app/new.yaml", "new")], "", false);
    }
    let glob = json!({"glob": ["app/*.yaml"]});
    check(&glob, &[("app/a.yaml", "changed")], "", false);
    check(&glob, &[("app/new.yaml", "new")], "", false);
    check(
        &json!({"id": ["x"]}),
        &[("other/d.yaml", "changed")],
        "",
        false,
    );
    check(&json!({"revision": ["x"]}), &[], "", false);
}

#[test]
fn the_request_counts_as_far_as_it_was_looked_at() {
    let later = |r: &mut RenderRequest| r.commit_time_unix_secs = 2;
    let kinds = |r: &mut RenderRequest| r.api_versions = ["v1/Node".to_owned()].into();
    let name = |r: &mut RenderRequest| r.application = "other".into();
    let namespace = |r: &mut RenderRequest| r.namespace = Some("prod".into());
    let version = |r: &mut RenderRequest| r.kube_version = "1.36.0".into();
    let parameter = |r: &mut RenderRequest| r.parameters["count"] = json!(7);
    type Change<'a> = &'a dyn Fn(&mut RenderRequest);
    let cases: [(Value, Change<'_>, bool); 8] = [
        (json!({}), &later, true),
        (json!({"clock": ["x"]}), &later, false),
        (json!({}), &kinds, true),
        (json!({"kinds": ["x"]}), &kinds, false),
        (json!({}), &name, false),
        (json!({}), &namespace, false),
        (json!({}), &version, false),
        (json!({}), &parameter, false),
    ];
    for (index, (questions, change, is_hit)) in cases.into_iter().enumerate() {
        let host = host(None);
        let mut request = asking(questions);
        render(&host, tree("one", &[], ""), &request);
        change(&mut request);
        render(&host, tree("one", &[], ""), &request);
        assert_eq!(hits(&host) == 1, is_hit, "case {index}");
    }
}

#[test]
fn a_failed_render_is_tried_again_and_a_damaged_file_is_no_render() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = host(Some(folder.path()));
    let failing = RenderRequest {
        parameters: json!({"mode": "panic"}),
        ..RenderRequest::default()
    };
    for _ in 0..2 {
        let failed = first.render("plugin", tree("one", &[], ""), &failing);
        failed.expect_err("a panic");
    }
    let request = asking(json!({"read": ["app/a.yaml"]}));
    let whole = render(&first, tree("one", &[], ""), &request);
    let kept: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .collect();
    let [Ok(file)] = kept.as_slice() else {
        panic!("{kept:?}");
    };
    let text = std::fs::read(file.path()).expect("a file");
    for damaged in [&text[..text.len() / 2], b"{}", b""] {
        std::fs::write(file.path(), damaged).expect("written");
        let host = host(Some(folder.path()));
        assert_eq!(render(&host, tree("one", &[], ""), &request), whole);
        assert_eq!(hits(&host), 0);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "rendered Secrets are for the user alone");
    }
}

#[test]
fn nothing_is_remembered_where_that_is_off() {
    let host = Host::new(&HostConfig {
        builtins: vec![Builtin {
            name: "plugin",
            wasm: guests::renderer(),
            digest: None,
        }]
        .leak(),
        compile_cache: guests::compiled(),
        cache: CacheConfig::OFF,
        ..HostConfig::default()
    })
    .expect("a host");
    // Also what has no bytes: it would weigh nothing.
    let nothing = RenderRequest {
        parameters: json!({"mode": "no-op"}),
        ..RenderRequest::default()
    };
    for request in [asking(json!({"read": ["app/a.yaml"]})), nothing] {
        for _ in 0..3 {
            let rendered = host.render("plugin", tree("one", &[], ""), &request);
            rendered.expect("a render");
        }
    }
    assert_eq!(hits(&host), 0);
}
