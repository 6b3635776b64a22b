//! Why a request got no answer, in words a user can act on.

use std::error::Error;
use std::io;

use gantry_model::{ClusterError, limits};
use hyper_util::client::legacy;
use kube::client::AuthError;
use rustls::{AlertDescription, CertificateError};

/// The error of a request that got no answer. A server that was not reached is out of reach; one
/// that broke off may answer the next try.
pub(crate) fn no_answer(cluster: &str, server: &str, error: &kube::Error) -> ClusterError {
    let chain = chain(error);
    let at_connect = chain.iter().any(|e| {
        let client = e.downcast_ref::<legacy::Error>();
        client.is_some_and(legacy::Error::is_connect) || e.is::<AuthError>()
    });
    let known = chain.iter().find_map(|error| known(*error));
    let reason = known.unwrap_or_else(|| words(&chain));
    let by = if chain.iter().any(|error| is_proxy(*error)) {
        "its proxy: "
    } else {
        ""
    };
    let reason = format!("{by}{reason} (server {server})");
    if at_connect || matches!(error, kube::Error::Auth(_) | kube::Error::RustlsTls(_)) {
        return unreachable(cluster, reason);
    }
    ClusterError::Transient(format!("cluster {cluster}: {reason}"))
}

/// A cluster that cannot be reached.
pub(crate) fn unreachable(cluster: &str, reason: impl Into<String>) -> ClusterError {
    ClusterError::Unreachable {
        cluster: cluster.to_owned(),
        reason: reason.into(),
    }
}

/// An error and all that caused it. An I/O error hides the one it wraps from `source`.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut found: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        found.push(error);
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    found
}

/// The connectors of proxies keep the types of their errors to themselves.
fn is_proxy(error: &(dyn Error + 'static)) -> bool {
    let text = error.to_string();
    ["tunnel error: ", "SOCKS error: "]
        .iter()
        .any(|start| text.starts_with(start))
}

fn known(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return tls_reason(tls);
    }
    if let Some(auth) = error.downcast_ref::<AuthError>() {
        return Some(auth_reason(auth));
    }
    let io = error.downcast_ref::<io::Error>()?;
    let text = match io.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused: nothing listens there",
        io::ErrorKind::ConnectionReset => "the connection was reset",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no route to the host"
        }
        io::ErrorKind::TimedOut => return Some(connect_timeout()),
        _ => return dns_reason(io),
    };
    Some(text.to_owned())
}

/// The words for a connection that takes too long.
pub(crate) fn connect_timeout() -> String {
    let seconds = limits::CONNECT_TIMEOUT_SECS;
    format!("no connection within {seconds} s")
}

/// A name that does not resolve has no error kind of its own in stable Rust.
fn dns_reason(error: &io::Error) -> Option<String> {
    let text = error.to_string();
    let lookup = text.strip_prefix("failed to lookup address information: ")?;
    Some(format!("the host name cannot be resolved: {lookup}"))
}

fn tls_reason(error: &rustls::Error) -> Option<String> {
    let text = match error {
        rustls::Error::InvalidCertificate(wrong) => return Some(certificate_reason(wrong)),
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateRequired
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied,
        ) => "the server does not accept the client certificate",
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS; is it an http:// server?"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn certificate_reason(wrong: &CertificateError) -> String {
    match wrong {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the server's certificate is signed by an unknown authority; \
             check certificate-authority-data (caData)"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another host name; \
             check server and tls-server-name (serverName)"
                .to_owned()
        }
        other => format!("the server's certificate is not valid: {other}"),
    }
}

/// Never the output of a credential plugin, nor its environment: they hold credentials.
fn auth_reason(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { out, .. } => {
            let status = out.status;
            format!("the credential plugin failed ({status}); run it by hand to see why")
        }
        AuthError::AuthExecStart(error) => {
            format!("the credential plugin cannot be started: {error}; is it installed?")
        }
        AuthError::AuthExecParse(_) => {
            "the credential plugin did not print an ExecCredential".to_owned()
        }
        other => other.to_string(),
    }
}

/// What is not known in words of ours: each cause once.
fn words(chain: &[&(dyn Error + 'static)]) -> String {
    let mut said: Vec<String> = Vec::new();
    // kube's own wrapper repeats what it wraps.
    for error in chain.iter().skip(1) {
        let text = error.to_string();
        if !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
    }
    if said.is_empty() {
        said.extend(chain.iter().map(ToString::to_string));
    }
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(inner: impl Into<Box<dyn Error + Send + Sync>>) -> String {
        let error = kube::Error::Service(Box::new(io::Error::other(inner)));
        no_answer("one", "https://one.example", &error).to_string()
    }

    #[test]
    fn causes_have_words() {
        let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let cases = [
            (
                reason(io::Error::from(io::ErrorKind::ConnectionRefused)),
                "connection refused",
            ),
            (
                reason(io::Error::from(io::ErrorKind::TimedOut)),
                "no connection within 10 s",
            ),
            (
                reason(io::Error::other(unknown)),
                "signed by an unknown authority",
            ),
            (
                reason(io::Error::other(
                    "failed to lookup address information: No such host",
                )),
                "cannot be resolved: No such host",
            ),
            (
                reason(AuthError::MissingCommand),
                "command must be specified",
            ),
            (reason("something else"), "something else"),
        ];
        for (text, expected) in cases {
            assert!(
                text.contains(expected),
                "{text:?} does not say {expected:?}"
            );
            assert!(
                text.contains("one") && text.contains("https://one.example"),
                "{text}"
            );
        }
    }
}
