//! What a failed fetch means to the user.

use crate::access::Access;
use crate::error::{SourceError, reason};
use crate::patience::Late;
use crate::ssh::Failed;

/// What gix says where a server without TLS asks for credentials.
const NO_CLEAR_TEXT: &str = "Will not send credentials in clear text";

/// What gix says where neither we nor Git's helpers have credentials to give.
const NO_CREDENTIALS: &str = "Failed to obtain credentials";

/// What ssh says of a server that shows a host key which nobody has told it of.
const UNKNOWN_HOST: &str = "Host key verification failed";

/// The error as users meet it, without a credential in it.
pub(crate) fn explain(
    error: &gix::Error,
    url: &gix::Url,
    shown: &str,
    access: &Access,
) -> SourceError {
    if let Some(late) = error.downcast_any_ref::<Late>() {
        return SourceError::late(shown, late);
    }
    let is_ssh = matches!(url.scheme, gix::url::Scheme::Ssh);
    let url = shown.to_owned();
    let mut reason = reason(error);
    for secret in [&access.password, &access.bearer_token] {
        if !secret.is_empty() {
            reason = reason.replace(secret.as_str(), "***");
        }
    }
    if let Some(failed) = error.downcast_any_ref::<Failed>() {
        reason = failed.to_string();
        if reason.contains(UNKNOWN_HOST) {
            reason.push_str(
                " (argocd-ssh-known-hosts-cm and ~/.ssh/known_hosts say which are known)",
            );
        }
    } else if is_ssh && reason.contains("fill whole buffer") {
        "ssh ended without an answer".clone_into(&mut reason);
    }
    if [NO_CLEAR_TEXT, NO_CREDENTIALS]
        .iter()
        .any(|words| reason.contains(words))
    {
        let given = "the server does not accept the credentials";
        let none = "the server asks for credentials";
        reason = if access.has_login() { given } else { none }.to_owned();
    }
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if is_denied(error) {
        SourceError::Unauthorized { url, reason }
    } else if error.classify().is_not_found()
        || says(&[
            "status 404",
            "does not appear to be a git",
            "Repository not found",
        ])
    {
        SourceError::NoRepository { url, reason }
    } else {
        SourceError::Unreachable { url, reason }
    }
}

/// Whether the server is not there, does not answer in time, or says that it is broken.
pub(crate) fn is_away(error: &gix::Error) -> bool {
    let failed = error.downcast_any_ref::<Failed>();
    error.classify().is_retryable()
        || error.downcast_any_ref::<Late>().is_some()
        || failed.is_some_and(|failed| failed.is_away)
}

/// Whether the server refused the credentials, or there were none to give. gix has no class for
/// all of its ways to say so.
pub(crate) fn is_denied(error: &gix::Error) -> bool {
    let text = reason(error);
    let says = |words: &&str| text.contains(*words);
    let words = [
        "Permission denied",
        "status 401",
        "status 403",
        "Credentials provided",
        NO_CREDENTIALS,
        NO_CLEAR_TEXT,
    ];
    error.classify().is_permission_denied() || words.iter().any(says)
}
