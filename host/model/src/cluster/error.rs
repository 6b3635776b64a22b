//! Why a cluster did not do what was asked.

use serde::Serialize;

use crate::object::Gvk;

/// One field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldConflict {
    /// The other field manager.
    pub manager: String,
    /// The field, as the server writes it: `.spec.replicas`.
    pub field: String,
}

/// Why a cluster did not do what was asked. Whatever another try may mend was tried again before
/// it became an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The kind is not served.
    #[error("the server serves no {0}; is its CustomResourceDefinition installed?")]
    UnknownKind(Gvk),
    /// The server has objects of this kind in another version than the one asked for, and cannot
    /// convert them: it can neither be listed nor read. Other kinds are not concerned.
    #[error(
        "{gvk}: its conversion webhook does not work, so the server cannot read its objects: {message}"
    )]
    NotConverted {
        /// The kind.
        gvk: Gvk,
        /// The server's words.
        message: String,
    },
    /// The object does not exist.
    #[error("{0} not found")]
    NotFound(String),
    /// An object of that name is there, and was to be created.
    #[error("{message}")]
    AlreadyExists {
        /// The server's words.
        message: String,
        /// An earlier try of the same request got no answer: the object may be the one which that
        /// try made. Its tracking annotation tells.
        maybe_ours: bool,
    },
    /// Other field managers own fields that were applied.
    #[error("conflict: {}", describe_conflicts(.0))]
    Conflict(Vec<FieldConflict>),
    /// The object is no longer of the resource version (or uid) that was sent: somebody changed it
    /// meanwhile. No conflict over fields; whoever reads it again may write it again.
    #[error("{message}")]
    Modified {
        /// The server's words.
        message: String,
        /// An earlier try of the same request got no answer: the change may be the one which that
        /// try made.
        maybe_ours: bool,
    },
    /// The server refused the object.
    #[error("{0}")]
    Invalid(String),
    /// The credentials do not suffice.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// The server is overloaded and asks to come back.
    #[error("the server is overloaded: {message}")]
    Overloaded {
        /// The server's words.
        message: String,
        /// When to come back, if it said.
        retry_after_secs: Option<u64>,
    },
    /// A fault that another try may not meet: 5xx, a connection that broke, an optimistic lock.
    #[error("{0}")]
    Transient(String),
    /// The cluster cannot be reached or does not accept the credentials.
    #[error("cannot reach cluster {cluster}: {reason}")]
    Unreachable {
        /// The cluster's name.
        cluster: String,
        /// What failed.
        reason: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl ClusterError {
    /// Whether another try may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Overloaded { .. } | Self::Transient(_))
    }
}

fn describe_conflicts(conflicts: &[FieldConflict]) -> String {
    let mut managers: Vec<&str> = conflicts.iter().map(|c| c.manager.as_str()).collect();
    managers.sort_unstable();
    managers.dedup();
    let says = |manager: &&str| {
        let fields: Vec<&str> = conflicts
            .iter()
            .filter(|c| c.manager == *manager)
            .map(|c| c.field.as_str())
            .collect();
        format!("field manager {manager:?} owns {}", fields.join(", "))
    };
    managers.iter().map(says).collect::<Vec<_>>().join("; ")
}
