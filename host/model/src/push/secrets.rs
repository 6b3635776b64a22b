//! The keys `webhook.*` of Argo CD's `argocd-secret`.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use crate::secrets::Secret;

/// What webhooks are to prove that they know. Without one, a provider's webhooks are not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookSecrets {
    /// `webhook.github.secret`.
    pub github: Option<Secret>,
    /// `webhook.gitlab.secret`.
    pub gitlab: Option<Secret>,
    /// `webhook.gogs.secret`, of Gitea and Forgejo too.
    pub gogs: Option<Secret>,
    /// `webhook.bitbucket.uuid`.
    pub bitbucket_uuid: Option<Secret>,
    /// `webhook.bitbucket.secret`: not in Argo CD, which knows the UUID alone.
    pub bitbucket: Option<Secret>,
    /// `webhook.bitbucketserver.secret`.
    pub bitbucket_server: Option<Secret>,
    /// `webhook.azuredevops.username` and `webhook.azuredevops.password`.
    pub azure_devops: Option<(String, Secret)>,
}

/// A value `$KEY` whose key is nowhere. Argo CD takes the text itself for the secret, which anyone can
/// guess.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` refers to `{reference}`, which is no key of a Secret that can be read")]
pub struct UnknownReference {
    /// The key of `argocd-secret`.
    pub key: String,
    /// What it refers to, with its `$`.
    pub reference: String,
}

impl WebhookSecrets {
    /// Reads the entries of `argocd-secret`. A value `$KEY` stands for another entry, and
    /// `$SECRET:KEY` for one of another Secret, which `others` has under `SECRET:KEY`. One that leads nowhere
    /// is told, and becomes a secret that nobody knows: a webhook is not to be left unchecked, nor checked
    /// against a guess, and those of other providers go on.
    pub fn read(
        entries: &BTreeMap<String, String>,
        others: &BTreeMap<String, String>,
    ) -> (Self, Vec<UnknownReference>) {
        let mut unknown = Vec::new();
        let mut text = |key: &str| -> Option<String> {
            let value = entries.get(key).filter(|value| !value.is_empty())?;
            let Some(name) = value.strip_prefix('$') else {
                return Some(value.clone());
            };
            let name = name.trim();
            let found = entries.get(name).or_else(|| others.get(name));
            match found.map(|value| value.trim()) {
                Some(found) if !found.is_empty() => Some(found.to_owned()),
                _ => {
                    unknown.push(UnknownReference {
                        key: key.to_owned(),
                        reference: value.clone(),
                    });
                    Some(known_to_nobody())
                }
            }
        };
        let user = text("webhook.azuredevops.username");
        let mut secret = |key: &str| text(key).map(Secret::from);
        let password = secret("webhook.azuredevops.password");
        let azure_devops = match (user, password) {
            (None, None) => None,
            (user, password) => Some((user.unwrap_or_default(), password.unwrap_or_default())),
        };
        let read = Self {
            github: secret("webhook.github.secret"),
            gitlab: secret("webhook.gitlab.secret"),
            gogs: secret("webhook.gogs.secret"),
            bitbucket_uuid: secret("webhook.bitbucket.uuid"),
            bitbucket: secret("webhook.bitbucket.secret"),
            bitbucket_server: secret("webhook.bitbucketserver.secret"),
            azure_devops,
        };
        (read, unknown)
    }
}

/// A secret that is made up and thrown away.
fn known_to_nobody() -> String {
    let part = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::WebhookSecrets;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        let entries = entries.iter();
        entries
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn references_are_followed_and_never_taken_for_the_secret() {
        let entries = map(&[
            ("webhook.github.secret", "$git:hub"),
            ("webhook.gitlab.secret", "$lab"),
            ("webhook.gogs.secret", ""),
            ("webhook.azuredevops.password", "p"),
            ("lab", "shown"),
        ]);
        let (read, unknown) = WebhookSecrets::read(&entries, &map(&[("git:hub", "hidden\n")]));
        assert_eq!(unknown, []);
        assert_eq!(read.github.expect("github").expose(), "hidden");
        assert_eq!(read.gitlab.expect("gitlab").expose(), "shown");
        assert_eq!(read.gogs, None);
        assert_eq!(read.azure_devops.expect("azure").1.expose(), "p");

        let (read, unknown) = WebhookSecrets::read(&entries, &map(&[]));
        assert_eq!(unknown.len(), 1);
        assert_eq!(unknown[0].key, "webhook.github.secret");
        let github = read.github.expect("it is not left unchecked");
        assert!(github.expose().len() == 32 && !github.expose().contains("hub"));
        assert_eq!(read.gitlab.expect("gitlab").expose(), "shown");
    }
}
