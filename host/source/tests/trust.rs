//! Whom one believes to be the server: Argo CD's ConfigMaps of host keys and certificates.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
#![allow(clippy::print_stderr, reason = "says what is skipped")]

use gantry_model::secrets::Trust;
use gantry_source::{Access, Repositories, SourceError};
use gantry_testbed::{FileServer, GitRepository, GitSshServer};
use serde_json::json;

fn trust(name: &str, key: &str, text: &str) -> Trust {
    let mut trust = Trust::default();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {key: text}});
    assert!(trust.take(&map));
    trust
}

fn known_hosts(text: &str) -> Trust {
    trust("argocd-ssh-known-hosts-cm", "ssh_known_hosts", text)
}

#[test]
fn an_ssh_server_is_known_by_its_host_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = GitRepository::init(&folder.path().join("app")).expect("git init");
    let id = repository
        .commit(&[("a.yaml", "a: 1\n")])
        .expect("a commit");
    let own = folder.path().join("ssh");
    let Some(server) = GitSshServer::start(&own).expect("sshd") else {
        eprintln!("skipped: this machine has no sshd");
        return;
    };
    let url = server.url(repository.folder());
    let address = url.split(['@', '/']).nth(3).expect("an address");
    let (host, port) = address.split_once(':').expect("a port");
    let line = |file: &str| {
        let key = std::fs::read_to_string(own.join(file)).expect("a key");
        format!("[{host}]:{port} {key}")
    };
    // A folder whose name is no single word.
    let repositories = Repositories::new(folder.path().join("it's a cache"));
    let access = Access {
        ssh_private_key: server.private_key().expect("a key"),
        ..Access::default()
    };
    let get = || repositories.commit(&url, "main", &access);
    let unknown = get().expect_err("nobody knows it").to_string();
    assert!(unknown.contains("known-hosts-cm"), "{unknown}");
    repositories.set_trust(known_hosts(&line("user.pub")));
    get().expect_err("it has another key");
    repositories.set_trust(known_hosts(&line("host.pub")));
    assert_eq!(get().expect("the commit").id, id);
    repositories
        .refs(&url, &[], &access)
        .expect("it is known for lists too");
}

#[test]
fn a_web_server_is_known_by_its_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = || FileServer::start_tls(folder.path(), None).expect("a server");
    let (server, other) = (start(), start());
    let url = server.url("app");
    let repositories = Repositories::new(folder.path().join("cache"));
    let get = || {
        let error = repositories.commit(&url, "main", &Access::default());
        error.expect_err("it has no repository")
    };
    let host = url.split(['/', ':']).nth(3).expect("a host");
    let certificates = |host: &str, pem: &str| trust("argocd-tls-certs-cm", host, pem);
    for unknown in [
        Trust::default(),
        certificates(host, other.certificate()),
        certificates("other.example", server.certificate()),
        certificates(host, "-----BEGIN CERTIFICATE-----\nnone"),
    ] {
        repositories.set_trust(unknown);
        let error = get();
        assert!(
            matches!(error, SourceError::Unreachable { .. }),
            "{error:?}"
        );
    }
    let both = format!("{}\n{}", other.certificate(), server.certificate());
    repositories.set_trust(certificates(host, &both));
    let error = get();
    assert!(
        matches!(error, SourceError::NoRepository { .. }),
        "it is asked: {error:?}"
    );
}
