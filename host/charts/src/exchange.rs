//! One request over the web for whoever has a protocol of its own, and no client.

use std::error::Error;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use crate::access::ChartAccess;
use crate::client::Clients;

/// What a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Time for the whole answer.
    pub timeout: Duration,
    /// Bytes of its body.
    pub max_bytes: u64,
}

/// A web client. It follows no redirect, and knows the system's proxy and certificates.
#[derive(Clone, Debug, Default)]
pub struct Exchange(Arc<Clients>);

impl Exchange {
    /// Sends a request, and reads the answer, whatever its status. It blocks. With `root_ca`, those certificates
    /// are trusted and no others.
    ///
    /// # Errors
    /// Why there is no answer, in a text that has no part of the request but the host.
    pub fn send(
        &self,
        request: http::Request<Vec<u8>>,
        root_ca: &str,
        is_insecure: bool,
        bounds: Bounds,
    ) -> Result<http::Response<Vec<u8>>, String> {
        let access = ChartAccess {
            tls_ca: root_ca.to_owned(),
            insecure: is_insecure,
            is_pinned: true,
            ..ChartAccess::default()
        };
        self.send_through(request, &access, bounds)
    }

    /// The same with the proxy and the certificates of a repository. What the request logs in with is its own affair.
    ///
    /// # Errors
    /// Why there is no answer, in a text that has no part of the request but the host.
    pub fn send_through(
        &self,
        request: http::Request<Vec<u8>>,
        access: &ChartAccess,
        bounds: Bounds,
    ) -> Result<http::Response<Vec<u8>>, String> {
        let host = request.uri().authority().map(ToString::to_string);
        let host = host.unwrap_or_default();
        // Between the last `@` and the end there is no password.
        let host = host.rsplit('@').next().unwrap_or_default().to_owned();
        let named = |error: String| format!("{host}: {error}");
        let client = self.0.of(access).map_err(named)?;
        let request = reqwest::blocking::Request::try_from(request);
        let mut request = request.map_err(|error| named(bottom(&error)))?;
        *request.timeout_mut() = Some(bounds.timeout);
        let answer = client.execute(request).map_err(|error| {
            named(if error.is_timeout() {
                format!("no answer within {} s", bounds.timeout.as_secs())
            } else {
                bottom(&error)
            })
        })?;
        let mut response = http::Response::new(Vec::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        let read = answer
            .take(bounds.max_bytes + 1)
            .read_to_end(response.body_mut());
        read.map_err(|error| named(error.to_string()))?;
        if response.body().len() as u64 > bounds.max_bytes {
            return Err(named(format!(
                "its answer is larger than {} bytes",
                bounds.max_bytes
            )));
        }
        Ok(response)
    }
}

/// The cause at the bottom is the one that names a port, a certificate or a host.
fn bottom(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
