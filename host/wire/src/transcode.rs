//! Between bytes and JSON, by the method's name.

use serde_json::Value;

/// Bytes or JSON that do not fit the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WireError(pub String);

/// The request of a method (`application.ApplicationService/Get`) as JSON.
///
/// # Errors
/// An unknown method; bytes that are not its request.
pub fn request(method: &str, _bytes: &[u8]) -> Result<Value, WireError> {
    Err(WireError(format!("there is no method {method}")))
}

/// The answer of a method as protobuf.
///
/// # Errors
/// An unknown method; JSON that is not its answer.
pub fn answer(method: &str, _json: &Value) -> Result<Vec<u8>, WireError> {
    Err(WireError(format!("there is no method {method}")))
}
