//! Bytes to JSON. The bytes are a stranger's.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gantry_model::limits;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde_json::{Map, Value, json};

use crate::encode::below;
use crate::schema::{Field, Kind, Message, Schema, Shape};
use crate::time;

/// Reads a message.
pub(crate) fn message(
    schema: &Schema,
    place: usize,
    bytes: &[u8],
) -> Result<Map<String, Value>, String> {
    let mut reader = Reader {
        schema,
        left: limits::WIRE_VALUES_MAX,
    };
    reader.message(place, bytes)
}

struct Reader<'a> {
    schema: &'a Schema,
    /// Values that may still come: two bytes of a request can be a whole object here.
    left: usize,
}

/// What stands after a key.
enum Raw<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Reader<'a> {
    fn message(&mut self, place: usize, mut bytes: &'a [u8]) -> Result<Map<String, Value>, String> {
        let schema = self.schema;
        let message = schema.messages.get(place).ok_or("no such message")?;
        let mut object = Map::new();
        while !bytes.is_empty() {
            let (number, kind) = decode_key(&mut bytes).map_err(|error| error.to_string())?;
            let Some(field) = message.field(number) else {
                unknown(message, number);
                skip_field(kind, number, &mut bytes, DecodeContext::default())
                    .map_err(|error| error.to_string())?;
                continue;
            };
            let raw = raw(kind, &mut bytes).map_err(|error| below(field.name, &error))?;
            self.field(field, &raw, &mut object)
                .map_err(|error| below(field.name, &error))?;
        }
        let is_dropped = |field: &&Field| !field.is_kept && field.kind != Kind::IntOrString;
        for field in message.fields.iter().filter(is_dropped) {
            if object.get(field.name).is_some_and(is_empty) {
                object.remove(field.name);
            }
        }
        Ok(object)
    }

    fn field(
        &mut self,
        field: &Field,
        raw: &Raw<'a>,
        object: &mut Map<String, Value>,
    ) -> Result<(), String> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or("there are too many values")?;
        if let (true, Kind::Message(place), Raw::Bytes(bytes)) = (field.is_inline, field.kind, raw)
        {
            object.extend(self.message(place, bytes)?);
            if field.is_kept {
                self.keep(place, object);
            }
            return Ok(());
        }
        match field.shape {
            Shape::One => {
                let value = self.value(field.kind, raw)?;
                object.insert(field.name.to_owned(), value);
            }
            Shape::Many => {
                let list = object.entry(field.name).or_insert_with(|| json!([]));
                let Value::Array(list) = list else {
                    return Err("this is no list".to_owned());
                };
                match (field.kind, raw) {
                    (Kind::Int | Kind::Bool, Raw::Bytes(bytes)) => {
                        self.packed(field.kind, bytes, list)?;
                    }
                    _ => list.push(self.value(field.kind, raw)?),
                }
            }
            Shape::Map => {
                let (key, value) = self.entry(field.kind, raw)?;
                let map = object.entry(field.name).or_insert_with(|| json!({}));
                if let Value::Object(map) = map {
                    map.insert(key, value);
                }
            }
        }
        Ok(())
    }

    /// A list or map that is there and empty is not the same as none.
    fn keep(&self, place: usize, object: &mut Map<String, Value>) {
        let inner = self.schema.messages.get(place);
        for field in inner.into_iter().flat_map(|message| &message.fields) {
            let empty = match field.shape {
                Shape::One => continue,
                Shape::Many => json!([]),
                Shape::Map => json!({}),
            };
            object.entry(field.name).or_insert(empty);
        }
    }

    fn packed(
        &mut self,
        kind: Kind,
        mut bytes: &[u8],
        list: &mut Vec<Value>,
    ) -> Result<(), String> {
        while !bytes.is_empty() {
            self.left = self
                .left
                .checked_sub(1)
                .ok_or("there are too many values")?;
            let number = decode_varint(&mut bytes).map_err(|error| error.to_string())?;
            list.push(self.value(kind, &Raw::Number(number))?);
        }
        Ok(())
    }

    fn entry(&mut self, kind: Kind, raw: &Raw<'a>) -> Result<(String, Value), String> {
        let mut bytes = delimited(raw)?;
        let (mut key, mut value) = (String::new(), None);
        while !bytes.is_empty() {
            let (number, wire) = decode_key(&mut bytes).map_err(|error| error.to_string())?;
            let raw = self::raw(wire, &mut bytes)?;
            match number {
                1 => key = text(&raw)?,
                2 => value = Some(self.value(kind, &raw)?),
                _ => {}
            }
        }
        let empty = || match kind {
            Kind::Text | Kind::Bytes => json!(""),
            Kind::Bool => json!(false),
            Kind::Int => json!(0),
            Kind::Message(_) => json!({}),
            _ => Value::Null,
        };
        Ok((key, value.unwrap_or_else(empty)))
    }

    fn value(&mut self, kind: Kind, raw: &Raw<'a>) -> Result<Value, String> {
        Ok(match kind {
            Kind::Text => Value::String(text(raw)?),
            Kind::Bytes => Value::String(STANDARD.encode(delimited(raw)?)),
            Kind::Bool => Value::Bool(number(raw)? != 0),
            Kind::Int => Value::from(number(raw)?.cast_signed()),
            Kind::Time | Kind::MicroTime => {
                let parts = parts(delimited(raw)?)?;
                match (parts.get(1), parts.get(2)) {
                    (None, None) => Value::Null,
                    (seconds, nanos) => {
                        let read = |raw: Option<&Raw<'_>>| raw.map_or(Ok(0), number);
                        let nanos = read(nanos)?.cast_signed();
                        let nanos = i32::try_from(nanos).map_err(|error| error.to_string())?;
                        let seconds = read(seconds)?.cast_signed();
                        Value::String(time::text(seconds, nanos, kind == Kind::MicroTime)?)
                    }
                }
            }
            Kind::IntOrString => {
                let parts = parts(delimited(raw)?)?;
                let is_text = parts.get(1).map_or(Ok(0), number)? == 1;
                if is_text {
                    Value::String(parts.get(3).map_or(Ok(String::new()), text)?)
                } else {
                    Value::from(parts.get(2).map_or(Ok(0), number)?.cast_signed())
                }
            }
            Kind::Json => {
                let parts = parts(delimited(raw)?)?;
                let bytes = parts.get(1).map_or(Ok(&b""[..]), delimited)?;
                if bytes.is_empty() {
                    return Ok(Value::Null);
                }
                serde_json::from_slice(bytes)
                    .map_err(|error| format!("this is no JSON: {error}"))?
            }
            Kind::Message(place) => Value::Object(self.message(place, delimited(raw)?)?),
        })
    }
}

/// The last value of each of the fields 1, 2 and 3.
struct Parts<'a>([Option<Raw<'a>>; 3]);

impl<'a> Parts<'a> {
    fn get(&self, number: usize) -> Option<&Raw<'a>> {
        self.0.get(number.checked_sub(1)?)?.as_ref()
    }
}

fn parts(mut bytes: &[u8]) -> Result<Parts<'_>, String> {
    let mut parts = Parts([None, None, None]);
    while !bytes.is_empty() {
        let (number, kind) = decode_key(&mut bytes).map_err(|error| error.to_string())?;
        let raw = raw(kind, &mut bytes)?;
        if let Some(part) = parts.0.get_mut(number as usize - 1) {
            *part = Some(raw);
        }
    }
    Ok(parts)
}

fn raw<'a>(kind: WireType, bytes: &mut &'a [u8]) -> Result<Raw<'a>, String> {
    match kind {
        WireType::Varint => decode_varint(bytes)
            .map(Raw::Number)
            .map_err(|error| error.to_string()),
        WireType::LengthDelimited => {
            let length = decode_varint(bytes).map_err(|error| error.to_string())?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let (value, rest) = bytes
                .split_at_checked(length)
                .ok_or("the message ends too early")?;
            *bytes = rest;
            Ok(Raw::Bytes(value))
        }
        other => Err(format!("no field is a {other:?} on the wire")),
    }
}

fn number(raw: &Raw<'_>) -> Result<u64, String> {
    match raw {
        Raw::Number(number) => Ok(*number),
        Raw::Bytes(_) => Err("this is no number on the wire".to_owned()),
    }
}

fn delimited<'a>(raw: &Raw<'a>) -> Result<&'a [u8], String> {
    match raw {
        Raw::Bytes(bytes) => Ok(bytes),
        Raw::Number(_) => Err("this is a number on the wire".to_owned()),
    }
}

fn text(raw: &Raw<'_>) -> Result<String, String> {
    let bytes = delimited(raw)?.to_vec();
    String::from_utf8(bytes).map_err(|_| "this is no UTF-8".to_owned())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
    }
}

/// Says once of each field that a client knows it and this does not: it may have been meant to have an effect.
fn unknown(message: &Message, number: u32) {
    static TOLD: Mutex<BTreeSet<(String, u32)>> = Mutex::new(BTreeSet::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < limits::WIRE_UNKNOWN_TOLD_MAX && told.insert((message.name.clone(), number)) {
        tracing::warn!(
            message = message.name,
            field = number,
            "a client sent a field that is not known here and has no effect; the client may be newer"
        );
    }
}
