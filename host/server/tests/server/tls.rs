//! TLS: certificates from files, read again when they change.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::world::{Client, Door, Told};
use gantry_server::{Bounds, Server, TlsMode};
use http::{StatusCode, Version};
use rcgen::{CertificateParams, KeyPair};

/// Writes a new certificate for itself, and gives its DER.
fn certificate(folder: &Path) -> Vec<u8> {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    fs::write(folder.join("tls.crt"), certificate.pem()).expect("written");
    fs::write(folder.join("tls.key"), key.serialize_pem()).expect("written");
    certificate.der().to_vec()
}

fn mode(folder: &Path) -> TlsMode {
    TlsMode::Files {
        certificate: folder.join("tls.crt"),
        key: folder.join("tls.key"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = certificate(folder.path());
    let bounds = Bounds {
        tls_reload: Duration::from_millis(50),
        ..Bounds::default()
    };
    let door = Door::open_tls(Told::default(), bounds, &mode(folder.path())).await;
    let answer = Client::tls(&door, &first).get("/healthz").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.version, Version::HTTP_2);
    assert!(answer.headers.contains_key("strict-transport-security"));

    // The key of another: as when one file is written before the other.
    let key = KeyPair::generate().expect("a key").serialize_pem();
    fs::write(folder.path().join("tls.key"), key).expect("written");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        Client::tls(&door, &first)
            .try_get("/healthz")
            .await
            .is_some()
    );

    let second = certificate(folder.path());
    let mut taken = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        taken = Client::tls(&door, &second)
            .try_get("/healthz")
            .await
            .is_some();
        if taken {
            break;
        }
    }
    assert!(taken, "the new certificate is not in use");
    assert!(
        Client::tls(&door, &first)
            .try_get("/healthz")
            .await
            .is_none()
    );
    assert!(
        Client::new(&door).try_get("/healthz").await.is_none(),
        "plain HTTP"
    );
    door.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_certificate_is_told_by_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let refused = async || {
        let bound = Server::bind(address, Arc::new(Told::default()), &mode(folder.path())).await;
        bound.err().expect("it cannot be used").to_string()
    };
    let error = refused().await;
    assert!(error.contains("tls.crt: No such file"), "{error}");

    certificate(folder.path());
    fs::write(folder.path().join("tls.key"), "no key").expect("written");
    let error = refused().await;
    assert!(error.contains("tls.key: no private key in PEM"), "{error}");
    fs::write(folder.path().join("tls.crt"), "").expect("written");
    let error = refused().await;
    assert!(error.contains("tls.crt: no certificate in PEM"), "{error}");

    certificate(folder.path());
    let key = KeyPair::generate().expect("a key").serialize_pem();
    fs::write(folder.path().join("tls.key"), key).expect("written");
    let error = refused().await;
    assert!(error.contains("tls.crt and "), "{error}");
}
