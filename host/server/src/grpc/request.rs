//! Who asks, and what.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_api::{Code, Fault};
use gantry_model::limits;
use http::HeaderMap;
use serde_json::Value;

use super::reply::Flavour;
use crate::body::{self, Unread};
use crate::rest;

/// The token: gRPC's metadata `token`, which the client sends, then what REST takes.
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    let given = headers.get("token").and_then(|value| value.to_str().ok());
    let given = given.map(str::trim).filter(|token| !token.is_empty());
    given.map_or_else(|| rest::token(headers), |token| Some(token.to_owned()))
}

/// The request as JSON. Of those who have not logged in, a small one.
pub(super) async fn message(
    body: Body,
    flavour: Flavour,
    method: &str,
    is_known: bool,
) -> Result<Value, Fault> {
    let read = body::read(body, limits::API_BODY_MAX_BYTES, is_known).await;
    let bytes = read.map_err(|unread| match unread {
        Unread::TooLarge => Fault::new(Code::ResourceExhausted, "the request is too large"),
        Unread::Late => Fault::new(Code::DeadlineExceeded, "the request did not come in time"),
        Unread::BrokenOff => Fault::new(Code::InvalidArgument, "the request broke off"),
    })?;
    let invalid = |text: String| Fault::new(Code::InvalidArgument, text);
    let decoded = if flavour == Flavour::WebText {
        let decoded = STANDARD.decode(&bytes);
        decoded.map_err(|error| invalid(format!("the request is no base64: {error}")))?
    } else {
        bytes.to_vec()
    };
    let message = gantry_wire::unframe(&decoded);
    let value = message.and_then(|message| gantry_wire::request(method, message));
    value.map_err(|error| invalid(error.to_string()))
}
