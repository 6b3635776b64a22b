//! Objects of which something newer is there than what is kept.

use gantry_model::Object;

use crate::entry::{is_older, uid_of};

/// What an event must tell to end a doubt. The server's answer to a get always ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Nothing: an event may be older than what gave rise to the doubt.
    Asked,
    /// A state as new as this version.
    Version(String),
    /// That the object of this uid is going, or has gone.
    Going(u64),
}

impl Until {
    /// Whether a state that came as an event ends the doubt.
    pub(crate) fn is_met_by(&self, object: &Object) -> bool {
        match self {
            Self::Asked => false,
            Self::Version(version) => !is_older(object.resource_version(), version),
            Self::Going(uid) => object.is_being_deleted() || uid_of(object) != *uid,
        }
    }
}

/// A doubt about one object.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// Which it is: an answer that was asked for before it does not end it.
    pub(crate) ticket: u64,
    pub(crate) until: Until,
}

/// What was known of an object when the server was asked for it.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    pub(crate) version: Option<Box<str>>,
    pub(crate) ticket: Option<u64>,
}
