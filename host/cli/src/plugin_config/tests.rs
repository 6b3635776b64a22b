//! A whole file, and every way in which one is wrong.

use std::fs;

use gantry_plugins::{Digest, Limits};

use super::PluginConfig;
use crate::failure::Failure;

/// `openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout`
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFbdPVjISMZ88fV/MHuoxTWZ04gHZ\n\
2q87KK0vr7CWzAzwYXlAFLzsUDakQd/NofAdYyqiqjrxSVwcgCbwsXGhBw==\n\
-----END PUBLIC KEY-----\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("cosign.pub"), PUBLIC_KEY).expect("written");
    folder
}

fn read(text: &str) -> Result<PluginConfig, Vec<String>> {
    let folder = folder();
    fs::write(folder.path().join("plugins.yaml"), text).expect("written");
    PluginConfig::read(None, folder.path()).map_err(|failure| match failure {
        Failure::Problems(problems) => {
            let place = folder.path().display().to_string();
            let text = |p: &gantry_model::Diagnostic| {
                let help = p.help.clone().unwrap_or_default();
                format!("{p} [{help}]").replace(&place, "")
            };
            problems.iter().map(text).collect()
        }
        Failure::ClosedPipe => Vec::new(),
    })
}

#[test]
fn a_file_sets_limits_and_trust() {
    let digest = Digest::of(b"a plugin");
    let config = read(&format!(
        "limits: {{renderDeadline: 20s}}\n\
         plugins:\n  helm:\n    limits: {{renderDeadline: 1m, memory: 512Mi, output: 32Mi, documents: 7, healthDeadline: 1s, log: 0}}\n\
         trust:\n  allow: ['{digest}']\n  keys: [cosign.pub]\n"
    ))
    .expect("a good file");
    let all = Limits::default().with(&config.limits);
    assert_eq!(all.render_deadline_ms, 20_000);
    let helm = all.with(&config.overrides["helm"]);
    assert_eq!(
        (helm.render_deadline_ms, helm.health_deadline_ms),
        (60_000, 1_000)
    );
    assert_eq!(
        (helm.render_memory_max_bytes, helm.output_max_bytes),
        (512 << 20, 32 << 20)
    );
    assert_eq!((helm.documents_max, helm.log_max_bytes), (7, 0));
    assert_eq!(config.trust.allow, Some([digest].into()));
    assert_eq!(config.trust.keys.names(), ["cosign.pub"]);
}

#[test]
fn what_is_not_set_does_not_count() {
    for text in [
        "",
        "# nothing yet\n",
        "{}",
        "limits: {}",
        "plugins: {helm: {}}",
        "trust: {}",
    ] {
        let config = read(text).expect(text);
        assert_eq!(config.limits, PluginConfig::default().limits, "{text}");
        assert!(config.trust.allow.is_none() && config.trust.keys.is_empty());
    }
    let nothing = read("trust: {allow: []}").expect("a good file");
    assert_eq!(nothing.trust.allow, Some([].into()), "nothing is allowed");
}

/// Each of these files has one mistake.
fn are_told(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let problems = read(text).expect_err(text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].contains(expected),
            "{problems:?} lacks {expected:?}"
        );
    }
}

#[test]
fn mistakes_in_shape_and_limits_are_told_with_their_place() {
    are_told(&[
        ("[]", "/plugins.yaml:1:1: the file must be a mapping"),
        ("limits: 1", "/plugins.yaml:1:9: `limits` must be a mapping"),
        ("a: {}\n---\nb: {}", "/plugins.yaml:3:1: one document"),
        ("limits: {", "/plugins.yaml:2:1: while parsing"),
        (
            "limit: {}",
            "1:8: there is no field `limit` [did you mean \"limits\"?",
        ),
        (
            "limits:\n  renderDeadlin: 10s",
            "2:18: there is no field `limits.renderDeadlin` [did you mean \"renderDeadline\"?",
        ),
        (
            "plugins:\n  helm:\n    memory: 1Gi",
            "3:13: there is no field `plugins.helm.memory` [known are limits",
        ),
        (
            "plugins: {Helm: {}}",
            "1:17: \"Helm\" cannot be a plugin's name",
        ),
        (
            "limits: {renderDeadline: 10}",
            "1:26: `limits.renderDeadline` must be a duration such as 10s",
        ),
        (
            "limits: {memory: 1.5Gi}",
            "1:18: `limits.memory` must be a size such as 512Mi",
        ),
        (
            "limits: {documents: many}",
            "1:21: `limits.documents` must be a whole number",
        ),
        (
            "limits: {memory: 8Gi}",
            "1:18: memory must be between 2Mi and 4Gi",
        ),
        (
            "limits: {renderDeadline: 1h}",
            "renderDeadline must be between 100ms and 10m",
        ),
    ]);
}

#[test]
fn mistakes_in_trust_are_told_with_their_place() {
    are_told(&[
        (
            "trust: {allow: latest}",
            "1:16: `trust.allow` must be a list of strings",
        ),
        (
            "trust: {allow: [1]}",
            "1:17: `trust.allow[0]` must be a string",
        ),
        (
            "trust: {allow: [latest]}",
            "1:17: \"latest\" is not a digest",
        ),
        ("trust: {keys: []}", "1:15: `trust.keys` names no key"),
        (
            "trust: {keys: [none.pub]}",
            "1:16: /none.pub cannot be read",
        ),
        (
            "trust: {keys: [plugins.yaml]}",
            "1:16: plugins.yaml holds no public key",
        ),
        (
            "trust: {key: [cosign.pub]}",
            "there is no field `trust.key` [did you mean \"keys\"?",
        ),
    ]);
    let several = read("limit: {}\ntrust: {allow: [a, b]}").expect_err("three mistakes");
    assert_eq!(several.len(), 3, "{several:?}");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let folder = folder();
    let missing = folder.path().join("missing.yaml");
    let read = |named| PluginConfig::read(named, folder.path());
    assert!(read(None).is_ok());
    assert!(read(Some(&missing)).is_err());
    fs::create_dir(folder.path().join("plugins.yaml")).expect("made");
    assert!(read(None).is_err(), "what is there and unreadable");
}
