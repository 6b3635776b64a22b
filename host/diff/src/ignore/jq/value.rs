//! Values between serde and jaq.

use jaq_core::{Error, ValR};
use jaq_json::{Map, Num, Val};
use serde_json::{Number, Value};

pub(super) fn from_json(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(value) => Val::Bool(*value),
        Value::Number(number) => Val::Num(match number.as_i64() {
            Some(whole) => Num::from_integral(whole),
            None => match number.as_u64() {
                Some(whole) => Num::from_integral(whole),
                None => Num::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
        }),
        Value::String(text) => text.clone().into(),
        Value::Array(items) => items.iter().map(from_json).collect(),
        Value::Object(map) => {
            let entries = map.iter();
            let entries = entries.map(|(key, value)| (key.clone().into(), from_json(value)));
            Val::obj(entries.collect::<Map>())
        }
    }
}

/// `fromjson`.
pub(super) fn read(text: &Val) -> ValR<Val> {
    let (Val::TStr(bytes) | Val::BStr(bytes)) = text else {
        return Err(Error::str("`fromjson` takes a text"));
    };
    let parsed: Result<Value, _> = serde_json::from_slice(bytes);
    parsed
        .map(|value| from_json(&value))
        .map_err(|error| Error::str(format_args!("no JSON: {error}")))
}

pub(super) fn to_json(value: &Val) -> Result<Value, String> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(*value),
        Val::Num(number) => number_to_json(number)?,
        Val::TStr(bytes) | Val::BStr(bytes) => {
            Value::String(String::from_utf8_lossy(bytes).into_owned())
        }
        Val::Arr(items) => Value::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Val::Obj(map) => {
            let entries = map.iter().map(|(key, value)| match key {
                Val::TStr(key) => {
                    let key = String::from_utf8_lossy(key).into_owned();
                    Ok((key, to_json(value)?))
                }
                other => Err(format!("`{other}` is no name of a field")),
            });
            Value::Object(entries.collect::<Result<_, String>>()?)
        }
    })
}

fn number_to_json(number: &Num) -> Result<Value, String> {
    let text = number.to_string();
    let parsed: Option<Number> = serde_json::from_str(&text).ok();
    parsed
        .map(Value::Number)
        .ok_or_else(|| format!("`{text}` is no JSON number"))
}
