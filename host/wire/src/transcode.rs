//! Between bytes and JSON, by the method's name.

use serde_json::{Map, Value};

use crate::schema::{Method, Schema, schema};
use crate::{decode, encode};

/// Bytes or JSON that do not fit the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WireError(pub String);

/// The names of all methods.
pub fn methods() -> impl Iterator<Item = &'static str> {
    let schema = schema().into_iter();
    schema.flat_map(|schema| schema.methods.keys().map(String::as_str))
}

/// Whether a method answers with a stream; none where there is no such method.
pub fn streams(method: &str) -> Option<bool> {
    find(method).ok().map(|(_, method)| method.streams)
}

/// The request of a method (`application.ApplicationService/Get`) as JSON.
///
/// # Errors
/// An unknown method; bytes that are not its request.
pub fn request(method: &str, bytes: &[u8]) -> Result<Value, WireError> {
    let (schema, found) = find(method)?;
    let object = decode::message(schema, found.request, bytes)
        .map_err(|error| WireError(format!("this is no request of {method}: {error}")))?;
    Ok(Value::Object(object))
}

/// Whether JSON can be the request of a method: a text where it has a list would be read as none by some, and as a
/// list of one by others. A method that is not in the table has no messages to compare with.
///
/// # Errors
/// The first field that is of another kind.
pub fn fits(method: &str, json: &Map<String, Value>) -> Result<(), WireError> {
    let Ok((schema, found)) = find(method) else {
        return Ok(());
    };
    encode::message(schema, found.request, json, &mut Vec::new()).map_err(WireError)
}

/// The answer of a method as protobuf.
///
/// # Errors
/// An unknown method; JSON that is not its answer.
pub fn answer(method: &str, json: &Value) -> Result<Vec<u8>, WireError> {
    let (schema, found) = find(method)?;
    let nothing = Map::new();
    let object = match json {
        Value::Object(object) => object,
        Value::Null => &nothing,
        _ => return Err(WireError(format!("an answer of {method} is no object"))),
    };
    let mut bytes = Vec::new();
    encode::message(schema, found.answer, object, &mut bytes)
        .map_err(|error| WireError(format!("this is no answer of {method}: {error}")))?;
    Ok(bytes)
}

fn find(method: &str) -> Result<(&'static Schema, Method), WireError> {
    let schema = schema().map_err(|error| WireError(error.to_owned()))?;
    let found = schema.methods.get(method).copied();
    let none = || WireError(format!("there is no method {method}"));
    Ok((schema, found.ok_or_else(none)?))
}

#[cfg(test)]
mod tests;
