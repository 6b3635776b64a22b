//! Parts of an answer: `fields=items.metadata.name,items.spec`, or `-items.status` for all but that.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Which fields of an answer are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    is_without: bool,
    root: Node,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Node {
    /// This, with all that is in it.
    whole: bool,
    parts: BTreeMap<String, Node>,
}

impl Fields {
    /// Reads those below a prefix; none where the text names none.
    pub(crate) fn below(prefix: &str, text: &str) -> Option<Self> {
        let (is_without, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut fields = Self {
            is_without,
            ..Self::default()
        };
        for path in text.split(',') {
            let path = path.trim();
            let below = path
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('.'));
            let Some(below) = below else { continue };
            fields.root.add(below);
        }
        (fields.root != Node::default()).then_some(fields)
    }

    /// These and no others.
    pub(crate) fn only<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut fields = Self::default();
        paths.into_iter().for_each(|path| fields.root.add(path));
        fields
    }

    /// Whether all that these choose is chosen by others, too.
    pub(crate) fn are_within(&self, others: &Self) -> bool {
        !self.is_without && !others.is_without && self.root.is_within(&others.root)
    }

    /// Those of a value; all of it where none are chosen.
    pub(crate) fn of(fields: Option<&Self>, value: &Value) -> Value {
        match fields {
            None => value.clone(),
            Some(fields) if fields.is_without => without(&fields.root, value),
            Some(fields) => only(&fields.root, value),
        }
    }
}

impl Node {
    fn add(&mut self, path: &str) {
        let mut node = self;
        for part in path.split('.') {
            node = node.parts.entry(part.to_owned()).or_default();
        }
        node.whole = true;
    }

    fn is_within(&self, other: &Self) -> bool {
        if other.whole {
            return true;
        }
        let is_part = |(key, part): (&String, &Self)| {
            let same = other.parts.get(key);
            same.is_some_and(|same| part.is_within(same))
        };
        !self.whole && self.parts.iter().all(is_part)
    }
}

fn only(node: &Node, value: &Value) -> Value {
    if node.whole {
        return value.clone();
    }
    match value {
        Value::Object(map) => {
            let found = node.parts.iter().filter_map(|(key, part)| {
                let value = map.get(key)?;
                Some((key.clone(), only(part, value)))
            });
            Value::Object(found.collect())
        }
        Value::Array(all) => all.iter().map(|one| only(node, one)).collect(),
        other => other.clone(),
    }
}

fn without(node: &Node, value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut left = Map::with_capacity(map.len());
            for (key, value) in map {
                match node.parts.get(key) {
                    Some(part) if part.whole => {}
                    Some(part) => {
                        left.insert(key.clone(), without(part, value));
                    }
                    None => {
                        left.insert(key.clone(), value.clone());
                    }
                }
            }
            Value::Object(left)
        }
        Value::Array(all) => all.iter().map(|one| without(node, one)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fields;

    #[test]
    fn only_what_is_asked_for_is_there() {
        let app = json!({"metadata": {"name": "a", "uid": "u"}, "spec": {"x": 1},
            "status": {"resources": [{"kind": "K", "name": "n"}], "sync": {"status": "Synced"}}});
        let cases = [
            ("", app.clone()),
            ("metadata.resourceVersion", app.clone()),
            (
                "items.metadata.name,items.spec",
                json!({"metadata": {"name": "a"}, "spec": {"x": 1}}),
            ),
            (
                "items.status.resources.kind, items.none",
                json!({"status": {"resources": [{"kind": "K"}]}}),
            ),
            (
                "-items.status.resources,items.spec",
                json!({"metadata": {"name": "a", "uid": "u"}, "status": {"sync": {"status": "Synced"}}}),
            ),
        ];
        for (text, expected) in cases {
            let fields = Fields::below("items", text);
            assert_eq!(Fields::of(fields.as_ref(), &app), expected, "{text}");
        }
    }
}
