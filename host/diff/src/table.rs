//! The built-in kinds: their fields, how their lists merge, and what the server fills in.
//!
//! The table is written by `generate/`, from the Go types and functions of Kubernetes itself.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

const KINDS: &str = include_str!("types/kinds.txt");
const TYPES: &str = include_str!("types/types.txt");

/// What a value of a field looks like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Text,
    Boolean,
    Integer,
    Number,
    Quantity,
    Time,
    Duration,
    /// A number or a text.
    Either,
    /// Base64.
    Bytes,
    Any,
    List(Box<Shape>),
    Map(Box<Shape>),
    /// Another type of the table, by its name.
    Struct(&'static str),
}

/// What server-side apply makes of a list or map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Owned {
    /// Whole.
    Atomic,
    /// Scalars, each for itself.
    Set,
    /// Items by these keys.
    Keys(Vec<&'static str>),
    /// A list without marks is whole, a map is owned field by field.
    Unmarked,
}

/// One field of a type.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) shape: Shape,
    /// Go leaves it out when it is empty.
    pub(crate) omit_empty: bool,
    pub(crate) pointer: bool,
    /// Strategic merge: the list is merged; by this key, if its items are mappings.
    pub(crate) merge: Option<&'static str>,
    /// Strategic merge: fields that the change does not name go.
    pub(crate) retain_keys: bool,
    pub(crate) replace: bool,
    pub(crate) owned: Owned,
    pub(crate) default: Option<Value>,
}

/// A type: its fields by name.
pub(crate) type Type = HashMap<&'static str, Field>;

struct Table {
    kinds: HashMap<&'static str, &'static str>,
    types: HashMap<&'static str, Type>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table {
        kinds: KINDS.lines().filter_map(|l| l.rsplit_once(' ')).collect(),
        types: TYPES.lines().map(read_type).collect(),
    })
}

/// The type of a kind, if it is built in.
pub(crate) fn kind(object: &Value) -> Option<&'static Type> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let key = format!("{} {}", text("apiVersion")?, text("kind")?);
    let table = table();
    table.types.get(table.kinds.get(key.as_str())?)
}

/// A type by its name.
pub(crate) fn named(name: &str) -> Option<&'static Type> {
    table().types.get(name)
}

fn read_type(line: &'static str) -> (&'static str, Type) {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let fields = words.filter_map(|word| {
        let (field, rest) = word.split_once(':')?;
        Some((field, read_field(rest)))
    });
    (name, fields.collect())
}

fn read_field(text: &'static str) -> Field {
    let (text, default) = match text.split_once('=') {
        Some((text, json)) => (text, serde_json::from_str(json).ok()),
        None => (text, None),
    };
    let (text, owned) = match text.split_once('^') {
        Some((text, "atomic")) => (text, Owned::Atomic),
        Some((text, "set")) => (text, Owned::Set),
        Some((text, keys)) => (text, Owned::Keys(keys.split(',').collect())),
        None => (text, Owned::Unmarked),
    };
    let (text, strategy) = text.split_once('~').unwrap_or((text, ""));
    let (strategies, key) = strategy.split_once('/').unwrap_or((strategy, ""));
    let has = |wanted: &str| strategies.split(',').any(|s| s == wanted);
    Field {
        shape: read_shape(text.trim_end_matches(['?', '*'])),
        omit_empty: text.contains('?'),
        pointer: text.contains('*'),
        merge: has("merge").then_some(key),
        retain_keys: has("retainKeys"),
        replace: has("replace"),
        owned,
        default,
    }
}

fn read_shape(text: &'static str) -> Shape {
    if let Some(below) = text.strip_prefix('[') {
        return Shape::List(Box::new(read_shape(below)));
    }
    if let Some(below) = text.strip_prefix('{') {
        return Shape::Map(Box::new(read_shape(below)));
    }
    match text {
        "s" => Shape::Text,
        "b" => Shape::Boolean,
        "i" => Shape::Integer,
        "f" => Shape::Number,
        "q" => Shape::Quantity,
        "t" => Shape::Time,
        "d" => Shape::Duration,
        "x" => Shape::Either,
        "y" => Shape::Bytes,
        _ => text.strip_prefix('@').map_or(Shape::Any, Shape::Struct),
    }
}

#[cfg(test)]
mod tests {
    use super::{Owned, Shape, kind, named, table};
    use serde_json::json;

    #[test]
    fn every_reference_is_in_the_table() {
        let table = table();
        assert!(table.kinds.len() > 100);
        for name in table.kinds.values() {
            assert!(named(name).is_some(), "{name}");
        }
        let mut shapes: Vec<&Shape> = table
            .types
            .values()
            .flat_map(|fields| fields.values().map(|field| &field.shape))
            .collect();
        while let Some(shape) = shapes.pop() {
            match shape {
                Shape::List(below) | Shape::Map(below) => shapes.push(below),
                Shape::Struct(name) => assert!(named(name).is_some(), "{name}"),
                _ => {}
            }
        }
    }

    #[test]
    fn marks_are_read() {
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment"});
        assert!(kind(&deployment).is_some());
        assert!(kind(&json!({"apiVersion": "example.com/v1", "kind": "Widget"})).is_none());
        let container = named("io.k8s.api.core.v1.Container").expect("a type");
        let ports = &container["ports"];
        assert_eq!(ports.merge, Some("containerPort"));
        assert_eq!(ports.owned, Owned::Keys(vec!["containerPort", "protocol"]));
        assert!(ports.omit_empty && !ports.pointer && !ports.retain_keys);
        let pod = named("io.k8s.api.core.v1.PodSpec").expect("a type");
        assert!(pod["volumes"].retain_keys);
        assert_eq!(pod["dnsPolicy"].default, Some(json!("ClusterFirst")));
    }
}
