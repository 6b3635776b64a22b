//! Why something about accounts cannot be done.

use gantry_store::StoreError;

/// Why somebody is not let in. The text never says whether there is such a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// Why an account stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no such account, role or token.
    #[error("{0}")]
    NotFound(String),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The password that was shown is wrong.
    #[error("{0}")]
    Denied(String),
    /// Too much is to be done now.
    #[error("{0}")]
    Busy(String),
    /// It could not be kept.
    #[error("it cannot be written: {0}")]
    Store(#[from] StoreError),
}
