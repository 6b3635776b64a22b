//! How to reach a repository or a server: credentials, certificates, proxies.

use std::fmt;

use gantry_model::Digest;

use crate::reach::Reach;

/// Credentials and connection settings, as Argo CD's repository Secrets of type `helm` have them.
/// All empty means: without credentials, with the system's certificates and proxy.
#[derive(Clone, Default)]
pub struct ChartAccess {
    /// User name.
    pub username: String,
    /// Password or token.
    pub password: String,
    /// Token sent as `Authorization: Bearer`.
    pub bearer_token: String,
    /// Certificates that are trusted beside the system's, PEM.
    pub tls_ca: String,
    /// Those are the only ones that are trusted.
    pub is_pinned: bool,
    /// The client's certificate, PEM.
    pub tls_client_cert: String,
    /// The client's key, PEM.
    pub tls_client_key: String,
    /// Do not check the server's certificate.
    pub insecure: bool,
    /// Speak to a registry without TLS. Loopback addresses are spoken to so anyway.
    pub plain_http: bool,
    /// The proxy to go through; its URL may hold a password. Empty: the environment's.
    pub proxy: String,
    /// Hosts that are reached without that proxy, with commas between.
    pub no_proxy: String,
    /// Send the credentials to whatever host the repository's index names, too.
    pub pass_credentials: bool,
    /// The repository is a registry, although its URL does not begin with `oci://`.
    pub enable_oci: bool,
    /// Which addresses may be asked.
    pub reach: Reach,
}

impl ChartAccess {
    /// Stands for who is asking, and whom they believe: what one may see, another one may not, and
    /// what came without a check is not for those who want one.
    pub(crate) fn identity(&self) -> Digest {
        Digest::of_texts([
            &self.username,
            &self.password,
            &self.bearer_token,
            &self.tls_client_cert,
            &self.tls_ca,
            &self.is_pinned.to_string(),
            &self.insecure.to_string(),
            &self.plain_http.to_string(),
            &self.proxy,
        ])
    }
}

impl fmt::Debug for ChartAccess {
    /// Says which settings there are, not their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChartAccess")
            .field("username", &!self.username.is_empty())
            .field("password", &!self.password.is_empty())
            .field("bearer_token", &!self.bearer_token.is_empty())
            .field("tls_ca", &!self.tls_ca.is_empty())
            .field("is_pinned", &self.is_pinned)
            .field("tls_client_cert", &!self.tls_client_cert.is_empty())
            .field("insecure", &self.insecure)
            .field("plain_http", &self.plain_http)
            .field("proxy", &!self.proxy.is_empty())
            .field("pass_credentials", &self.pass_credentials)
            .field("enable_oci", &self.enable_oci)
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}
