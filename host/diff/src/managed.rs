//! Who owns what: `metadata.managedFields` of a live object.

mod adopt;
mod element;
mod set;

use serde::Serialize;
use serde_json::Value;

pub use adopt::{FORMER_MANAGERS, migrate};
pub use element::Element;
pub(crate) use element::has;
pub use set::FieldSet;

/// Who has set a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The field manager's name.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// The subresource it was set through, such as `status`; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    /// When it set fields last; empty where the server does not say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time: String,
}

/// One entry of `managedFields`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Who.
    pub owner: Owner,
    /// The version in which the fields are named.
    pub api_version: String,
    /// Which fields.
    pub fields: FieldSet,
}

/// The entries of an object; those that cannot be read are left out.
pub fn entries(object: &Value) -> Vec<Entry> {
    let list = object.pointer("/metadata/managedFields");
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Entry::read).collect()
}

/// The managers that own a field, or the whole that it is part of; the one that was there last comes
/// first.
pub fn owners(entries: &[Entry], path: &[Element]) -> Vec<Owner> {
    let owning = entries.iter().filter(|entry| entry.fields.covers(path));
    let mut owners: Vec<Owner> = owning.map(|entry| entry.owner.clone()).collect();
    owners.sort_by(|a, b| b.time.cmp(&a.time));
    owners
}

impl Entry {
    fn read(value: &Value) -> Option<Self> {
        let text = |field: &str| {
            let text = value.get(field).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Some(Self {
            owner: Owner {
                manager: text("manager"),
                operation: text("operation"),
                subresource: text("subresource"),
                time: text("time"),
            },
            api_version: text("apiVersion"),
            fields: FieldSet::read(value.get("fieldsV1")?)?,
        })
    }

    /// Whether it is what this manager has applied, not to a subresource.
    pub fn is_apply_of(&self, manager: &str) -> bool {
        self.owner.manager == manager
            && self.owner.operation == "Apply"
            && self.owner.subresource.is_empty()
    }
}
