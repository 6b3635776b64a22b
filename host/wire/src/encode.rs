//! JSON to bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::encoding::{WireType, encode_key, encode_varint};
use serde_json::{Map, Value};

use crate::schema::{Field, Kind, Schema, Shape};
use crate::time;

type Out = Vec<u8>;

/// Writes a message. What the message does not know is left out: its reader could not know it either.
pub(crate) fn message(
    schema: &Schema,
    place: usize,
    object: &Map<String, Value>,
    out: &mut Out,
) -> Result<(), String> {
    let Some(message) = schema.messages.get(place) else {
        return Err("there is no such message".to_owned());
    };
    for field in &message.fields {
        if field.is_inline {
            inline(schema, field, object, out)?;
            continue;
        }
        let value = object.get(field.name).filter(|value| !value.is_null());
        match value {
            Some(value) => {
                one(schema, field, value, out).map_err(|error| below(field.name, &error))?;
            }
            None if field.is_required => {
                let nothing = Value::Null;
                single(schema, field.number, field.kind, &nothing, out)?;
            }
            None => {}
        }
    }
    Ok(())
}

/// `a.b: reason` from the name of the field above, and what was told below.
pub(crate) fn below(name: &str, error: &str) -> String {
    match error.split_once(": ") {
        Some((path, reason)) if !path.contains(' ') => format!("{name}.{path}: {reason}"),
        _ => format!("{name}: {error}"),
    }
}

/// A message whose fields are those of the object around it.
fn inline(
    schema: &Schema,
    field: &Field,
    object: &Map<String, Value>,
    out: &mut Out,
) -> Result<(), String> {
    let Kind::Message(place) = field.kind else {
        return Err(format!("{}: only messages are inline", field.name));
    };
    let mut bytes = Vec::new();
    message(schema, place, object, &mut bytes)?;
    let inner = schema.messages.get(place).into_iter();
    let mut inner = inner.flat_map(|message| &message.fields);
    let is_there = field.is_kept && inner.any(|field| object.contains_key(field.name));
    if !bytes.is_empty() || is_there {
        delimited(field.number, &bytes, out);
    }
    Ok(())
}

fn one(schema: &Schema, field: &Field, value: &Value, out: &mut Out) -> Result<(), String> {
    match (field.shape, value) {
        (Shape::One, value) => single(schema, field.number, field.kind, value, out),
        (Shape::Many, Value::Array(items)) => items
            .iter()
            .try_for_each(|item| single(schema, field.number, field.kind, item, out)),
        (Shape::Many, _) => Err("this is no list".to_owned()),
        (Shape::Map, Value::Object(entries)) => entries.iter().try_for_each(|(key, value)| {
            let mut entry = Vec::new();
            delimited(1, key.as_bytes(), &mut entry);
            single(schema, 2, field.kind, value, &mut entry)?;
            delimited(field.number, &entry, out);
            Ok(())
        }),
        (Shape::Map, _) => Err("this is no map".to_owned()),
    }
}

/// One value with its key. Null is the kind's empty value.
fn single(
    schema: &Schema,
    number: u32,
    kind: Kind,
    value: &Value,
    out: &mut Out,
) -> Result<(), String> {
    match kind {
        Kind::Text => delimited(number, text(value)?.as_bytes(), out),
        Kind::Bytes => {
            let bytes = STANDARD.decode(text(value)?);
            let bytes = bytes.map_err(|error| format!("this is no base64: {error}"))?;
            delimited(number, &bytes, out);
        }
        Kind::Bool => match value {
            Value::Null => varint(number, 0, out),
            Value::Bool(value) => varint(number, u64::from(*value), out),
            _ => return Err("this is neither true nor false".to_owned()),
        },
        Kind::Int => varint(number, int(value)?.cast_unsigned(), out),
        Kind::Time | Kind::MicroTime => {
            let mut bytes = Vec::new();
            let text = text(value)?;
            if !text.is_empty() {
                let (seconds, nanos) = time::parts(text, kind == Kind::MicroTime)?;
                varint(1, seconds.cast_unsigned(), &mut bytes);
                varint(2, i64::from(nanos).cast_unsigned(), &mut bytes);
            }
            delimited(number, &bytes, out);
        }
        Kind::IntOrString => delimited(number, &int_or_string(value)?, out),
        Kind::Json => {
            let mut bytes = Vec::new();
            if !value.is_null() {
                delimited(1, value.to_string().as_bytes(), &mut bytes);
            }
            delimited(number, &bytes, out);
        }
        Kind::Message(place) => {
            let nothing = Map::new();
            let read = value.as_str().map(as_yaml).transpose()?.unwrap_or_default();
            let object = match value {
                Value::Object(object) => object,
                Value::String(_) => &read,
                Value::Null => &nothing,
                _ => return Err("this is no object".to_owned()),
            };
            let mut bytes = Vec::new();
            message(schema, place, object, &mut bytes)?;
            delimited(number, &bytes, out);
        }
    }
    Ok(())
}

/// Some messages are YAML texts in JSON.
fn as_yaml(text: &str) -> Result<Map<String, Value>, String> {
    let documents = gantry_yaml::parse(text).map_err(|error| error.to_string())?;
    match documents.into_iter().next().map(|document| document.value) {
        Some(Value::Object(object)) => Ok(object),
        Some(Value::Null) | None => Ok(Map::new()),
        Some(_) => Err("this is no object".to_owned()),
    }
}

fn int_or_string(value: &Value) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    if let Value::String(text) = value {
        varint(1, 1, &mut bytes);
        varint(2, 0, &mut bytes);
        delimited(3, text.as_bytes(), &mut bytes);
    } else {
        varint(1, 0, &mut bytes);
        varint(2, int(value)?.cast_unsigned(), &mut bytes);
        delimited(3, b"", &mut bytes);
    }
    Ok(bytes)
}

fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(""),
        _ => Err("this is no string".to_owned()),
    }
}

fn int(value: &Value) -> Result<i64, String> {
    let found = match value {
        Value::Null => Some(0),
        Value::Number(number) => number.as_i64(),
        // As grpc-gateway writes an int64.
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    found.ok_or_else(|| "this is no whole number".to_owned())
}

fn varint(number: u32, value: u64, out: &mut Out) {
    encode_key(number, WireType::Varint, out);
    encode_varint(value, out);
}

fn delimited(number: u32, bytes: &[u8], out: &mut Out) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}
