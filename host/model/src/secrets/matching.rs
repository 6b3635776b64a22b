//! Which Secret speaks of a repository.

use super::repository::{RepositorySecret, Scope};

/// All repository Secrets that there are. Their type has no say in which one fits a URL.
#[derive(Clone, Debug, Default)]
pub struct Repositories(Vec<RepositorySecret>);

impl Repositories {
    /// Takes the Secrets, in any order.
    pub fn new(secrets: Vec<RepositorySecret>) -> Self {
        Self(secrets)
    }

    /// The same with one more, which takes the place of one for the same URL and project.
    #[must_use]
    pub fn with(&self, secret: RepositorySecret) -> Self {
        let is_other = |known: &&RepositorySecret| {
            known.scope != secret.scope
                || known.project != secret.project
                || normalise(&known.url) != normalise(&secret.url)
        };
        let mut all: Vec<_> = self.0.iter().filter(is_other).cloned().collect();
        all.push(secret);
        Self(all)
    }

    /// What is known of a repository, for an application of that project: the Secret of this very
    /// repository, the project's own before one for all. If it has no credentials, or there is
    /// none, those of the template with the longest matching URL.
    pub fn repository_for(&self, url: &str, project: &str) -> Option<RepositorySecret> {
        let template = self.template(url);
        let Some(repository) = self.exact(url, project) else {
            return template.map(|template| RepositorySecret {
                url: url.to_owned(),
                ..template.clone()
            });
        };
        let mut repository = repository.clone();
        if let Some(template) = template.filter(|_| repository.credentials.is_empty()) {
            repository.credentials = template.credentials.clone();
            repository.force_http_basic_auth |= template.force_http_basic_auth;
            if repository.proxy.is_empty() {
                repository.proxy = template.proxy.clone();
                repository.no_proxy.clone_from(&template.no_proxy);
            }
        }
        Some(repository)
    }

    fn of(&self, scope: Scope) -> impl Iterator<Item = &RepositorySecret> {
        self.0.iter().filter(move |s| s.scope == scope)
    }

    fn exact(&self, url: &str, project: &str) -> Option<&RepositorySecret> {
        let url = normalise(url);
        let same = self.of(Scope::Repository);
        let same = same.filter(|s| normalise(&s.url) == url);
        // `false` sorts first: the project's own.
        same.filter(|s| s.project.is_empty() || s.project == project)
            .min_by_key(|s| s.project.is_empty())
    }

    fn template(&self, url: &str) -> Option<&RepositorySecret> {
        // A slash at its end is one that a template may end with.
        let url = prefix(url);
        let begins = self.of(Scope::Template).map(|s| (prefix(&s.url), s));
        begins
            .filter(|(prefix, _)| begins_with(&url, prefix))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, secret)| secret)
    }
}

/// A URL in the form in which repositories are compared, as Argo CD has it: case, `.git` and a
/// slash at the end do not count, and `git@host:path` is `ssh://git@host/path`.
pub fn normalise(url: &str) -> String {
    let url = prefix(url);
    let url = url.trim_end_matches('/');
    url.strip_suffix(".git").unwrap_or(url).to_owned()
}

/// The same for the beginning of a URL, where a slash at the end does count: `https://host/org/`
/// is not for `https://host/organisation`.
fn prefix(url: &str) -> String {
    let mut url = url.trim().to_lowercase();
    let is_scp_like = !url.contains("://")
        && url
            .find('@')
            .is_some_and(|at| !url[..at].contains(['/', ':']));
    if is_scp_like {
        url = url.replacen(':', "/", 1);
    }
    let url = url.strip_prefix("ssh://").unwrap_or(&url);
    url.strip_suffix(".git").unwrap_or(url).to_owned()
}

/// Whether a URL begins with another. Its host must be that host: credentials for
/// `https://host` do not go to `https://host.example.org`.
fn begins_with(url: &str, prefix: &str) -> bool {
    let host_of = |url: &str| {
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url[start..].find('/').map_or(url.len(), |at| start + at);
        url[..end].to_owned()
    };
    !prefix.is_empty() && url.starts_with(prefix) && host_of(url) == host_of(prefix)
}
