//! A GitHub App as a repository's credentials.

use super::Secret;
use super::entries::Entries;
use crate::diagnostic::Diagnostic;

/// An app that is installed where the repository is: GitHub gives tokens to whoever has its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GithubApp {
    /// The Secret that names it.
    pub secret: String,
    /// Its number.
    pub id: u64,
    /// The number of its installation; 0: GitHub is asked for that of the repository's owner.
    pub installation: u64,
    /// Its private key, PEM.
    pub private_key: Secret,
    /// Where the API of a GitHub of one's own is, without a slash at its end; empty: GitHub's.
    pub base_url: String,
}

impl GithubApp {
    /// Whether its tokens are of use for a repository: Git takes them over http(s).
    pub fn serves(url: &str) -> bool {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| {
            ["https", "http"]
                .iter()
                .any(|web| scheme.eq_ignore_ascii_case(web))
        })
    }
}

/// What a Secret says of it; none where it does not say enough.
pub(super) fn read(
    entries: &Entries,
    secret: &str,
    found: &mut Vec<Diagnostic>,
) -> Option<GithubApp> {
    let before = found.len();
    let mut number = |key: &str| {
        let text = entries.text(key);
        text.trim().parse().unwrap_or_else(|_| {
            if !text.is_empty() {
                let field = entries.place(key);
                let message = format!("`{field}` must be a whole number");
                found.push(Diagnostic::error("invalid-value", message).field(field));
            }
            0
        })
    };
    let [id, installation]: [u64; 2] = ["githubAppID", "githubAppInstallationID"].map(&mut number);
    if found.len() > before {
        return None;
    }
    let private_key = entries.secret("githubAppPrivateKey");
    let (has_id, has_key) = (id != 0, !private_key.is_empty());
    for (key, is_given, other, has_other) in [
        ("githubAppID", has_id, "githubAppPrivateKey", has_key),
        (
            "githubAppInstallationID",
            installation != 0,
            "githubAppPrivateKey",
            has_key,
        ),
        ("githubAppPrivateKey", has_key, "githubAppID", has_id),
    ] {
        if is_given && !has_other {
            let field = entries.place(key);
            let message = format!("`{field}` has no effect without `{other}`");
            found.push(Diagnostic::warning("no-effect", message).field(field));
        }
    }
    let base_url = entries.text("githubAppEnterpriseBaseUrl");
    (has_id && has_key).then(|| GithubApp {
        secret: secret.to_owned(),
        id,
        installation,
        private_key,
        base_url: base_url.trim().trim_end_matches('/').to_owned(),
    })
}
