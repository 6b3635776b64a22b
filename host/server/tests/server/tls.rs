//! TLS: certificates from files, read again when they change.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::world::{Client, Door, Told};
use gantry_server::{Bounds, Pem, Server, TlsMode};
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

/// Whether a client that trusts only this certificate gets an answer in the end.
async fn is_taken(door: &Door, certificate: &[u8]) -> bool {
    for _ in 0..100 {
        let answer = Client::tls(door, certificate).try_get("/healthz").await;
        if answer.is_some() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_told_is_taken_when_it_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = certificate(folder.path());
    let pem = || mode(folder.path()).pem().expect("read").expect("a pair");
    let (tell, told) = tokio::sync::watch::channel(pem());
    let bounds = Bounds {
        tls_reload: Duration::from_millis(50),
        ..Bounds::default()
    };
    let door = Door::open_tls(Told::default(), bounds, &TlsMode::Told(told)).await;
    assert!(is_taken(&door, &first).await);
    // What cannot be used takes nothing away.
    let broken = Pem::default();
    assert!(broken.check().is_err());
    tell.send_replace(broken);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(is_taken(&door, &first).await);
    let second = certificate(folder.path());
    tell.send_replace(pem());
    assert!(is_taken(&door, &second).await);
    assert!(
        Client::tls(&door, &first)
            .try_get("/healthz")
            .await
            .is_none()
    );
    door.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_certificate_is_made_anew_while_the_server_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = TlsMode::Own {
        folder: folder.path().to_owned(),
        names: vec!["localhost".to_owned()],
    };
    let der = || {
        use rustls::pki_types::pem::PemObject as _;
        let pem = fs::read(folder.path().join("tls.crt")).expect("made");
        rustls::pki_types::CertificateDer::from_pem_slice(&pem)
            .expect("a certificate")
            .to_vec()
    };
    let bounds = Bounds {
        tls_reload: Duration::from_millis(50),
        ..Bounds::default()
    };
    let door = Door::open_tls(Told::default(), bounds, &own).await;
    let first = der();
    assert!(is_taken(&door, &first).await);
    let age = Duration::from_secs(gantry_model::limits::OWN_CERTIFICATE_RENEW_SECS + 60);
    let file = fs::File::options()
        .write(true)
        .open(folder.path().join("tls.crt"));
    let aged = file
        .expect("there")
        .set_modified(std::time::SystemTime::now() - age);
    aged.expect("made old");
    let mut second = der();
    for _ in 0..100 {
        if second != first {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        second = der();
    }
    assert_ne!(second, first, "it was not made anew");
    assert!(is_taken(&door, &second).await);
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
