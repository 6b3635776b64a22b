//! What a client's own certificate says of itself. Whether it counts is for the server, by its own clock:
//! this only explains a refusal.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage};

/// Whether the first certificate of a PEM text has ended.
pub(crate) fn has_ended(pem: &[u8]) -> bool {
    let Ok(certificate) = CertificateDer::from_pem_slice(pem) else {
        return false;
    };
    let Ok(certificate) = EndEntityCert::try_from(&certificate) else {
        return false;
    };
    // Its times are looked at before anybody asks who has signed it.
    let checked = certificate.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &[],
        &[],
        UnixTime::now(),
        KeyUsage::client_auth(),
        None,
        None,
    );
    matches!(checked, Err(Error::CertExpired { .. }))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::has_ended;

    #[test]
    fn only_one_that_is_over_has_ended() {
        let day = Duration::from_secs(24 * 3600);
        let pem = |ends: SystemTime| {
            let key = rcgen::KeyPair::generate().expect("a key");
            let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
            params.not_before = (ends - day * 2).into();
            params.not_after = ends.into();
            params.self_signed(&key).expect("a certificate").pem()
        };
        let now = SystemTime::now();
        assert!(has_ended(pem(now - day).as_bytes()));
        assert!(!has_ended(pem(now + day).as_bytes()));
        assert!(!has_ended(b"no certificate"));
    }
}
