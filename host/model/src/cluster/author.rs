//! Who changes what is in a cluster.

/// Whom a cluster is to take for the author of a change, instead of the account that it is logged in to with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// Another user (`Impersonate-User`), who must be allowed to do it.
    User(String),
    /// Nobody: no change is sent at all, for that reason.
    Nobody(String),
}
