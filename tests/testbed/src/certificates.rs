//! A certificate authority for one cluster, its API server's certificate, and the key that signs
//! ServiceAccount tokens.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

use crate::TestbedError;

/// Writes `ca.crt`, `server.crt`, `server.key`, `sa.key` and `sa.pub`.
pub(crate) fn write(folder: &Path) -> Result<(), TestbedError> {
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.distinguished_name
        .push(DnType::CommonName, "gantry-testbed");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    let ca_certificate = ca.self_signed(&ca_key)?;

    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    server
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key))?;

    let tokens = KeyPair::generate()?;
    let files = [
        ("ca.crt", ca_certificate.pem()),
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

/// A certificate for loopback that nobody trusts, and its key.
pub(crate) fn self_signed() -> Result<(Certificate, KeyPair), TestbedError> {
    let key = KeyPair::generate()?;
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names)?.self_signed(&key)?;
    Ok((certificate, key))
}
