//! Takes a value apart into the fields of kustomize's types. Each value knows where it stands, so an
//! error names the line; field names match as in Go's JSON, that is without regard to case.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What does not fit, and where in its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// JSON pointer (RFC 6901).
    pub(crate) pointer: String,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

type Result<T> = std::result::Result<T, Misfit>;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) pointer: String,
}

impl Node {
    pub(crate) fn root(value: Value) -> Self {
        Self {
            value,
            pointer: String::new(),
        }
    }

    pub(crate) fn string(self) -> Result<String> {
        match self.value {
            Value::String(text) => Ok(text),
            Value::Null => Ok(String::new()),
            value => Err(mismatch(&self.pointer, "a string", &value)),
        }
    }

    pub(crate) fn flag(self) -> Result<bool> {
        match self.value {
            Value::Bool(flag) => Ok(flag),
            Value::Null => Ok(false),
            value => Err(mismatch(&self.pointer, "true or false", &value)),
        }
    }

    pub(crate) fn integer(self) -> Result<i64> {
        match &self.value {
            Value::Null => Ok(0),
            value => value
                .as_i64()
                .ok_or_else(|| mismatch(&self.pointer, "a whole number", value)),
        }
    }

    pub(crate) fn list(self) -> Result<Vec<Self>> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items
                .into_iter()
                .enumerate()
                .map(|(index, value)| Self {
                    value,
                    pointer: format!("{}/{index}", self.pointer),
                })
                .collect()),
            value => Err(mismatch(&self.pointer, "a list", &value)),
        }
    }

    pub(crate) fn strings(self) -> Result<Vec<String>> {
        self.list()?.into_iter().map(Self::string).collect()
    }

    pub(crate) fn map(self) -> Result<Map<String, Value>> {
        match self.value {
            Value::Null => Ok(Map::new()),
            Value::Object(map) => Ok(map),
            value => Err(mismatch(&self.pointer, "a mapping", &value)),
        }
    }

    pub(crate) fn string_map(self) -> Result<BTreeMap<String, String>> {
        let pointer = self.pointer.clone();
        let strings = self.map()?.into_iter().map(|(key, value)| {
            let pointer = below(&pointer, &key);
            Self { value, pointer }.string().map(|text| (key, text))
        });
        strings.collect()
    }

    /// The fields of a mapping.
    pub(crate) fn fields(self, strictness: Strictness) -> Result<Fields> {
        let pointer = self.pointer.clone();
        Ok(Fields {
            map: self.map()?,
            pointer,
            strictness,
            known: Vec::new(),
        })
    }
}

/// What becomes of a field that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// An error, as in a kustomization.
    Refuse,
    /// Nothing, as in the configuration of a plugin, which may have more than one reader.
    Ignore,
}

/// The fields of a mapping that are not taken yet.
#[derive(Debug)]
pub(crate) struct Fields {
    map: Map<String, Value>,
    pointer: String,
    strictness: Strictness,
    known: Vec<&'static str>,
}

impl Fields {
    /// Where the mapping stands.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// A field's value; none where it is absent or null.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Node> {
        self.known.push(name);
        let (key, value) = match self.map.remove(name) {
            Some(value) => (name.to_owned(), value),
            None => {
                let key = self.map.keys().find(|key| key.eq_ignore_ascii_case(name))?;
                let key = key.clone();
                let value = self.map.remove(&key)?;
                (key, value)
            }
        };
        let pointer = below(&self.pointer, &key);
        (!value.is_null()).then_some(Node { value, pointer })
    }

    pub(crate) fn string(&mut self, name: &'static str) -> Result<String> {
        self.take(name).map_or(Ok(String::new()), Node::string)
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool> {
        self.take(name).map_or(Ok(false), Node::flag)
    }

    pub(crate) fn integer(&mut self, name: &'static str) -> Result<i64> {
        self.take(name).map_or(Ok(0), Node::integer)
    }

    pub(crate) fn list(&mut self, name: &'static str) -> Result<Vec<Node>> {
        self.take(name).map_or(Ok(Vec::new()), Node::list)
    }

    pub(crate) fn strings(&mut self, name: &'static str) -> Result<Vec<String>> {
        self.take(name).map_or(Ok(Vec::new()), Node::strings)
    }

    pub(crate) fn string_map(&mut self, name: &'static str) -> Result<BTreeMap<String, String>> {
        self.take(name)
            .map_or(Ok(BTreeMap::new()), Node::string_map)
    }

    /// A list of one type.
    pub(crate) fn each<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Fields) -> Result<T>,
    ) -> Result<Vec<T>> {
        let strictness = self.strictness;
        let nodes = self.list(name)?.into_iter();
        nodes.map(|node| node.read(strictness, &read)).collect()
    }

    /// A mapping of one type.
    pub(crate) fn inner<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Fields) -> Result<T>,
    ) -> Result<Option<T>> {
        let strictness = self.strictness;
        self.take(name)
            .map(|node| node.read(strictness, &read))
            .transpose()
    }

    /// A misfit of the mapping itself.
    pub(crate) fn misfit(&self, message: impl Into<String>) -> Misfit {
        Misfit {
            pointer: self.pointer.clone(),
            message: message.into(),
            help: None,
        }
    }

    fn finish(self) -> Result<()> {
        let Some(name) = self.map.keys().next() else {
            return Ok(());
        };
        if self.strictness == Strictness::Ignore {
            return Ok(());
        }
        Err(Misfit {
            pointer: below(&self.pointer, name),
            message: format!("unknown field `{name}`"),
            help: Some(format!("the fields here are {}", self.known.join(", "))),
        })
    }
}

impl Node {
    /// The value as one type, all of whose fields are taken.
    pub(crate) fn read<T>(
        self,
        strictness: Strictness,
        read: impl Fn(&mut Fields) -> Result<T>,
    ) -> Result<T> {
        let mut fields = self.fields(strictness)?;
        let value = read(&mut fields)?;
        fields.finish()?;
        Ok(value)
    }
}

/// The pointer of a field.
pub(crate) fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn mismatch(pointer: &str, wanted: &str, value: &Value) -> Misfit {
    let field = pointer.trim_start_matches('/').replace('/', ".");
    let got = match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        scalar => format!("`{scalar}`"),
    };
    let quote = wanted == "a string" && !value.is_array() && !value.is_object();
    Misfit {
        pointer: pointer.to_owned(),
        message: format!("`{field}` takes {wanted}, not {got}"),
        help: quote.then(|| "quote it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Fields, Misfit, Node, Strictness};

    fn read(value: Value, strictness: Strictness) -> Result<(String, bool, i64), Misfit> {
        Node::root(value).read(strictness, |fields: &mut Fields| {
            Ok((
                fields.string("namePrefix")?,
                fields.flag("on")?,
                fields.integer("count")?,
            ))
        })
    }

    #[test]
    fn names_match_without_regard_to_case_and_null_is_absence() {
        let value = json!({"nameprefix": "a-", "on": null, "COUNT": 3});
        assert_eq!(
            read(value, Strictness::Refuse).unwrap(),
            ("a-".to_owned(), false, 3)
        );
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let cases = [
            (
                json!({"on": "yes"}),
                "/on",
                "`on` takes true or false, not `\"yes\"`",
            ),
            (
                json!({"namePrefix": 1}),
                "/namePrefix",
                "`namePrefix` takes a string, not `1`",
            ),
            (
                json!({"count": 1.5}),
                "/count",
                "`count` takes a whole number, not `1.5`",
            ),
            (json!({"a/b": 1}), "/a~1b", "unknown field `a/b`"),
            (json!([]), "", "`` takes a mapping, not a list"),
        ];
        for (value, pointer, message) in cases {
            let misfit = read(value, Strictness::Refuse).unwrap_err();
            assert_eq!((&*misfit.pointer, &*misfit.message), (pointer, message));
        }
        assert!(read(json!({"more": 1}), Strictness::Ignore).is_ok());
    }
}
