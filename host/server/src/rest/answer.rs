//! Answers in JSON.

use axum::response::{IntoResponse, Response};
use gantry_api::Fault;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// gRPC's code for what HTTP itself refuses.
fn code(status: StatusCode) -> u16 {
    match status {
        StatusCode::NOT_FOUND => 5,
        StatusCode::FORBIDDEN => 7,
        StatusCode::PAYLOAD_TOO_LARGE => 8,
        StatusCode::METHOD_NOT_ALLOWED => 12,
        _ => 3,
    }
}

pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = (status, value.to_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

pub(super) fn fault(fault: &Fault) -> Response {
    let status = StatusCode::from_u16(fault.code.http());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, &error(fault.code as u16, &fault.message))
}

pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    json(status, &error(code(status), message))
}

fn error(code: u16, message: &str) -> Value {
    json!({"error": message, "code": code, "message": message})
}

/// What a stream ends with, when it ends early.
pub(super) fn within_stream(fault: &Fault) -> Value {
    let status = StatusCode::from_u16(fault.code.http());
    let reason = status.ok().and_then(|status| status.canonical_reason());
    json!({"error": {
        "grpc_code": fault.code as u16,
        "http_code": fault.code.http(),
        "message": fault.message,
        "http_status": reason.unwrap_or_default(),
    }})
}
