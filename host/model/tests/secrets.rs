//! Cluster and repository Secrets: what is read, what is refused, and that no value is shown.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use gantry_model::secrets::{ClusterSecret, RepositorySecret, RepositoryType, Scope, Secret};
use gantry_model::{Diagnostic, Manifest, Severity, read_manifest};
use serde_json::{Value, json};

fn secret(secret_type: &str, place: &str, entries: Value) -> Value {
    let label = "argocd.argoproj.io/secret-type";
    let mut manifest = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "x", "labels": {label: secret_type}},
    });
    manifest[place] = entries;
    manifest
}

fn cluster(config: &Value) -> Value {
    let entries = json!({"name": "spoke", "server": "https://k/", "config": config.to_string()});
    secret("cluster", "stringData", entries)
}

fn findings(manifest: &Value) -> Vec<String> {
    let all = match read_manifest(manifest) {
        Ok(parsed) => parsed.warnings,
        Err(all) => all,
    };
    let words = |d: &Diagnostic| {
        let severity = if d.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        format!(
            "{severity} {} {}",
            d.code,
            d.field.as_deref().unwrap_or("-")
        )
    };
    all.iter().map(words).collect()
}

fn read_cluster(manifest: &Value) -> ClusterSecret {
    match read_manifest(manifest).expect("a valid Secret").value {
        Manifest::ClusterSecret(cluster) => *cluster,
        other => unreachable!("{other:?}"),
    }
}

fn read_repository(manifest: &Value) -> RepositorySecret {
    match read_manifest(manifest).expect("a valid Secret").value {
        Manifest::RepositorySecret(repository) => *repository,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_secret_shows_stars_only() {
    let secret = Secret::from("hunter2".to_owned());
    assert_eq!(
        format!("{secret} {secret:?} {:?}", Some(&secret)),
        "*** *** Some(***)"
    );
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn a_shard_is_not_chosen_by_hand() {
    let mut manifest = cluster(&json!({}));
    manifest["stringData"]["shard"] = json!("1");
    assert_eq!(findings(&manifest), ["warning no-effect stringData.shard"]);
    let warnings = read_manifest(&manifest).expect("a valid Secret").warnings;
    let message = "`stringData.shard` has no effect: replicas share the clusters by hashing";
    assert_eq!(warnings[0].message, message);
}

#[test]
fn a_cluster_is_read_whole() {
    let manifest = cluster(&json!({
        "username": "admin",
        "password": "hunter2-a",
        "bearerToken": "hunter2-b",
        "proxyUrl": "http://u:hunter2-c@proxy",
        "tlsClientConfig": {
            "insecure": false,
            "serverName": "k.example",
            "caData": "Y2E=",
            "certData": "Y2VydA==",
            "keyData": "aHVudGVyMi1k",
        },
        "execProviderConfig": {
            "command": "aws",
            "args": ["--token", "hunter2-e"],
            "env": {"KEY": "hunter2-f"},
            "apiVersion": "client.authentication.k8s.io/v1",
        },
    }));
    assert_eq!(findings(&manifest), Vec::<String>::new());
    let found = read_cluster(&manifest);
    assert_eq!(
        (found.name.as_str(), found.server.as_str()),
        ("spoke", "https://k")
    );
    assert_eq!(found.username, "admin");
    assert_eq!(found.password.expose(), "hunter2-a");
    assert_eq!(found.bearer_token.expose(), "hunter2-b");
    assert_eq!(found.proxy_url.expose(), "http://u:hunter2-c@proxy");
    assert_eq!(found.tls.server_name, "k.example");
    assert_eq!(found.tls.ca_data, "ca");
    assert_eq!(found.tls.cert_data, "cert");
    assert_eq!(found.tls.key_data.expose(), "hunter2-d");
    let exec = found.exec.as_ref().expect("a credential plugin");
    assert_eq!(exec.command, "aws");
    assert_eq!(exec.args[1].expose(), "hunter2-e");
    assert_eq!(exec.env["KEY"].expose(), "hunter2-f");
    let shown = format!("{found:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn data_is_base64_and_string_data_wins() {
    let mut manifest = secret(
        "cluster",
        "data",
        json!({"server": "aHR0cHM6\nLy9r", "name": "YQ=="}),
    );
    assert_eq!(read_cluster(&manifest).name, "a");
    assert_eq!(read_cluster(&manifest).server, "https://k");
    manifest["stringData"] =
        json!({"name": "b", "namespaces": "x, y,", "clusterResources": "true"});
    let found = read_cluster(&manifest);
    assert_eq!(found.name, "b");
    assert_eq!(found.namespaces, ["x", "y"]);
    assert!(found.cluster_resources);
    manifest["stringData"] = json!({"name": ""});
    assert_eq!(
        read_cluster(&manifest).name,
        "https://k",
        "the URL names it"
    );
}

#[test]
fn each_problem_of_a_cluster_is_named_with_its_field() {
    let stored = |entries: Value| secret("cluster", "data", entries);
    let cases: &[(Value, &[&str])] = &[
        (
            stored(json!({"name": "YQ=="})),
            &["error missing-field data.server"],
        ),
        (
            stored(json!({"server": "hunter2!"})),
            &["error invalid-base64 data.server"],
        ),
        (
            stored(json!({"server": "/w=="})),
            &["error invalid-base64 data.server"],
        ),
        (
            stored(json!({"server": 5})),
            &["error wrong-type data.server"],
        ),
        (
            stored(json!("hunter2")),
            &["error wrong-type data", "error missing-field data.server"],
        ),
        (
            stored(json!({"server": "YQ==", "nmae": "YQ==", "tls.crt": "YQ=="})),
            &[
                "warning unknown-field data.nmae",
                "warning unknown-field data[tls.crt]",
            ],
        ),
        (
            stored(json!({"server": "YQ==", "config": "aHVudGVyMg=="})),
            &["error invalid-json data.config"],
        ),
        (
            cluster(&json!({"bearerToken": ["hunter2"], "tlsClientConfig": {"caDta": "hunter2"}})),
            &[
                "error wrong-type stringData.config.bearerToken",
                "warning unknown-field stringData.config.tlsClientConfig.caDta",
            ],
        ),
        (
            cluster(&json!({"tlsClientConfig": {"keyData": "hunter2 hunter2"}})),
            &["error invalid-base64 stringData.config.tlsClientConfig.keyData"],
        ),
        (
            cluster(&json!({"awsAuthConfig": {"clusterName": "x"}})),
            &["error not-supported-yet stringData.config.awsAuthConfig"],
        ),
        (
            cluster(&json!({"awsAuthConfig": null, "execProviderConfig": {"args": []}})),
            &["error missing-field stringData.config.execProviderConfig.command"],
        ),
        (
            cluster(&json!({"disableCompression": true})),
            &["warning no-effect stringData.config.disableCompression"],
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(findings(manifest), *expected, "{manifest}");
        let shown = format!("{:?}", read_manifest(manifest));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_repository_is_read_and_names_what_has_no_effect() {
    let manifest = secret(
        "repository",
        "stringData",
        json!({
            "url": "https://git.example/apps",
            "type": "git",
            "name": "apps",
            "project": "web",
            "username": "bot",
            "password": "hunter2-a",
            "sshPrivateKey": "hunter2-b",
            "bearerToken": "hunter2-c",
            "insecure": "True",
            "proxy": "http://u:hunter2-d@proxy",
            "enableLfs": "true",
            "forceHttpBasicAuth": "true",
            "githubAppID": "12",
            "githubAppPrivateKey": "hunter2-e",
            "githubAppEnterpriseBaseUrl": "https://github.example/api/v3/",
            "pasword": "hunter2-f",
        }),
    );
    assert_eq!(
        findings(&manifest),
        [
            "warning no-effect-yet stringData.enableLfs",
            "warning unknown-field stringData.pasword",
        ]
    );
    let found = read_repository(&manifest);
    assert_eq!(found.scope, Scope::Repository);
    assert_eq!(found.repository_type, RepositoryType::Git);
    assert_eq!(
        (found.name.as_str(), found.project.as_str()),
        ("apps", "web")
    );
    assert_eq!(found.credentials.username, "bot");
    assert_eq!(found.credentials.password.expose(), "hunter2-a");
    assert_eq!(found.credentials.ssh_private_key.expose(), "hunter2-b");
    assert_eq!(found.credentials.bearer_token.expose(), "hunter2-c");
    assert_eq!(found.proxy.expose(), "http://u:hunter2-d@proxy");
    assert!(found.insecure && found.enable_lfs && found.force_http_basic_auth);
    let app = found.credentials.github_app.as_ref().expect("an app");
    assert_eq!((app.id, app.installation), (12, 0));
    assert_eq!(app.private_key.expose(), "hunter2-e");
    assert_eq!(app.base_url, "https://github.example/api/v3");
    assert_eq!(app.secret, "x");
    let shown = format!("{found:?} {:?}", read_manifest(&manifest));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn each_problem_of_a_repository_is_named_with_its_field() {
    let stored = |kind: &str, entries: Value| secret(kind, "stringData", entries);
    let cases: &[(Value, &[&str])] = &[
        (
            stored("repository", json!({})),
            &["error missing-field stringData.url"],
        ),
        (
            stored("repository", json!({"url": "x", "insecure": "hunter2"})),
            &["error wrong-type stringData.insecure"],
        ),
        (
            stored("repository", json!({"url": "x", "type": "hunter2"})),
            &["error invalid-value stringData.type"],
        ),
        (
            stored(
                "repository",
                json!({"url": "x", "type": "helm", "noProxy": "y", "enableOCI": "true"}),
            ),
            &[],
        ),
        // A template would switch checks off for repositories that nobody named.
        (
            stored("repo-creds", json!({"url": "x", "insecure": "true"})),
            &["warning unknown-field stringData.insecure"],
        ),
        (
            stored("repository-write", json!({"url": "x"})),
            &["warning no-effect-yet metadata.labels[argocd.argoproj.io/secret-type]"],
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(findings(manifest), *expected, "{manifest}");
        let shown = format!("{:?}", read_manifest(manifest));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let template = read_repository(&stored(
        "repo-creds",
        json!({"url": "x", "insecure": "true"}),
    ));
    assert_eq!(template.scope, Scope::Template);
    assert!(!template.insecure);
}

#[test]
fn a_secret_without_the_label_is_none_of_ours() {
    let manifest = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "!"}});
    let parsed = read_manifest(&manifest).expect("any Secret");
    assert_eq!(parsed.value, Manifest::Other);
    assert_eq!(parsed.warnings, []);
}

#[test]
fn what_an_app_of_github_lacks_is_named() {
    let stored = |kind: &str, entries: Value| secret(kind, "stringData", entries);
    let cases: &[(Value, &[&str])] = &[
        (
            stored(
                "repository",
                json!({"url": "x", "type": "helm", "githubAppID": "1", "githubAppPrivateKey": "hunter2",
                    "forceHttpBasicAuth": "true"}),
            ),
            &[
                "warning no-effect-yet stringData.forceHttpBasicAuth",
                "warning no-effect-yet stringData.githubAppID",
                "warning no-effect-yet stringData.githubAppPrivateKey",
            ],
        ),
        (
            stored(
                "repo-creds",
                json!({"url": "x", "githubAppID": "hunter2", "githubAppPrivateKey": "hunter2"}),
            ),
            &["error invalid-value stringData.githubAppID"],
        ),
        (
            stored(
                "repository",
                json!({"url": "x", "githubAppID": "1", "githubAppInstallationID": "2"}),
            ),
            &[
                "warning no-effect stringData.githubAppID",
                "warning no-effect stringData.githubAppInstallationID",
            ],
        ),
        (
            stored(
                "repository",
                json!({"url": "x", "githubAppID": "0", "githubAppPrivateKey": "hunter2"}),
            ),
            &["warning no-effect stringData.githubAppPrivateKey"],
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(findings(manifest), *expected, "{manifest}");
        let shown = format!("{:?}", read_manifest(manifest));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
