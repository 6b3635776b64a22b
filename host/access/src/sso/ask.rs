//! The way to an identity provider: this room has no network of its own.

use async_trait::async_trait;

/// Which certificates of a provider are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Roots in PEM that count instead of the system's.
    pub root_ca: String,
    /// No check at all.
    pub is_insecure: bool,
}

/// Asks over HTTP. It follows no redirect, as one may lead to somebody else, and holds to the limits
/// `SSO_ANSWER_SECS` and `SSO_ANSWER_MAX_BYTES`.
#[async_trait]
pub trait Ask: Send + Sync {
    /// The answer to a request, whatever its status.
    ///
    /// # Errors
    /// Why there is none. The text has no part of the request but the host.
    async fn ask(
        &self,
        request: http::Request<Vec<u8>>,
        trust: &Trust,
    ) -> Result<http::Response<Vec<u8>>, String>;
}
