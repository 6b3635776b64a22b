//! The table of messages: names, numbers and types of their fields, and the methods that take them.
//!
//! `messages/*.txt` is one file a package of Argo CD's. A line `NAME = 1 field:TYPE, …` is a message; a field without
//! a type is a string; `[]` is a list and `{}` a map from strings. `?` marks what Go has as a pointer, so that an empty
//! value is one; `!` what must be on the wire; `^` a message whose fields JSON has in place of it. In a package of
//! `values`, an empty field that is no pointer is none, as `omitempty` has it.

mod parse;

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What one value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Bool,
    /// Of any width: they are alike on the wire.
    Int,
    /// Base64 in JSON.
    Bytes,
    /// Seconds; RFC 3339 in JSON.
    Time,
    /// The same with microseconds.
    MicroTime,
    /// A number or a string in JSON.
    IntOrString,
    /// Any JSON, as bytes in the field 1 of a message.
    Json,
    /// A message of the table.
    Message(usize),
}

/// How often it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    Many,
    Map,
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
    /// An empty value is one.
    pub(crate) is_kept: bool,
    pub(crate) is_required: bool,
    pub(crate) is_inline: bool,
}

/// A message.
#[derive(Debug)]
pub(crate) struct Message {
    /// With its package.
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

impl Message {
    pub(crate) fn field(&self, number: u32) -> Option<&Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}

/// A method: places in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    pub(crate) request: usize,
    pub(crate) answer: usize,
    pub(crate) streams: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(crate) messages: Vec<Message>,
    pub(crate) methods: BTreeMap<String, Method>,
}

const PACKAGES: [&str; 14] = [
    include_str!("messages/account.txt"),
    include_str!("messages/application.txt"),
    include_str!("messages/certificate.txt"),
    include_str!("messages/cluster.txt"),
    include_str!("messages/core.txt"),
    include_str!("messages/gpgkey.txt"),
    include_str!("messages/meta.txt"),
    include_str!("messages/oidc.txt"),
    include_str!("messages/project.txt"),
    include_str!("messages/repocreds.txt"),
    include_str!("messages/repository.txt"),
    include_str!("messages/session.txt"),
    include_str!("messages/v1alpha1.txt"),
    include_str!("messages/version.txt"),
];

/// The table, read once. A mistake in it is found by the tests, and otherwise told by each call.
pub(crate) fn schema() -> Result<&'static Schema, &'static str> {
    static SCHEMA: LazyLock<Result<Schema, String>> = LazyLock::new(|| parse::parse(&PACKAGES));
    SCHEMA.as_ref().map_err(String::as_str)
}

#[cfg(test)]
mod tests;
