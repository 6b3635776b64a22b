//! The guest SDKs are laid into projects outside of the workspace, so they inherit nothing from it;
//! what they write out is what the workspace says.

use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

const SDKS: [&str; 2] = ["gantry-sdk", "gantry-sdk-health"];

#[test]
fn sdks_say_what_the_workspace_says() {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata describes this workspace");
    let package = |name: &str| -> &Package {
        let found = metadata.packages.iter().find(|p| p.name == name);
        found.expect("a member")
    };
    let inheriting = package("gantry-model");
    let manifest = std::fs::read_to_string(metadata.workspace_root.join("Cargo.toml"));
    let manifest = manifest.expect("Cargo.toml");
    for name in SDKS {
        let sdk = package(name);
        assert_eq!(sdk.version, inheriting.version, "{name}");
        assert_eq!(sdk.edition, inheriting.edition, "{name}");
        assert_eq!(sdk.rust_version, inheriting.rust_version, "{name}");
        assert_eq!(sdk.license, inheriting.license, "{name}");
        let own = std::fs::read_to_string(Path::new(sdk.manifest_path.as_str()));
        let own = own.expect("the manifest");
        assert!(!own.contains("workspace = true"), "{name} inherits");
        let normal = |kind: DependencyKind| kind == DependencyKind::Normal;
        for dependency in sdk.dependencies.iter().filter(|d| normal(d.kind)) {
            let line = format!("{} = ", dependency.name);
            let said = |text: &str| {
                text.lines()
                    .find(|l| l.starts_with(&line))
                    .map(str::to_owned)
            };
            assert_eq!(said(&own), said(&manifest), "{name}: {}", dependency.name);
        }
    }
}
