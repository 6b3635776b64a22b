//! Lists whose elements are known by keys.
//!
//! A port of kyaml's walk over associative sequences, step by step, for what it does to elements
//! that lack keys or share them is nothing that one would write down as a rule.

use serde_json::Value;

use super::directive::{self, Directive};
use super::elements::{append, collect, find, is_nothing, key_text, set_element};
use super::keys::{Texts, merge_values, used_keys, valid_values};
use super::{Merge, Walked};
use crate::error::PatchError;
use crate::scalar;
use crate::schema::Facts;

/// Merges a patch's list into an object's.
pub(super) fn merge<'s>(
    merge: Merge<'s>,
    dest: Vec<Value>,
    origin: Vec<Value>,
    keys: &[&str],
    elements: Option<Facts<'s>>,
) -> Result<Vec<Value>, PatchError> {
    let count = dest.len();
    let mut nodes = dest;
    nodes.extend(origin);
    let origin = Origin::Other((count..nodes.len()).collect());
    Lists::new(nodes, count, origin).walk(merge, keys, elements)
}

/// Merges a list that only the object has with nothing.
pub(super) fn tidy<'s>(
    merge: Merge<'s>,
    dest: &mut Vec<Value>,
    keys: &[&str],
    elements: Option<Facts<'s>>,
) -> Result<(), PatchError> {
    if is_tidy(dest, keys) {
        for value in dest {
            merge.tidy(value, elements).map_err(|e| e.under("[]"))?;
        }
        return Ok(());
    }
    let nodes = std::mem::take(dest);
    let count = nodes.len();
    *dest = Lists::new(nodes, count, Origin::None).walk(merge, keys, elements)?;
    Ok(())
}

/// Merges a list that came from the patch with itself.
pub(super) fn settle<'s>(
    merge: Merge<'s>,
    values: Vec<Value>,
    keys: &[&str],
    elements: Option<Facts<'s>>,
) -> Result<Vec<Value>, PatchError> {
    let count = values.len();
    Lists::new(values, count, Origin::Same).walk(merge, keys, elements)
}

/// Whether each element has its own values for the keys that are in use, so that the walk keeps the
/// list as it is.
fn is_tidy(values: &[Value], keys: &[&str]) -> bool {
    if values.is_empty() {
        return true;
    }
    let has = |value: &Value, key: &str| !key_text(value, key).is_empty();
    let used: Vec<&str> = keys
        .iter()
        .copied()
        .filter(|key| values.iter().any(|v| has(v, key)))
        .collect();
    if used.is_empty() || !values.iter().all(|v| used.iter().all(|key| has(v, key))) {
        return false;
    }
    let equal = |a: &Value, b: &Value| used.iter().all(|key| key_text(a, key) == key_text(b, key));
    let mut numbered = values.iter().enumerate();
    numbered.all(|(i, a)| values.iter().take(i).all(|b| !equal(a, b)))
}

/// Where the elements of the patch are.
enum Origin {
    None,
    /// In the same list.
    Same,
    Other(Vec<usize>),
}

/// The elements of both sides by number: what is one node in both lists stays one.
struct Lists {
    nodes: Vec<Value>,
    dest: Vec<usize>,
    origin: Origin,
}

impl Lists {
    fn new(nodes: Vec<Value>, dest: usize, origin: Origin) -> Self {
        Self {
            nodes,
            dest: (0..dest).collect(),
            origin,
        }
    }

    fn walk<'s>(
        mut self,
        merge: Merge<'s>,
        keys: &[&str],
        elements: Option<Facts<'s>>,
    ) -> Result<Vec<Value>, PatchError> {
        let keys = if keys.is_empty() { &[""][..] } else { keys };
        let mut all = self.element_values(keys);
        if keys.len() > 1 {
            merge_values(&mut all);
        }
        let used = used_keys(&all, keys);
        let mut merged: Vec<usize> = Vec::new();
        for values in &all {
            let values = valid_values(&used, keys, values);
            let Some(node) = self.walk_element(merge, &used, &values, elements)? else {
                set_element(&self.nodes, &mut self.dest, None, &used, &values)?;
                continue;
            };
            self.set_keys(node, &used, &values);
            set_element(&self.nodes, &mut merged, Some(node), &used, &values)?;
        }
        let list = if all.is_empty() {
            self.dest
        } else {
            append(&self.nodes, merged, &self.dest, &used)?
        };
        Ok(collect(self.nodes, &list))
    }

    /// The values of the keys, those of the patch's elements first, each only once.
    fn element_values(&self, keys: &[&str]) -> Vec<Texts> {
        let mut all: Vec<Texts> = Vec::new();
        let origin = match &self.origin {
            Origin::Other(list) => list.as_slice(),
            Origin::None | Origin::Same => &[],
        };
        let numbers = origin.iter().chain(&self.dest);
        for node in numbers.filter_map(|n| self.nodes.get(*n)) {
            let values: Texts = match keys {
                [""] => vec![scalar::text(node).into_owned()],
                keys => keys
                    .iter()
                    .map(|key| key_text(node, key).into_owned())
                    .collect(),
            };
            if !all.contains(&values) {
                all.push(values);
            }
        }
        all
    }

    /// Merges the elements with these values; none when nothing is left.
    fn walk_element<'s>(
        &mut self,
        merge: Merge<'s>,
        keys: &[&str],
        values: &[String],
        facts: Option<Facts<'s>>,
    ) -> Result<Option<usize>, PatchError> {
        let used = used_keys(&[values.to_vec()], keys);
        let values = valid_values(&used, keys, values);
        let dest = find(&self.nodes, &self.dest, &used, &values);
        let origin = match &self.origin {
            Origin::None => None,
            Origin::Same => dest,
            Origin::Other(list) => find(&self.nodes, list, &used, &values),
        };
        let Some(number) = dest.or(origin) else {
            return Ok(None);
        };
        let patch = origin.and_then(|n| self.nodes.get(n)).cloned();
        let Some(node) = self.nodes.get_mut(number) else {
            return Ok(None);
        };
        let walked = match (dest, patch) {
            (None, _) => added(merge, node, facts),
            (Some(_), None) => merge.tidy(node, facts).map(|()| Walked::Kept),
            (Some(_), Some(_)) if dest == origin => merge.settle(node, facts),
            (Some(_), Some(patch)) => merge.merge(node, patch, facts),
        };
        // Its directive has been heeded: it may be found again, by other values.
        if let Some(Value::Object(map)) = origin.and_then(|n| self.nodes.get_mut(n)) {
            directive::of_map(map).ok();
        }
        let at = || format!("[{}={}]", used.join(","), values.join(","));
        let number = match walked.map_err(|e| e.under(&at()))? {
            Walked::Kept => number,
            Walked::Cleared => return Ok(None),
            Walked::Replaced(value) => {
                self.nodes.push(value);
                self.nodes.len() - 1
            }
        };
        let something = self.nodes.get(number).is_some_and(|v| !is_nothing(v));
        Ok(something.then_some(number))
    }

    /// Gives an element the keys that it was found without.
    fn set_keys(&mut self, node: usize, keys: &[&str], values: &[String]) {
        if let Some(Value::Object(map)) = self.nodes.get_mut(node) {
            for (key, value) in keys.iter().zip(values) {
                if !value.is_empty() && !map.contains_key(*key) {
                    map.insert((*key).to_owned(), Value::String(value.clone()));
                }
            }
        }
    }
}

fn added<'s>(
    merge: Merge<'s>,
    node: &mut Value,
    facts: Option<Facts<'s>>,
) -> Result<Walked, PatchError> {
    // Without its directive it stays in the patch, where it may be found again, by other values.
    if let Value::Object(map) = node
        && matches!(directive::of_map(map), Ok(Directive::Delete))
    {
        return Ok(Walked::Cleared);
    }
    let added = merge.added(std::mem::take(node), facts)?;
    Ok(added.map_or(Walked::Cleared, |added| {
        *node = added;
        Walked::Kept
    }))
}
