//! Who calls, and what they may: accounts and passwords, session and API tokens, and Argo CD's permissions
//! (`argocd-rbac-cm`, roles of projects).
//!
//! [`Access`] is the only door. It follows the home (`watch`) and keeps what counts now as one `state`, which
//! is read without waiting: tokens (`token`), accounts (`account`), permissions (`enforcer` over `policy` and
//! `project`). Failed logins are counted by `guard`; people of an identity provider come in by `sso`.

mod access;
mod account;
mod caller;
mod cookie;
mod ended;
mod enforcer;
mod error;
mod guard;
mod keys;
mod password;
mod pattern;
mod policy;
mod project;
mod random;
mod renew;
mod role_tokens;
mod sso;
mod state;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
mod token;
mod written;

pub use access::{Access, Session};
pub use account::{ADMIN, Account, TokenInfo};
pub use caller::{Caller, Login};
pub use cookie::{SESSION_COOKIE, ended_cookies, session_cookies, session_of};
pub use error::{AccessError, Refused};
pub use role_tokens::RoleTokens;
pub use sso::{Ask, Begun, Finished, Returned, SignOn, SsoError, Trust};
