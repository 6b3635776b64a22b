//! A certificate authority for one cluster, its API server's certificate, those of clients, and the key
//! that signs ServiceAccount tokens.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::TestbedError;

/// A certificate of a client, and its key; both are PEM.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// Writes `ca.crt`, `ca.key`, `server.crt`, `server.key`, `sa.key` and `sa.pub`.
pub(crate) fn write(folder: &Path) -> Result<(), TestbedError> {
    let (ca, ca_key) = (authority()?, KeyPair::generate()?);
    let ca_certificate = ca.self_signed(&ca_key)?;

    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    server
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let authority_key = ca_key.serialize_pem();
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key))?;

    let tokens = KeyPair::generate()?;
    let files = [
        ("ca.crt", ca_certificate.pem()),
        ("ca.key", authority_key),
        ("server.crt", certificate.pem()),
        ("server.key", key.serialize_pem()),
        ("sa.key", tokens.serialize_pem()),
        ("sa.pub", tokens.public_key_pem()),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(TestbedError::io(name))?;
    }
    Ok(())
}

/// What the authority's certificate says; all else about it comes of its key.
fn authority() -> Result<CertificateParams, TestbedError> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.distinguished_name
        .push(DnType::CommonName, "gantry-testbed");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    Ok(ca)
}

/// A certificate for a user of a group, which the authority of a cluster's folder signs and which ends
/// after so long, or did so long ago.
pub(crate) fn client(
    folder: &Path,
    user: &str,
    group: &str,
    ends: SystemTime,
) -> Result<ClientCertificate, TestbedError> {
    let key = fs::read_to_string(folder.join("ca.key")).map_err(TestbedError::io("ca.key"))?;
    let authority = Issuer::new(authority()?, KeyPair::from_pem(&key)?);
    let key = KeyPair::generate()?;
    let mut client = CertificateParams::new(Vec::new())?;
    client.distinguished_name.push(DnType::CommonName, user);
    client
        .distinguished_name
        .push(DnType::OrganizationName, group);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    client.not_before = (ends - Duration::from_secs(24 * 3600)).into();
    client.not_after = ends.into();
    let certificate = client.signed_by(&key, &authority)?;
    Ok(ClientCertificate {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

/// TLS with a certificate for loopback that nobody trusts, and that certificate.
pub(crate) fn untrusted_tls() -> Result<(Certificate, Arc<ServerConfig>), TestbedError> {
    let (certificate, key) = self_signed()?;
    let chain = vec![certificate.der().clone()];
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let bad = |error: rustls::Error| TestbedError::io("TLS")(std::io::Error::other(error));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(bad)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(bad)?;
    Ok((certificate, Arc::new(config)))
}

/// A certificate for loopback that nobody trusts, and its key.
pub(crate) fn self_signed() -> Result<(Certificate, KeyPair), TestbedError> {
    let key = KeyPair::generate()?;
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names)?.self_signed(&key)?;
    Ok((certificate, key))
}
