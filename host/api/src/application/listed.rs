//! A list that is told item by item: ten thousand applications are never in memory as one answer.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::apps::Entry;
use crate::fields::Fields;

/// Applications, and what is said of all of them.
pub struct Listed {
    pub(super) metadata: Value,
    pub(super) entries: Vec<Arc<Entry>>,
    pub(super) fields: Option<Fields>,
}

impl Listed {
    /// The answer's `metadata`.
    pub fn metadata(&self) -> &Value {
        &self.metadata
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An item as JSON.
    pub fn text(&self, index: usize) -> Option<Cow<'_, str>> {
        let entry = self.entries.get(index)?;
        Some(match &self.fields {
            None => Cow::Borrowed(entry.text()),
            fields => Cow::Owned(entry.part(fields.as_ref()).to_string()),
        })
    }

    /// An item.
    pub fn value(&self, index: usize) -> Option<Value> {
        let entry = self.entries.get(index)?;
        Some(entry.part(self.fields.as_ref()))
    }

    /// All of it.
    pub(super) fn into_value(self) -> Value {
        let items: Vec<Value> = (0..self.len()).filter_map(|at| self.value(at)).collect();
        json!({"metadata": self.metadata, "items": items})
    }
}
