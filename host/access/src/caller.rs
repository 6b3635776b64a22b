//! Somebody whose credentials were checked.

/// How they came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// An account of `argocd-cm` (or `admin`) by its password.
    Password,
    /// An API token of an account.
    Token,
    /// A token of a project's role: `proj:PROJECT:ROLE`.
    Project,
    /// Single sign-on.
    Sso {
        /// Who vouches for them.
        issuer: String,
    },
    /// Nobody in particular, where `users.anonymous.enabled` lets such in.
    Anonymous,
}

/// Whom a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The subject that policies name: an account, `proj:PROJECT:ROLE`, the `sub` of an identity provider.
    pub subject: String,
    /// The name for people: `admin`, or an address.
    pub name: String,
    /// The groups that policies name.
    pub groups: Vec<String>,
    /// How they came in.
    pub login: Login,
    /// The `jti` of their token.
    pub token_id: String,
}

impl Caller {
    /// Somebody whom policies and people know by one name, of no group.
    pub fn named(name: &str, login: Login, token_id: String) -> Self {
        Self {
            subject: name.to_owned(),
            name: name.to_owned(),
            groups: Vec::new(),
            login,
            token_id,
        }
    }

    /// Somebody of whom nothing is known.
    pub fn nobody() -> Self {
        Self::named("", Login::Anonymous, String::new())
    }
}
