//! Clusters that cannot be reached, and credentials that are not enough.

use gantry_cluster::{ClusterConfig, Clusters, ExecConfig};
use gantry_model::{Cluster as _, ClusterError, Gvk, Object};
use serde_json::json;

use super::{OPTIONS, SetUp, config_map};

pub(crate) async fn run(set_up: &SetUp) {
    each_reason_is_told(set_up).await;
    other_ways_to_the_same_server_work(set_up).await;
    a_plugin_gives_credentials(set_up).await;
    a_weak_account_is_forbidden(set_up).await;
}

async fn each_reason_is_told(set_up: &SetUp) {
    let good = || set_up.config("spoke");
    let port = set_up.url.rsplit(':').next().expect("a port");
    let plain = format!("http://127.0.0.1:{port}");
    let exec = |command: &str, args: &[&str]| {
        Some(ExecConfig {
            command: command.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            ..ExecConfig::default()
        })
    };
    let cases = [
        (
            ClusterConfig {
                server: "https://127.0.0.1:1".into(),
                ..good()
            },
            "connection refused",
        ),
        (
            ClusterConfig {
                server: "https://no-such-host.invalid".into(),
                ..good()
            },
            "cannot be resolved",
        ),
        (
            ClusterConfig {
                server: plain,
                ..good()
            },
            "400",
        ),
        (
            ClusterConfig {
                server: "spoke:6443".into(),
                ..good()
            },
            "https://host:port",
        ),
        (
            ClusterConfig {
                server_name: "other.example".into(),
                ..good()
            },
            "another host name",
        ),
        (
            ClusterConfig {
                ca_data: other_authority(),
                ..good()
            },
            "unknown authority",
        ),
        (
            ClusterConfig {
                ca_data: b"no PEM".to_vec(),
                ..good()
            },
            "certificate",
        ),
        (
            ClusterConfig {
                key_data: b"no PEM".to_vec(),
                cert_data: b"no PEM".to_vec(),
                ..good()
            },
            "PEM",
        ),
        (
            ClusterConfig {
                bearer_token: "wrong".into(),
                ..good()
            },
            "the server does not accept the credentials",
        ),
        (
            ClusterConfig {
                proxy_url: "http://127.0.0.1:1".into(),
                ..good()
            },
            "proxy",
        ),
        (
            ClusterConfig {
                bearer_token: String::new(),
                exec: exec("no-such-program", &[]),
                ..good()
            },
            "cannot be started",
        ),
        (
            ClusterConfig {
                bearer_token: String::new(),
                exec: exec("sh", &["-c", "echo hunter2; exit 3"]),
                ..good()
            },
            "exit status: 3",
        ),
        (
            ClusterConfig {
                bearer_token: String::new(),
                exec: exec("echo", &["hunter2"]),
                ..good()
            },
            "did not print an ExecCredential",
        ),
    ];
    for (config, expected) in cases {
        let shown = format!("{config:?}");
        let error = set_up.first_answer(config).await.expect_err(&shown);
        let text = error.to_string();
        assert!(
            text.contains(expected),
            "{shown}: {text:?} does not say {expected:?}"
        );
        assert!(text.contains("spoke") || expected == "400", "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        if expected != "400" {
            assert!(
                matches!(error, ClusterError::Unreachable { .. }),
                "{error:?}"
            );
        }
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
