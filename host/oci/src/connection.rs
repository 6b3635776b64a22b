//! How a registry is reached: TLS, proxy.

use std::fmt;
use std::time::Duration;

use gantry_model::limits;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Settings of the connection. All empty means: TLS, with the system's certificates and proxy.
#[derive(Clone, Default)]
pub struct Connection {
    /// Without TLS.
    pub plain_http: bool,
    /// Do not check the registry's certificate.
    pub insecure: bool,
    /// Certificates that are trusted beside the system's, PEM.
    pub ca: String,
    /// The proxy to go through; its URL may hold a password. Empty: the environment's.
    pub proxy: String,
    /// Hosts that are reached without that proxy, with commas between.
    pub no_proxy: String,
}

impl Connection {
    /// Without TLS, if so, and else as the system has it.
    pub fn plain_http(plain_http: bool) -> Self {
        Self {
            plain_http,
            ..Self::default()
        }
    }

    /// The client's settings, or what is wrong with them.
    pub(crate) fn config(&self) -> Result<ClientConfig, String> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Ok(ClientConfig {
            protocol: if self.plain_http {
                ClientProtocol::Http
            } else {
                ClientProtocol::Https
            },
            accept_invalid_certificates: self.insecure,
            extra_root_certificates: certificates(&self.ca)?,
            https_proxy: given(&self.proxy),
            http_proxy: given(&self.proxy),
            no_proxy: given(&self.no_proxy),
            connect_timeout: Some(Duration::from_secs(limits::CONNECT_TIMEOUT_SECS)),
            read_timeout: Some(Duration::from_secs(limits::REGISTRY_SILENCE_MAX_SECS)),
            user_agent: concat!("gantry/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        })
    }
}

/// The client would take a text without any, and trust none of it.
fn certificates(pem: &str) -> Result<Vec<Certificate>, String> {
    let found = CertificateDer::pem_slice_iter(pem.as_bytes());
    let found = found.map(|certificate| {
        let certificate = certificate.map_err(|error| format!("its CA certificates: {error}"))?;
        Ok(Certificate {
            encoding: CertificateEncoding::Der,
            data: certificate.to_vec(),
        })
    });
    let found = found.collect::<Result<Vec<_>, String>>()?;
    if found.is_empty() && !pem.is_empty() {
        return Err("its CA certificates: there are none in the PEM text".to_owned());
    }
    Ok(found)
}

impl fmt::Debug for Connection {
    /// Says which settings there are, not their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("plain_http", &self.plain_http)
            .field("insecure", &self.insecure)
            .field("ca", &!self.ca.is_empty())
            .field("proxy", &!self.proxy.is_empty())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Connection, certificates};

    #[test]
    fn a_bundle_is_several_certificates() {
        let one = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        for (pem, expected) in [(String::new(), 0), (one.to_owned(), 1), (one.repeat(3), 3)] {
            let found = certificates(&pem).map(|found| found.len());
            assert_eq!(found, Ok(expected), "{pem}");
        }
        for bad in ["no PEM", "-----BEGIN CERTIFICATE-----\nAA=="] {
            let reason = certificates(bad).err().unwrap_or_default();
            assert!(reason.contains("CA certificates"), "{bad}: {reason}");
        }
    }

    #[test]
    fn a_proxy_s_password_is_not_shown() {
        let connection = Connection {
            proxy: "http://me:hunter2@proxy.example".to_owned(),
            ..Connection::default()
        };
        assert!(!format!("{connection:?}").contains("hunter2"));
    }
}
