//! What every request gets: a number, a line in the log, a count, and headers that keep browsers
//! from making something of the answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tracing::Instrument;

use crate::door::Door;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_MAX_CHARS: usize = 64;

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What this layer needs.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) door: Arc<Door>,
    pub(crate) is_tls: bool,
}

/// Runs a request, and says what came of it.
pub(crate) async fn watch(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    name_host(&mut request);
    let id = request_id(request.headers());
    // The route's own text, not the caller's: the log and the counts are not theirs to write.
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("none".to_owned(), |path| path.as_str().to_owned());
    let address = request.extensions().get::<Peer>().map(|peer| peer.0);
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default(), %method, route);
    let mut response = next.run(request).instrument(span.clone()).await;

    let status = response.status();
    let counted = &shared.door.counted.requests;
    counted.add([&route, status.as_str()], 1.0);
    span.in_scope(|| {
        let address = address.map(|address| address.to_string());
        let millis = began.elapsed().as_millis() as u64;
        let code = status.as_u16();
        // Probes come every few seconds, for ever.
        if is_probe(&route) && status.is_success() {
            tracing::debug!(address, code, millis, "answered");
        } else {
            tracing::info!(address, code, millis, "answered");
        }
    });
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    protect(headers, shared.is_tls);
    response
}

/// HTTP/2 has the host in the address; behind this it is where HTTP/1 has it (RFC 9113, 8.3.1).
fn name_host(request: &mut Request) {
    if request.headers().contains_key(header::HOST) {
        return;
    }
    let host = request.uri().authority();
    let host = host.and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host);
    }
}

fn is_probe(route: &str) -> bool {
    matches!(route, "/healthz" | "/readyz" | "/metrics")
}

/// The caller's number where it is a plain one, so that a proxy's log and ours can be laid side by side.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=REQUEST_ID_MAX_CHARS).contains(&bytes.len()) && bytes.iter().all(is_word)
    };
    let given = headers.get(REQUEST_ID).filter(is_plain);
    given.cloned().unwrap_or_else(|| {
        let random = ring::rand::generate::<[u8; 8]>(&ring::rand::SystemRandom::new());
        // Without randomness there is no number, and the request goes on.
        let bytes = random.map(ring::rand::Random::expose).unwrap_or_default();
        let text = format!("{:016x}", u64::from_be_bytes(bytes));
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("none"))
    })
}

fn protect(headers: &mut HeaderMap, is_tls: bool) {
    const SET: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in SET {
        // Pages say their own.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_tls {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}
