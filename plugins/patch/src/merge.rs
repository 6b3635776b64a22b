//! Strategic merge, as kustomize does it: kyaml's merge of two trees with new list elements in
//! front.
//!
//! Some of what it does surprises, and is kept, for its outputs are what people have: a
//! `$patch: replace` has no effect on the object itself or on a list element that is there already.

mod directive;
mod elements;
mod keys;
mod list;

use serde_json::{Map, Value};

use crate::error::PatchError;
use crate::id::string_at;
use crate::scalar;
use crate::schema::{Facts, Schema};
use directive::Directive;

/// What became of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is there, perhaps with changes.
    Changed,
    /// The patch deletes it; the value has no meaning any more.
    Deleted,
}

/// Merges a patch into an object.
///
/// # Errors
/// A value of the patch has another kind than that of the object, or a `$patch` is unknown. The
/// object may be half merged then.
pub fn strategic_merge(
    schema: &Schema,
    target: &mut Value,
    patch: &Value,
) -> Result<Outcome, PatchError> {
    let merge = Merge { schema };
    match merge.merge(target, patch.clone(), None)? {
        Walked::Cleared => Ok(Outcome::Deleted),
        Walked::Kept | Walked::Replaced(_) => Ok(Outcome::Changed),
    }
}

/// What a walk made of the value that it was given.
enum Walked {
    /// It is the result, edited in place.
    Kept,
    /// Another value is the result; the one given is as it was.
    Replaced(Value),
    /// There is no result.
    Cleared,
}

#[derive(Clone, Copy)]
struct Merge<'s> {
    schema: &'s Schema,
}

impl<'s> Merge<'s> {
    /// What is known of a value: from above, or from its own `apiVersion` and `kind`.
    fn facts(self, above: Option<Facts<'s>>, value: &Value) -> Option<Facts<'s>> {
        above.or_else(|| {
            let (api_version, kind) = (string_at(value, "apiVersion"), string_at(value, "kind"));
            if api_version.is_empty() || kind.is_empty() {
                return None;
            }
            self.schema.facts(api_version, kind)
        })
    }

    /// A value that both sides have.
    fn merge(
        self,
        dest: &mut Value,
        origin: Value,
        facts: Option<Facts<'s>>,
    ) -> Result<Walked, PatchError> {
        let facts = self.facts(self.facts(facts, dest), &origin);
        match (&mut *dest, origin) {
            (_, Value::Null) => Ok(Walked::Cleared),
            (Value::Null, origin) => Ok(match self.added(origin, facts)? {
                Some(value) => Walked::Replaced(value),
                None => Walked::Cleared,
            }),
            (Value::Object(dest), Value::Object(origin)) => self.merge_maps(dest, origin, facts),
            (Value::Array(dest), Value::Array(origin)) => match facts.and_then(Facts::merge_keys) {
                Some(keys) => self.merge_lists(dest, origin, &keys, facts),
                None => Ok(Walked::Replaced(Value::Array(origin))),
            },
            (dest, origin) if scalar::is_scalar(dest) && scalar::is_scalar(&origin) => {
                Ok(Walked::Replaced(origin))
            }
            (dest, origin) => Err(PatchError::wrong_kind(scalar::kind(dest), &origin)),
        }
    }

    fn merge_maps(
        self,
        dest: &mut Map<String, Value>,
        mut origin: Map<String, Value>,
        facts: Option<Facts<'s>>,
    ) -> Result<Walked, PatchError> {
        match directive::of_map(&mut origin)? {
            Directive::Delete => return Ok(Walked::Cleared),
            Directive::Replace => {
                self.settle_fields(&mut origin, facts)?;
                return Ok(Walked::Replaced(Value::Object(origin)));
            }
            Directive::Merge => {}
        }
        self.tidy_fields(dest, facts, &origin)?;
        for (key, value) in origin {
            let below = facts.and_then(|f| f.field(&key));
            let Some(own) = dest.get_mut(&key) else {
                let added = self.added(value, below).map_err(|e| e.under(&key))?;
                if let Some(value) = added {
                    dest.insert(key, value);
                }
                continue;
            };
            match self.merge(own, value, below).map_err(|e| e.under(&key))? {
                Walked::Kept => {}
                Walked::Replaced(new) => *own = scalar::restyled(own, new),
                Walked::Cleared => {
                    dest.remove(&key);
                }
            }
        }
        Ok(Walked::Kept)
    }

    fn merge_lists(
        self,
        dest: &mut Vec<Value>,
        mut origin: Vec<Value>,
        keys: &[&str],
        facts: Option<Facts<'s>>,
    ) -> Result<Walked, PatchError> {
        let elements = facts.and_then(Facts::elements);
        match directive::of_list(&mut origin)? {
            Directive::Delete => Ok(Walked::Cleared),
            Directive::Replace => {
                let merged = list::settle(self, origin, keys, elements)?;
                Ok(Walked::Replaced(Value::Array(merged)))
            }
            Directive::Merge => {
                *dest = list::merge(self, std::mem::take(dest), origin, keys, elements)?;
                Ok(Walked::Kept)
            }
        }
    }

    /// A value that only the object has. Its lists lose what a merge does not keep.
    fn tidy(self, dest: &mut Value, facts: Option<Facts<'s>>) -> Result<(), PatchError> {
        let facts = self.facts(facts, dest);
        if facts.is_some_and(Facts::is_plain) {
            return Ok(());
        }
        match dest {
            Value::Object(map) => self.tidy_fields(map, facts, &Map::new())?,
            Value::Array(values) => {
                if let Some(keys) = facts.and_then(Facts::merge_keys) {
                    let elements = facts.and_then(Facts::elements);
                    list::tidy(self, values, &keys, elements)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The fields that only the object has.
    fn tidy_fields(
        self,
        dest: &mut Map<String, Value>,
        facts: Option<Facts<'s>>,
        origin: &Map<String, Value>,
    ) -> Result<(), PatchError> {
        if let Some(fields) = facts.and_then(Facts::fields) {
            for (name, below) in fields.filter(|(name, _)| !origin.contains_key(*name)) {
                if let Some(value) = dest.get_mut(name) {
                    self.tidy(value, Some(below)).map_err(|e| e.under(name))?;
                }
            }
            return Ok(());
        }
        for (key, value) in dest
            .iter_mut()
            .filter(|(key, _)| !origin.contains_key(*key))
        {
            let below = facts.and_then(|f| f.field(key));
            self.tidy(value, below).map_err(|e| e.under(key))?;
        }
        Ok(())
    }

    /// A value that only the patch has.
    fn added(
        self,
        mut origin: Value,
        facts: Option<Facts<'s>>,
    ) -> Result<Option<Value>, PatchError> {
        let facts = self.facts(facts, &origin);
        match &mut origin {
            Value::Null => return Ok(None),
            Value::Object(map) => {
                // A directive that is unknown is no error here, and stays.
                if matches!(directive::of_map(map), Ok(Directive::Delete)) {
                    return Ok(None);
                }
                self.settle_fields(map, facts)?;
            }
            Value::Array(values) => {
                if let Some(keys) = facts.and_then(Facts::merge_keys) {
                    let elements = facts.and_then(Facts::elements);
                    *values = list::settle(self, std::mem::take(values), &keys, elements)?;
                }
            }
            _ => {}
        }
        Ok(Some(origin))
    }

    /// A value of the patch that has become part of the object: merged with itself, which takes
    /// nulls and directives out.
    fn settle(self, value: &mut Value, facts: Option<Facts<'s>>) -> Result<Walked, PatchError> {
        let facts = self.facts(facts, value);
        match value {
            Value::Null => return Ok(Walked::Cleared),
            Value::Object(map) => {
                if directive::of_map(map)? == Directive::Delete {
                    return Ok(Walked::Cleared);
                }
                self.settle_fields(map, facts)?;
            }
            Value::Array(values) => {
                if let Some(keys) = facts.and_then(Facts::merge_keys) {
                    if directive::of_list(values)? == Directive::Delete {
                        return Ok(Walked::Cleared);
                    }
                    let elements = facts.and_then(Facts::elements);
                    *values = list::settle(self, std::mem::take(values), &keys, elements)?;
                }
            }
            _ => {}
        }
        Ok(Walked::Kept)
    }

    fn settle_fields(
        self,
        map: &mut Map<String, Value>,
        facts: Option<Facts<'s>>,
    ) -> Result<(), PatchError> {
        retain(map, |key, value| {
            let below = facts.and_then(|f| f.field(key));
            Ok(!matches!(self.settle(value, below)?, Walked::Cleared))
        })
    }
}

/// Keeps the entries that the function wants; its first error ends it, with the key in the path.
fn retain(
    map: &mut Map<String, Value>,
    mut keep: impl FnMut(&str, &mut Value) -> Result<bool, PatchError>,
) -> Result<(), PatchError> {
    let mut failed = None;
    map.retain(|key, value| {
        failed.is_some()
            || keep(key, value).unwrap_or_else(|error| {
                failed = Some(error.under(key));
                true
            })
    });
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
