//! Which renderer an application gets, in cases.

#![allow(clippy::expect_used, reason = "a test stops at a broken case")]

use gantry_engine::choose;
use gantry_model::application::Source;
use gantry_model::{Manifest, read_manifest};
use gantry_source::DirTree;
use serde_json::{Value, json};

/// The source of an application with these fields.
fn source(fields: Value) -> Source {
    let mut manifest = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://example.com/a", "path": "plain"},
            "destination": {"name": "c"},
        },
    });
    for (key, value) in fields.as_object().expect("fields") {
        manifest["spec"]["source"][key] = value.clone();
    }
    match read_manifest(&manifest).expect("an application").value {
        Manifest::Application(application) => {
            application.sources.into_iter().next().expect("a source")
        }
        other => unreachable!("{other:?}"),
    }
}

/// A repository with one directory for each renderer.
fn repository() -> (tempfile::TempDir, DirTree) {
    let folder = tempfile::tempdir().expect("a folder");
    for file in [
        "plain/a.yaml",
        "chart/Chart.yaml",
        "kust/kustomization.yml",
        "big/Kustomization",
        "both/Chart.yaml",
        "both/kustomization.yaml",
        "other/MyChart.yaml",
    ] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, "").expect("a file");
    }
    let tree = DirTree::open(folder.path()).expect("a tree");
    (folder, tree)
}

#[test]
fn the_block_or_the_directory_chooses() {
    let (_folder, tree) = repository();
    let cases = [
        (json!({}), "plain-yaml", json!({})),
        (json!({"path": "./plain/"}), "plain-yaml", json!({})),
        (json!({"path": "."}), "plain-yaml", json!({})),
        (json!({"path": "chart"}), "helm", json!({})),
        (json!({"path": "kust"}), "kustomize", json!({})),
        (json!({"path": "big"}), "kustomize", json!({})),
        (json!({"path": "both"}), "kustomize", json!({})),
        (json!({"path": "other"}), "helm", json!({})),
        (
            json!({"path": "chart", "directory": {"recurse": true}}),
            "plain-yaml",
            json!({"recurse": true}),
        ),
        (
            json!({"helm": {"releaseName": "r"}}),
            "helm",
            json!({"releaseName": "r"}),
        ),
        (
            json!({"kustomize": {"namePrefix": "p-"}}),
            "kustomize",
            json!({"namePrefix": "p-"}),
        ),
        (
            json!({"plugin": {
                "name": "mine",
                "env": [{"name": "A", "value": "1"}],
                "parameters": [
                    {"name": "s", "string": "x"},
                    {"name": "l", "array": ["y", "z"]},
                    {"name": "m", "map": {"k": "v"}},
                ],
            }}),
            "mine",
            json!({"s": "x", "l": ["y", "z"], "m": {"k": "v"}, "env": {"A": "1"}}),
        ),
    ];
    for (fields, plugin, parameters) in cases {
        let choice = choose(&source(fields.clone()), &tree).expect("a choice");
        assert_eq!(
            (choice.plugin.as_str(), &choice.parameters),
            (plugin, &parameters),
            "{fields}"
        );
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let (_folder, tree) = repository();
    let refused = [
        (json!({"path": "nowhere"}), "app path does not exist"),
        (json!({"path": "plain/a.yaml"}), "not a directory"),
        (json!({"path": "../up"}), "outside"),
        (
            json!({"helm": {"releaseName": "r"}, "directory": {"recurse": true}}),
            "several blocks",
        ),
        (
            json!({"plugin": {"env": [{"name": "A", "value": "1"}]}}),
            "names no plugin",
        ),
    ];
    for (fields, words) in refused {
        let error = choose(&source(fields.clone()), &tree).expect_err(words);
        assert!(error.to_string().contains(words), "{fields}: {error}");
        assert!(
            error.help.is_some() && error.field.is_some(),
            "{fields}: {error:?}"
        );
    }
}
