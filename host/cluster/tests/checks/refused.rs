//! Clusters that cannot be reached, and credentials that are not enough.

use gantry_cluster::{ClusterConfig, Clusters, ExecConfig};
use gantry_model::{Cluster as _, ClusterError, Gvk, Object};
use serde_json::json;

use super::{OPTIONS, SetUp, config_map};

pub(crate) async fn run(set_up: &SetUp) {
    a_server_out_of_reach_is_told(set_up).await;
    wrong_certificates_are_told(set_up).await;
    wrong_credentials_are_told(set_up).await;
    other_ways_to_the_same_server_work(set_up).await;
    a_plugin_gives_credentials(set_up).await;
    a_weak_account_is_forbidden(set_up).await;
}

async fn refuses(set_up: &SetUp, change: impl FnOnce(&mut ClusterConfig), expected: &str) {
    let mut config = set_up.config("spoke");
    change(&mut config);
    let error = set_up.first_answer(config).await.expect_err(expected);
    assert!(
        matches!(error, ClusterError::Unreachable { .. }),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.starts_with("cannot reach cluster spoke: "), "{text}");
    assert!(
        text.contains(expected),
        "{text:?} does not say {expected:?}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

async fn a_server_out_of_reach_is_told(set_up: &SetUp) {
    let servers = [
        ("https://127.0.0.1:1", "connection refused"),
        ("https://no-such-host.invalid", "cannot be resolved"),
        ("spoke:6443", "https://host:port"),
    ];
    for (server, expected) in servers {
        refuses(set_up, |config| config.server = server.to_owned(), expected).await;
    }
    let proxy = |config: &mut ClusterConfig| config.proxy_url = "http://127.0.0.1:1".to_owned();
    refuses(set_up, proxy, "its proxy: connection refused").await;
    // Plain HTTP to a TLS port gets an answer, if no helpful one.
    let mut plain = set_up.config("plain");
    plain.server = plain.server.replace("https", "http");
    let error = set_up
        .first_answer(plain)
        .await
        .expect_err("no TLS")
        .to_string();
    assert!(error.contains("HTTP request to an HTTPS server"), "{error}");
}

async fn wrong_certificates_are_told(set_up: &SetUp) {
    let name = |config: &mut ClusterConfig| config.server_name = "other.example".to_owned();
    refuses(set_up, name, "for another host name").await;
    let authority = |config: &mut ClusterConfig| config.ca_data = other_authority();
    refuses(set_up, authority, "signed by an unknown authority").await;
    let no_pem = |config: &mut ClusterConfig| config.ca_data = b"hunter2".to_vec();
    refuses(set_up, no_pem, "certificate").await;
    let no_key = |config: &mut ClusterConfig| {
        config.cert_data = b"hunter2".to_vec();
        config.key_data = b"hunter2".to_vec();
    };
    refuses(set_up, no_key, "PEM").await;
}

async fn wrong_credentials_are_told(set_up: &SetUp) {
    let token = |config: &mut ClusterConfig| config.bearer_token = "hunter2".to_owned();
    refuses(set_up, token, "the server does not accept the credentials").await;
    let plugins: [(&[&str], &str); 3] = [
        (&["no-such-program"], "cannot be started"),
        (&["sh", "-c", "echo hunter2; exit 3"], "exit status: 3"),
        (&["echo", "hunter2"], "did not print an ExecCredential"),
    ];
    for (plugin, expected) in plugins {
        let exec = |config: &mut ClusterConfig| {
            let mut words = plugin.iter().map(|&word| word.to_owned());
            config.bearer_token.clear();
            config.exec = Some(ExecConfig {
                command: words.next().unwrap_or_default(),
                args: words.collect(),
                ..ExecConfig::default()
            });
        };
        refuses(set_up, exec, expected).await;
    }
}

async fn other_ways_to_the_same_server_work(set_up: &SetUp) {
    let insecure = ClusterConfig {
        ca_data: Vec::new(),
        insecure: true,
        ..set_up.config("insecure")
    };
    let by_name = ClusterConfig {
        server_name: "localhost".into(),
        ..set_up.config("by-name")
    };
    for config in [insecure, by_name] {
        let shown = format!("{config:?}");
        assert!(set_up.first_answer(config).await.expect(&shown) > 50);
    }
}

async fn a_plugin_gives_credentials(set_up: &SetUp) {
    let printed = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": set_up.token},
    });
    let config = ClusterConfig {
        bearer_token: String::new(),
        exec: Some(ExecConfig {
            command: "sh".to_owned(),
            args: vec!["-c".to_owned(), "printf %s \"$CREDENTIAL\"".to_owned()],
            env: [("CREDENTIAL".to_owned(), printed.to_string())].into(),
            ..ExecConfig::default()
        }),
        ..set_up.config("plugin")
    };
    assert!(set_up.first_answer(config).await.expect("kinds") > 50);
}

async fn a_weak_account_is_forbidden(set_up: &SetUp) {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "weak", "namespace": "default"}});
    set_up.apply(account, OPTIONS).await.expect("applied");
    // A kubeconfig may say whom to act as; the admin may act as anyone.
    let text = std::fs::read_to_string(&set_up.kubeconfig).expect("a kubeconfig");
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    value["users"][0]["user"]["as"] = json!("system:serviceaccount:default:weak");
    let path = set_up.kubeconfig.with_file_name("weak");
    std::fs::write(&path, value.to_string()).expect("a file");
    let clusters = Clusters::load(Some(&path), None).expect("clusters");
    let weak = clusters.by_name("one").expect("it");
    let maps = weak
        .resource(&Gvk::parse("v1", "ConfigMap"))
        .await
        .expect("discovery")
        .expect("it");
    let object = Object::new(config_map("forbidden", &json!({})), None).expect("an object");
    let error = weak
        .apply(&maps, &object, OPTIONS)
        .await
        .expect_err("forbidden");
    assert!(
        matches!(&error, ClusterError::Forbidden(text) if text.contains("default:weak")),
        "{error:?}"
    );
}

/// An authority that signed nothing here.
fn other_authority() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate");
    certificate.pem().into_bytes()
}
