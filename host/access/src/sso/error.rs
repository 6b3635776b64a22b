//! Why nobody comes in by single sign-on. The texts are for people, and say nothing that a stranger has sent:
//! what exactly was wrong is in the log.

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SsoError {
    /// It is not set up, or not as it should be.
    #[error("Single sign-on is not configured.")]
    Off,
    /// The address to go back to is none of ours.
    #[error(
        "Invalid redirect URL: the protocol and host (including port) must match and the path must be within allowed URLs if provided"
    )]
    Foreign,
    /// The provider gives no answer that can be used.
    #[error(
        "The identity provider {0} cannot be reached now. Local accounts can log in all the same."
    )]
    Unreachable(String),
    /// The provider did not let them in.
    #[error("The identity provider has refused the login.")]
    Denied,
    /// The login was begun elsewhere, too long ago, or is not what the provider answers to.
    #[error("This login has expired or was begun in another window. Try again.")]
    Stale,
    /// The provider's answer is not good.
    #[error("Single sign-on did not work. The server's log says why.")]
    Failed,
}
