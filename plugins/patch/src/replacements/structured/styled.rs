//! The values of a document that keeps its styles.

use std::collections::HashMap;

use gantry_yaml::styled::{Content, Node, Style};
use serde_json::{Map, Value};

use crate::scalar;

/// The values of the anchors that were met.
type Anchors = HashMap<String, Value>;

/// What a node means, by the rules of YAML 1.2.
///
/// # Errors
/// A key is no scalar, which JSON has no word for.
pub(super) fn value(node: &Node) -> Result<Value, String> {
    read(node, &mut Anchors::new())
}

fn read(node: &Node, anchors: &mut Anchors) -> Result<Value, String> {
    let value = match &node.content {
        Content::Alias(name) => anchors.get(name).cloned().unwrap_or_default(),
        Content::Scalar { text, style } => meaning(text, *style, node.tag.as_deref()),
        Content::List { items, .. } => {
            let items = items.iter().map(|item| read(item, anchors));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Content::Map { entries, .. } => {
            let mut map = Map::new();
            for (key, value) in entries {
                map.insert(key_text(key)?.to_owned(), read(value, anchors)?);
            }
            Value::Object(map)
        }
    };
    if let Some(name) = &node.anchor {
        anchors.insert(name.clone(), value.clone());
    }
    Ok(value)
}

fn meaning(text: &str, style: Style, tag: Option<&str>) -> Value {
    match tag {
        None if style == Style::Plain => scalar::resolve(text),
        Some("!!int" | "!!float" | "!!bool" | "!!null") => scalar::resolve(text),
        _ => Value::String(text.to_owned()),
    }
}

fn key_text(key: &Node) -> Result<&str, String> {
    match &key.content {
        Content::Scalar { text, .. } => Ok(text),
        _ => Err("a key is no scalar".to_owned()),
    }
}

/// Makes a node mean a value, and leaves what means it already as it is written.
pub(super) fn update(node: &mut Node, value: &Value) {
    sync(node, value, &mut Anchors::new());
}

fn sync(node: &mut Node, value: &Value, anchors: &mut Anchors) {
    // What an alias further down stands for is what the anchor meant before the edit.
    let before = read(node, anchors).unwrap_or_default();
    if before == *value {
        return;
    }
    match (&mut node.content, value) {
        (Content::List { items, .. }, Value::Array(values)) => {
            items.truncate(values.len());
            for (item, value) in items.iter_mut().zip(values) {
                sync(item, value, anchors);
            }
            items.extend(values.iter().skip(items.len()).map(new));
        }
        (Content::Map { entries, .. }, Value::Object(map)) => {
            entries.retain(|(key, _)| key_text(key).is_ok_and(|key| map.contains_key(key)));
            for (key, value) in map {
                let there = entries
                    .iter_mut()
                    .find(|(own, _)| key_text(own).is_ok_and(|own| own == key));
                match there {
                    Some((_, node)) => sync(node, value, anchors),
                    None => entries.push((new(&Value::String(key.clone())), new(value))),
                }
            }
        }
        (Content::Scalar { text, style }, value) if scalar::is_scalar(value) => {
            let new = scalar::text(value);
            *style = match value {
                Value::String(_) => string_style(&new, *style),
                _ => Style::Plain,
            };
            *text = new.into_owned();
        }
        (content, value) => *content = new(value).content,
    }
}

/// A plain string that would mean something else gets quotes.
fn string_style(text: &str, style: Style) -> Style {
    if style == Style::Plain && !scalar::resolve(text).is_string() {
        Style::DoubleQuoted
    } else {
        style
    }
}

fn new(value: &Value) -> Node {
    let content = match value {
        Value::Array(values) => Content::List {
            items: values.iter().map(new).collect(),
            flow: values.is_empty(),
        },
        Value::Object(map) => Content::Map {
            entries: map
                .iter()
                .map(|(key, value)| (new(&Value::String(key.clone())), new(value)))
                .collect(),
            flow: map.is_empty(),
        },
        Value::String(text) => Content::Scalar {
            text: text.clone(),
            style: string_style(text, Style::Plain),
        },
        scalar => Content::Scalar {
            text: self::scalar::text(scalar).into_owned(),
            style: Style::Plain,
        },
    };
    Node::from(content)
}
