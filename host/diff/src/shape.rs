//! What is known of the values in a mapping, while one walks down an object.

use crate::table::{self, Field, Shape, Type};

/// The fields of a mapping.
#[derive(Clone, Copy)]
pub(crate) enum Fields<'t> {
    Of(&'t Type),
    /// All values are alike.
    All(&'t Shape),
    Unknown,
}

impl<'t> Fields<'t> {
    pub(crate) fn of(shape: &'t Shape) -> Self {
        match shape {
            Shape::Struct(name) => table::named(name).map_or(Self::Unknown, Self::Of),
            Shape::Map(below) => Self::All(below),
            _ => Self::Unknown,
        }
    }

    pub(crate) fn field(self, name: &str) -> Option<&'t Field> {
        match self {
            Self::Of(fields) => fields.get(name),
            Self::All(_) | Self::Unknown => None,
        }
    }

    /// Of the mapping in a field.
    pub(crate) fn below(self, name: &str) -> Self {
        match self {
            Self::Of(fields) => fields
                .get(name)
                .map_or(Self::Unknown, |f| Self::of(&f.shape)),
            Self::All(shape) => Self::of(shape),
            Self::Unknown => Self::Unknown,
        }
    }

    /// Of the items of the list in a field.
    pub(crate) fn items(self, name: &str) -> Self {
        match self.field(name).map(|field| &field.shape) {
            Some(Shape::List(item)) => Self::of(item),
            _ => Self::Unknown,
        }
    }
}
