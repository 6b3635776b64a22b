//! A request, field by field. Numbers and flags may be texts: that is how they come in a URL.

use serde_json::Value;

use crate::fault::{Code, Fault};

/// A request, or an object within it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a>(pub(crate) &'a Value);

impl<'a> Ask<'a> {
    /// A field, null where there is none.
    pub(crate) fn value(self, key: &str) -> &'a Value {
        self.0.get(key).unwrap_or(&Value::Null)
    }

    /// A field as a request of its own.
    pub(crate) fn within(self, key: &str) -> Self {
        Self(self.value(key))
    }

    /// A text, empty where there is none.
    pub(crate) fn text(self, key: &str) -> &'a str {
        self.value(key).as_str().unwrap_or_default()
    }

    /// A text that must be there.
    pub(crate) fn needed(self, key: &str) -> Result<&'a str, Fault> {
        match self.text(key) {
            "" => Err(Fault::new(
                Code::InvalidArgument,
                format!("the request has no `{key}`"),
            )),
            text => Ok(text),
        }
    }

    /// An object that must be there.
    pub(crate) fn object(self, key: &str) -> Result<&'a Value, Fault> {
        let value = self.value(key);
        if value.is_object() {
            return Ok(value);
        }
        Err(Fault::new(
            Code::InvalidArgument,
            format!("the request has no `{key}`"),
        ))
    }

    /// A flag, if it is there.
    pub(crate) fn given(self, key: &str) -> Option<bool> {
        match self.value(key) {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A flag; false where there is none.
    pub(crate) fn flag(self, key: &str) -> bool {
        self.given(key).unwrap_or_default()
    }

    /// A number, if it is there.
    pub(crate) fn number(self, key: &str) -> Option<i64> {
        number(self.value(key))
    }

    /// Numbers.
    pub(crate) fn numbers(self, key: &str) -> Vec<i64> {
        match self.value(key) {
            Value::Array(all) => all.iter().filter_map(number).collect(),
            one => number(one).into_iter().collect(),
        }
    }

    /// Texts that are not empty.
    pub(crate) fn texts(self, key: &str) -> Vec<&'a str> {
        let all = match self.value(key) {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            Value::String(text) => vec![text.as_str()],
            _ => Vec::new(),
        };
        all.into_iter().filter(|text| !text.is_empty()).collect()
    }

    /// Objects, or whatever is in a list.
    pub(crate) fn list(self, key: &str) -> &'a [Value] {
        self.value(key).as_array().map_or(&[], Vec::as_slice)
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Ask;

    #[test]
    fn fields_may_be_texts() {
        let request = json!({"a": "true", "b": true, "c": "7", "d": [1, "2"], "e": "x", "f": ["x", ""], "g": "no"});
        let ask = Ask(&request);
        assert!(ask.flag("a") && ask.flag("b") && !ask.flag("g") && !ask.flag("none"));
        assert_eq!(ask.given("none"), None);
        assert_eq!(ask.number("c"), Some(7));
        assert_eq!(ask.numbers("d"), [1, 2]);
        assert_eq!(ask.texts("e"), ["x"]);
        assert_eq!(ask.texts("f"), ["x"]);
        assert!(ask.needed("none").is_err() && ask.object("e").is_err());
    }
}
