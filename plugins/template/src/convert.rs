//! Values between JSON and the template engine.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};
use serde_json::{Map, Number, Value as Json};

/// A JSON value for templates.
pub(crate) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(flag) => Value::from(*flag),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| (key.as_str(), from_json(value)));
            Value::from_pairs(entries)
        }
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Value::from(integer),
            (None, Some(integer)) => Value::from(integer),
            (None, None) => Value::from(number.as_f64()),
        },
    }
}

/// A template's value as JSON. Undefined is an error, however deep: it would be null elsewhere.
pub(crate) fn to_json(value: &Value) -> Result<Json, Error> {
    let wrong = |what: &str| {
        let message = format!("{what} cannot be written as JSON or YAML");
        Error::new(ErrorKind::BadSerialization, message)
    };
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(undefined()),
        ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => Json::Number(number(value).ok_or_else(|| wrong("this number"))?),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.map(|item| to_json(&item));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        ValueKind::Map => {
            let mut map = Map::new();
            for key in value.try_iter()? {
                let name = match to_json(&key)? {
                    Json::String(name) => name,
                    scalar => scalar.to_string(),
                };
                map.insert(name, to_json(&value.get_item(&key)?)?);
            }
            Json::Object(map)
        }
        ValueKind::String => Json::String(value.to_string()),
        kind => return Err(wrong(&format!("a value of type {kind}"))),
    })
}

fn number(value: &Value) -> Option<Number> {
    if !value.is_integer() {
        return Number::from_f64(f64::try_from(value.clone()).ok()?);
    }
    match value.as_i64() {
        Some(integer) => Some(integer.into()),
        None => u64::try_from(value.clone()).ok().map(Number::from),
    }
}

/// What an undefined value is told as when the engine lets it through to a filter.
pub(crate) fn undefined() -> Error {
    Error::from(ErrorKind::UndefinedError)
}

#[cfg(test)]
mod tests {
    use minijinja::Value;
    use serde_json::json;

    use super::{from_json, to_json};

    #[test]
    fn values_come_back_as_they_went() {
        let json = json!({
            "z": [1, -1, u64::MAX, 1.5, 2.0, "", "t", true, null, [], {}],
            "a": {"b": {"c": [{"d": 1}]}},
        });
        assert_eq!(to_json(&from_json(&json)).unwrap(), json);
    }

    #[test]
    fn what_json_has_not_is_refused() {
        let cases = [
            (Value::UNDEFINED, "undefined"),
            (Value::from(vec![Value::UNDEFINED]), "undefined"),
            (Value::from(f64::NAN), "number"),
            (Value::from(u128::MAX), "number"),
            (Value::from_bytes(vec![1]), "bytes"),
        ];
        for (value, message) in cases {
            let error = to_json(&value).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
