//! One-way edges between rooms, and the libraries that only one room may name.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Room, and the rooms it may name. What is not here may name none.
const ROOMS: &[(&str, &[&str])] = &[
    ("gantry-model", &[]),
    ("gantry-yaml", &["gantry-model"]),
    ("gantry-source", &["gantry-model"]),
    (
        "gantry-charts",
        &["gantry-model", "gantry-oci", "gantry-yaml"],
    ),
    ("gantry-plugins", &["gantry-model", "gantry-yaml"]),
    ("gantry-oci", &["gantry-model"]),
    (
        "gantry-registry",
        &["gantry-model", "gantry-oci", "gantry-plugins"],
    ),
    ("gantry-cluster", &["gantry-model", "gantry-yaml"]),
    ("gantry-diff", &["gantry-model", "gantry-yaml"]),
    ("gantry-sync", &["gantry-diff", "gantry-model"]),
    ("gantry-store", &["gantry-model"]),
    (
        "gantry-engine",
        &[
            "gantry-charts",
            "gantry-cluster",
            "gantry-diff",
            "gantry-model",
            "gantry-plugins",
            "gantry-source",
            "gantry-store",
            "gantry-sync",
            "gantry-yaml",
        ],
    ),
    ("gantry-live", &["gantry-model", "gantry-sync"]),
    (
        "gantry-control",
        &[
            "gantry-cluster",
            "gantry-diff",
            "gantry-engine",
            "gantry-live",
            "gantry-model",
            "gantry-source",
            "gantry-store",
            "gantry-sync",
        ],
    ),
    (
        "gantry-access",
        &["gantry-model", "gantry-store", "gantry-yaml"],
    ),
    (
        "gantry-api",
        &[
            "gantry-access",
            "gantry-model",
            "gantry-patch",
            "gantry-store",
        ],
    ),
    ("gantry-wire", &["gantry-model", "gantry-yaml"]),
    (
        "gantry-web",
        &["gantry-access", "gantry-api", "gantry-model", "gantry-yaml"],
    ),
    (
        "gantry-server",
        &[
            "gantry-access",
            "gantry-api",
            "gantry-model",
            "gantry-web",
            "gantry-wire",
        ],
    ),
    (
        "gantry",
        &[
            "gantry-access",
            "gantry-api",
            "gantry-bundle",
            "gantry-charts",
            "gantry-cluster",
            "gantry-componentize",
            "gantry-control",
            "gantry-diff",
            "gantry-engine",
            "gantry-live",
            "gantry-model",
            "gantry-patch",
            "gantry-plugins",
            "gantry-registry",
            "gantry-scaffold",
            "gantry-server",
            "gantry-source",
            "gantry-store",
            "gantry-sync",
            "gantry-web",
            "gantry-yaml",
        ],
    ),
    ("gantry-componentize", &[]),
    ("gantry-snapshot", &[]),
    ("gantry-scaffold", &["gantry-model"]),
    ("gantry-sdk", &[]),
    ("gantry-plain-yaml", &["gantry-sdk"]),
    ("gantry-template", &["gantry-sdk", "gantry-yaml"]),
    (
        "gantry-kustomize",
        &["gantry-patch", "gantry-sdk", "gantry-yaml"],
    ),
    ("gantry-sdk-health", &[]),
    ("gantry-health-core", &["gantry-sdk-health"]),
    ("gantry-patch", &["gantry-yaml"]),
    ("gantry-bundle", &[]),
];

/// Library, and the only room that may name it.
const OWNED: &[(&str, &str)] = &[
    ("axum", "gantry-server"),
    ("bcrypt", "gantry-access"),
    ("clap", "gantry"),
    ("croner", "gantry-control"),
    ("gix", "gantry-source"),
    ("indicatif", "gantry"),
    ("jaq-core", "gantry-diff"),
    ("jaq-json", "gantry-diff"),
    ("jaq-std", "gantry-diff"),
    ("jsonwebtoken", "gantry-access"),
    ("kube", "gantry-cluster"),
    ("maud", "gantry-web"),
    ("minijinja", "gantry-template"),
    ("oauth2", "gantry-access"),
    ("oci-client", "gantry-oci"),
    ("opentelemetry", "gantry"),
    ("opentelemetry-otlp", "gantry"),
    ("prost", "gantry-wire"),
    ("reqwest", "gantry-charts"),
    ("rusqlite", "gantry-store"),
    ("saphyr-parser", "gantry-yaml"),
    ("tar", "gantry-charts"),
    ("tikv-jemallocator", "gantry"),
    ("tokio-rustls", "gantry-server"),
    ("tracing-opentelemetry", "gantry"),
    ("wasmi", "gantry-snapshot"),
    ("wasmtime", "gantry-plugins"),
    ("wasmtime-wasi", "gantry-plugins"),
    ("wit-component", "gantry-componentize"),
];

/// Who may name such a library, too: gix takes certificates only as its client's own type.
const LENT: &[(&str, &str)] = &[("reqwest", "gantry-source")];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata describes this workspace")
}

/// Every (room, dependency) of the shipped code: tests and build scripts may reach further.
fn dependencies(metadata: &Metadata) -> Vec<(String, String)> {
    let shipped = metadata.packages.iter().filter(|package| {
        let path = package.manifest_path.as_str();
        !path.contains("/tests/")
    });
    shipped
        .flat_map(|package| {
            let normal = package
                .dependencies
                .iter()
                .filter(|d| d.kind == DependencyKind::Normal);
            normal.map(|d| (package.name.to_string(), d.name.clone()))
        })
        .collect()
}

#[test]
fn rooms_name_only_the_rooms_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let forbidden: Vec<String> = dependencies(&metadata())
        .into_iter()
        .filter(|(_, to)| to == "gantry" || to.starts_with("gantry-"))
        .filter(|(from, to)| {
            !allowed
                .get(from.as_str())
                .is_some_and(|a| a.contains(&to.as_str()))
        })
        .map(|(from, to)| format!("{from} -> {to}"))
        .collect();
    assert!(
        forbidden.is_empty(),
        "edges that README.md's map does not have: {forbidden:#?}"
    );
}

#[test]
fn heavy_libraries_stay_in_their_room() {
    let owners: BTreeMap<&str, &str> = OWNED.iter().copied().collect();
    let strays: Vec<String> = dependencies(&metadata())
        .into_iter()
        .filter(|(from, to)| owners.get(to.as_str()).is_some_and(|owner| owner != from))
        .filter(|(from, to)| !LENT.contains(&(to.as_str(), from.as_str())))
        .map(|(from, to)| format!("{from} names {to}"))
        .collect();
    assert!(strays.is_empty(), "{strays:#?}");
}

#[test]
fn every_room_is_on_the_map() {
    let metadata = metadata();
    let readme =
        std::fs::read_to_string(metadata.workspace_root.join("README.md")).expect("README.md");
    for (room, _) in ROOMS {
        let folder = if *room == "gantry" {
            "cli"
        } else {
            room.trim_start_matches("gantry-")
        };
        assert!(
            readme.contains(&format!("`{folder}`")),
            "README.md's map lacks {folder}"
        );
    }
}
