//! Answers, each flavour's own way: where nothing has been answered yet, the status of all of them is a header.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use gantry_api::{Answers, Fault};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::StreamBody;
use hyper::body::Frame;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tokio::sync::watch;

use super::framed;
use crate::streams::{marked, until_the_end};

/// What gRPC has encoded in a message: all but printable ASCII, and the sign itself.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// A way to speak gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// Over HTTP/2, with trailers.
    Native,
    /// With the trailers in the body.
    Web,
    /// The same in base64.
    WebText,
}

impl Flavour {
    /// That of a request.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next()?.trim() {
            "application/grpc" | "application/grpc+proto" => Some(Self::Native),
            "application/grpc-web" | "application/grpc-web+proto" => Some(Self::Web),
            "application/grpc-web-text" | "application/grpc-web-text+proto" => Some(Self::WebText),
            _ => None,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Native => "application/grpc",
            Self::Web => "application/grpc-web+proto",
            Self::WebText => "application/grpc-web-text+proto",
        }
    }

    /// A refusal before anything was answered: headers and no body.
    pub(super) fn fault(self, fault: &Fault) -> Response {
        let mut response = self.response(Body::empty());
        response.headers_mut().extend(status(Some(fault)));
        response
    }

    /// One answer.
    pub(super) fn one(self, framed: Vec<u8>) -> Response {
        let frames = [self.data(framed), self.end(None)];
        let frames = stream::iter(frames.map(Ok::<_, Infallible>));
        self.response(Body::new(StreamBody::new(frames)))
    }

    /// Answers as they come, until the caller goes or the server ends.
    pub(super) fn stream(
        self,
        method: &'static str,
        answers: Answers,
        ending: watch::Receiver<bool>,
    ) -> Response {
        let answers = until_the_end(answers, ending);
        let frames = self.frames(method, answers).map(Ok::<_, Infallible>);
        marked(self.response(Body::new(StreamBody::new(frames))))
    }

    /// The frames of a stream: the first fault ends it.
    fn frames(
        self,
        method: &'static str,
        answers: impl Stream<Item = Result<serde_json::Value, Fault>> + Send + 'static,
    ) -> impl Stream<Item = Frame<Bytes>> + Send + 'static {
        let answers = Some(Box::pin(answers));
        stream::unfold(answers, move |answers| async move {
            let mut answers = answers?;
            let next = answers.next().await;
            let next = next.map(|answer| answer.and_then(|answer| framed(method, &answer)));
            Some(match next {
                Some(Ok(bytes)) => (self.data(bytes), Some(answers)),
                Some(Err(fault)) => (self.end(Some(&fault)), None),
                None => (self.end(None), None),
            })
        })
    }

    fn response(self, body: Body) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind()));
        // nginx would keep a stream back.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }

    fn data(self, bytes: Vec<u8>) -> Frame<Bytes> {
        Frame::data(match self {
            Self::WebText => Bytes::from(STANDARD.encode(bytes)),
            Self::Native | Self::Web => Bytes::from(bytes),
        })
    }

    /// The status after all answers.
    fn end(self, fault: Option<&Fault>) -> Frame<Bytes> {
        let status = status(fault);
        if self == Self::Native {
            return Frame::trailers(status);
        }
        let mut text = Vec::new();
        for (name, value) in &status {
            text.extend_from_slice(name.as_str().as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value.as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        // A status of 4 GiB cannot come from a fault.
        self.data(gantry_wire::frame(gantry_wire::TRAILERS, &text).unwrap_or_default())
    }
}

fn status(fault: Option<&Fault>) -> HeaderMap {
    let mut status = HeaderMap::new();
    let code = fault.map_or(0, |fault| fault.code as i32);
    status.insert("grpc-status", HeaderValue::from(code));
    if let Some(fault) = fault {
        let text = utf8_percent_encode(&fault.message, ENCODED).to_string();
        // What is encoded is always a header's value.
        let text = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        status.insert("grpc-message", text);
    }
    status
}
