//! What a row of the schema table says.

/// The type of a field, as Argo CD's CRDs have it.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// A string.
    Text,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A string of at most so many characters.
    TextUpTo(usize),
    /// A path below a repository's root, not the root itself.
    PathBelowRoot,
    /// A string that says true or false: in Secrets all values are strings.
    FlagText,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A whole number, or a string such as `50%`.
    IntegerOrText,
    /// Anything, null too.
    Anything,
    /// A mapping of anything.
    AnyMapping,
    /// A mapping of free keys to one type.
    MapOf(&'static Type),
    /// A list of one type.
    ListOf(&'static Type),
    /// A mapping of these fields and no others.
    Object(&'static [Field]),
}

impl Type {
    /// What to write there, with its article, for messages.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Text | Self::OneOf(_) | Self::TextUpTo(_) | Self::PathBelowRoot => "a string",
            Self::FlagText => "the string `true` or `false`",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::IntegerOrText => "an integer or a string",
            Self::Anything => "any value",
            Self::AnyMapping | Self::MapOf(_) | Self::Object(_) => "a mapping",
            Self::ListOf(_) => "a list",
        }
    }
}

/// What Gantry makes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It does what Argo CD does.
    Supported,
    /// Written by a controller: it asks for nothing, nor does anything in it.
    Ignored,
    /// It is read and changes nothing: a warning.
    NoEffectYet,
    /// The same, and so it stays; with the reason.
    NoEffect(&'static str),
    /// The manifest would be misread without it: an error, with what to do instead.
    NotSupportedYet(&'static str),
}

/// One row: a field of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Whether it must be there.
    pub required: bool,
    /// What Gantry makes of it. Inside of what has no effect, nothing has.
    pub support: Support,
}

/// A field that must be there.
pub(crate) const fn req(name: &'static str, kind: Type) -> Field {
    Field {
        name,
        kind,
        required: true,
        support: Support::Supported,
    }
}

/// A field that may be there.
pub(crate) const fn opt(name: &'static str, kind: Type) -> Field {
    Field {
        required: false,
        ..req(name, kind)
    }
}

/// The same fields, none of which must be there.
pub(crate) const fn all_optional<const N: usize>(mut fields: [Field; N]) -> [Field; N] {
    let mut index = 0;
    while index < N {
        fields[index].required = false;
        index += 1;
    }
    fields
}

impl Field {
    /// The same, a record of a controller.
    pub(crate) const fn ignored(self) -> Self {
        Self {
            support: Support::Ignored,
            ..self
        }
    }

    /// The same, without effect yet.
    pub(crate) const fn no_effect(self) -> Self {
        Self {
            support: Support::NoEffectYet,
            ..self
        }
    }

    /// The same, without effect for good; `because` says why.
    pub(crate) const fn needless(self, because: &'static str) -> Self {
        Self {
            support: Support::NoEffect(because),
            ..self
        }
    }

    /// The same, not supported yet; `instead` says what to do.
    pub(crate) const fn unsupported(self, instead: &'static str) -> Self {
        Self {
            support: Support::NotSupportedYet(instead),
            ..self
        }
    }
}

/// A list of strings.
pub(crate) const TEXTS: Type = Type::ListOf(&Type::Text);
/// A mapping of strings to strings.
pub(crate) const TEXT_MAP: Type = Type::MapOf(&Type::Text);
