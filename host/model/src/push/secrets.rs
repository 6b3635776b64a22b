//! The keys `webhook.*` of Argo CD's `argocd-secret`.

use std::collections::BTreeMap;

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
    /// `$SECRET:KEY` for one of another Secret, which `others` has under `SECRET:KEY`.
    ///
    /// # Errors
    /// [`UnknownReference`]: a webhook is not to be left unchecked, nor checked against a guess.
    pub fn read(
        entries: &BTreeMap<String, String>,
        others: &BTreeMap<String, String>,
    ) -> Result<Self, UnknownReference> {
        let text = |key: &str| -> Result<Option<String>, UnknownReference> {
            let Some(value) = entries.get(key).filter(|value| !value.is_empty()) else {
                return Ok(None);
            };
            let Some(name) = value.strip_prefix('$') else {
                return Ok(Some(value.clone()));
            };
            let name = name.trim();
            let found = entries.get(name).or_else(|| others.get(name));
            match found.map(|value| value.trim()) {
                Some(found) if !found.is_empty() => Ok(Some(found.to_owned())),
                _ => Err(UnknownReference {
                    key: key.to_owned(),
                    reference: value.clone(),
                }),
            }
        };
        let secret = |key: &str| Ok(text(key)?.map(Secret::from));
        let user = text("webhook.azuredevops.username")?;
        let password = secret("webhook.azuredevops.password")?;
        let azure_devops = match (user, password) {
            (None, None) => None,
            (user, password) => Some((user.unwrap_or_default(), password.unwrap_or_default())),
        };
        Ok(Self {
            github: secret("webhook.github.secret")?,
            gitlab: secret("webhook.gitlab.secret")?,
            gogs: secret("webhook.gogs.secret")?,
            bitbucket_uuid: secret("webhook.bitbucket.uuid")?,
            bitbucket: secret("webhook.bitbucket.secret")?,
            bitbucket_server: secret("webhook.bitbucketserver.secret")?,
            azure_devops,
        })
    }
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
        let read = WebhookSecrets::read(&entries, &map(&[("git:hub", "hidden\n")]));
        let read = read.expect("all references are there");
        assert_eq!(read.github.expect("github").expose(), "hidden");
        assert_eq!(read.gitlab.expect("gitlab").expose(), "shown");
        assert_eq!(read.gogs, None);
        assert_eq!(read.azure_devops.expect("azure").1.expose(), "p");

        let error = WebhookSecrets::read(&entries, &map(&[])).expect_err("`git:hub` is nowhere");
        assert_eq!(error.key, "webhook.github.secret");
    }
}
