//! What a page answers with.

use std::fmt;

use bytes::Bytes;
use futures::stream::BoxStream;
use gantry_api::{Code, Fault};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use maud::Markup;

/// Scripts, styles, images and answers from the server itself, and nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// A body, at once or as it comes.
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// Piece by piece, for as long as it is read.
    Stream(BoxStream<'static, Bytes>),
}

/// An answer over HTTP.
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// What it says.
    pub body: Body,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

impl Response {
    fn new(status: StatusCode, kind: &'static str, body: Body) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        );
        Self {
            status,
            headers,
            body,
        }
    }

    /// A page.
    pub(crate) fn page(status: StatusCode, page: Markup) -> Self {
        let body = Body::Whole(Bytes::from(page.into_string()));
        Self::new(status, "text/html; charset=utf-8", body)
    }

    /// A text to keep: a manifest, a log.
    pub(crate) fn text(text: String) -> Self {
        let body = Body::Whole(Bytes::from(text));
        Self::new(StatusCode::OK, "text/plain; charset=utf-8", body)
    }

    /// A file that never changes under its name.
    pub(crate) fn asset(kind: &'static str, bytes: &'static [u8]) -> Self {
        let body = Body::Whole(Bytes::from_static(bytes));
        Self::new(StatusCode::OK, kind, body)
            .with(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
    }

    /// Server-sent events.
    pub(crate) fn events(events: BoxStream<'static, Bytes>) -> Self {
        let body = Body::Stream(events);
        // Proxies keep what they get until they have much of it.
        Self::new(StatusCode::OK, "text/event-stream", body)
            .with(HeaderName::from_static("x-accel-buffering"), "no")
    }

    /// Go there next, with GET.
    pub(crate) fn see(place: &str) -> Self {
        let body = Body::Whole(Bytes::new());
        let response = Self::new(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", body);
        // Places are made here, of percent-encoded parts; one that is no header leads home.
        match HeaderValue::from_str(place) {
            Ok(place) => response.with_value(header::LOCATION, place),
            Err(_) => response.with(header::LOCATION, "/"),
        }
    }

    /// The same, with one more header.
    pub(crate) fn with(self, name: HeaderName, value: &'static str) -> Self {
        self.with_value(name, HeaderValue::from_static(value))
    }

    /// The same, and the browser keeps some cookies. A text that is no header is our own mistake; then it is not
    /// kept, and nobody is let in by it.
    pub(crate) fn with_cookies(self, cookies: impl IntoIterator<Item = String>) -> Self {
        let values = cookies
            .into_iter()
            .filter_map(|c| HeaderValue::from_str(&c).ok());
        values.fold(self, |response, value| {
            response.with_value(header::SET_COOKIE, value)
        })
    }

    /// The same, with one more header, that may occur several times.
    pub(crate) fn with_value(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }
}

/// The status of a fault.
pub(crate) fn status(fault: &Fault) -> StatusCode {
    StatusCode::from_u16(fault.code.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A fault of a request that cannot be read.
pub(crate) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(Code::InvalidArgument, message)
}
