//! Who calls, and what they may: accounts and passwords, session and API tokens, single sign-on, and Argo
//! CD's permissions (`argocd-rbac-cm`, roles of projects).

mod access;
mod caller;

pub use access::{Access, Refused, Session};
pub use caller::{Caller, Login};
