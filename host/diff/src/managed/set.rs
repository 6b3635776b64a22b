//! Sets of fields, as `fieldsV1` writes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::element::Element;

/// A set of paths. Its steps are kept as `fieldsV1` writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    steps: BTreeMap<String, Step>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Step {
    /// Whether the path that ends here is in the set.
    member: bool,
    below: FieldSet,
}

impl FieldSet {
    /// Reads `fieldsV1`; none when it has another shape.
    pub fn read(fields: &Value) -> Option<Self> {
        let mut steps = BTreeMap::new();
        for (key, below) in fields.as_object()? {
            if key == "." {
                continue;
            }
            let inner = below.as_object()?;
            let member = inner.is_empty() || inner.contains_key(".");
            let below = Self::read(below)?;
            let key = Element::read(key).map_or_else(|| key.clone(), |element| element.write());
            steps.insert(key, Step { member, below });
        }
        Some(Self { steps })
    }

    /// As `fieldsV1` has it.
    pub fn write(&self) -> Value {
        let steps = self.steps.iter().map(|(key, step)| {
            let mut below = match step.below.write() {
                Value::Object(below) => below,
                _ => Map::new(),
            };
            if step.member && !below.is_empty() {
                below.insert(".".to_owned(), Value::Object(Map::new()));
            }
            (key.clone(), Value::Object(below))
        });
        Value::Object(steps.collect())
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.steps
            .values()
            .all(|step| !step.member && step.below.is_empty())
    }

    /// Puts a path in.
    pub fn insert(&mut self, path: &[Element]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let step = self.steps.entry(first.write()).or_default();
        if rest.is_empty() {
            step.member = true;
        } else {
            step.below.insert(rest);
        }
    }

    /// Whether a path itself is in it.
    pub fn contains(&self, path: &[Element]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return false;
        };
        let step = self.steps.get(&first.write());
        step.is_some_and(|step| match rest {
            [] => step.member,
            rest => step.below.contains(rest),
        })
    }

    /// Whether a path, or a whole that it is part of, is in it.
    pub fn covers(&self, path: &[Element]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return false;
        };
        let step = self.steps.get(&first.write());
        step.is_some_and(|step| {
            (step.member && (rest.is_empty() || step.below.steps.is_empty()))
                || step.below.covers(rest)
        })
    }

    /// Whether a path, a whole that it is part of, or a part of it is in it.
    pub fn touches(&self, path: &[Element]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return !self.is_empty();
        };
        let step = self.steps.get(&first.write());
        step.is_some_and(|step| {
            let is_whole = step.member && step.below.steps.is_empty();
            is_whole || (step.member && rest.is_empty()) || step.below.touches(rest)
        })
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for (key, step) in &other.steps {
            let own = all.steps.entry(key.clone()).or_default();
            own.member |= step.member;
            own.below = own.below.union(&step.below);
        }
        all
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.select(other, |member, other| member && !other)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.select(other, |member, other| member && other)
    }

    fn select(&self, other: &Self, keeps: fn(bool, bool) -> bool) -> Self {
        let none = Step::default();
        let mut steps = BTreeMap::new();
        for (key, step) in &self.steps {
            let theirs = other.steps.get(key).unwrap_or(&none);
            let kept = Step {
                member: keeps(step.member, theirs.member),
                below: step.below.select(&theirs.below, keeps),
            };
            if kept.member || !kept.below.is_empty() {
                steps.insert(key.clone(), kept);
            }
        }
        Self { steps }
    }

    /// All paths in it.
    pub fn paths(&self) -> Vec<Vec<Element>> {
        let mut found = Vec::new();
        self.walk(&mut Vec::new(), &mut found);
        found
    }

    fn walk(&self, path: &mut Vec<Element>, found: &mut Vec<Vec<Element>>) {
        for (key, step) in &self.steps {
            let Some(element) = Element::read(key) else {
                continue;
            };
            path.push(element);
            if step.member {
                found.push(path.clone());
            }
            step.below.walk(path, found);
            path.pop();
        }
    }

    /// Takes the fields of the set out of a value. What is below a field goes with it.
    pub fn remove_from(&self, value: &mut Value) {
        // Places in a list shift when an item goes: the last go first.
        for (key, step) in self.steps.iter().rev() {
            let Some(element) = Element::read(key) else {
                continue;
            };
            if step.member {
                element.remove(value);
            } else if let Some(value) = element.get_mut(value) {
                step.below.remove_from(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FieldSet;
    use crate::managed::Element;
    use proptest::prelude::*;
    use serde_json::json;

    fn element() -> impl Strategy<Value = Element> {
        prop_oneof![
            "[a-c]".prop_map(Element::Field),
            "[a-c]".prop_map(|name| {
                let keys = json!({"name": name, "port": 1});
                Element::Key(keys.as_object().cloned().unwrap_or_default())
            }),
            "[a-c]".prop_map(|text| Element::Value(json!(text))),
        ]
    }

    fn paths() -> impl Strategy<Value = Vec<Vec<Element>>> {
        prop::collection::vec(prop::collection::vec(element(), 1..4), 0..8)
    }

    fn set(paths: &[Vec<Element>]) -> FieldSet {
        let mut set = FieldSet::default();
        for path in paths {
            set.insert(path);
        }
        set
    }

    proptest! {
        #[test]
        fn sets_are_written_and_read(paths in paths()) {
            let set = set(&paths);
            prop_assert_eq!(FieldSet::read(&set.write()), Some(set.clone()));
            for path in &paths {
                prop_assert!(set.contains(path) && set.covers(path) && set.touches(path));
                prop_assert!((1..path.len()).all(|end| set.touches(&path[..end])));
            }
        }

        #[test]
        fn sets_behave_as_sets(a in paths(), b in paths(), probe in paths()) {
            let (a, b) = (set(&a), set(&b));
            for path in probe.iter().chain(&a.paths()).chain(&b.paths()) {
                let (in_a, in_b) = (a.contains(path), b.contains(path));
                prop_assert_eq!(a.union(&b).contains(path), in_a || in_b);
                prop_assert_eq!(a.difference(&b).contains(path), in_a && !in_b);
                prop_assert_eq!(a.intersection(&b).contains(path), in_a && in_b);
            }
            prop_assert_eq!(a.union(&b), b.union(&a));
            prop_assert_eq!(a.union(&a), a.clone());
            prop_assert!(a.difference(&a).is_empty());
            prop_assert_eq!(a.difference(&b).union(&a.intersection(&b)).paths(), a.paths());
        }
    }

    #[test]
    fn fields_are_taken_out_of_values() {
        let set = FieldSet::read(&json!({
            "f:a": {"f:b": {}},
            "f:list": {"k:{\"name\":\"x\"}": {".": {}, "f:name": {}}, "k:{\"name\":\"y\"}": {"f:v": {}}},
            "f:set": {"v:\"one\"": {}},
            "f:absent": {"f:below": {}},
        }));
        let mut value = json!({
            "a": {"b": 1, "c": 2},
            "list": [{"name": "x", "v": 1}, {"name": "y", "v": 2}],
            "set": ["one", "two"],
        });
        set.expect("a set").remove_from(&mut value);
        let left = json!({"a": {"c": 2}, "list": [{"name": "y"}], "set": ["two"]});
        assert_eq!(value, left);
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for fields in [json!([]), json!({"f:a": 1}), json!({"f:a": {"f:b": []}})] {
            assert_eq!(FieldSet::read(&fields), None, "{fields}");
        }
    }
}
