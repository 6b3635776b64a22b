//! What a source is fetched by: the repository, the revision, and whose credentials count.

use gantry_charts::{ChartRequest, Reach, is_exact};
use gantry_model::application::Source;
use gantry_model::secrets::normalise;
use gantry_source::{identity, is_commit_id};

/// A revision of a Git repository, for a project: whose credentials count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GitKey {
    /// The repository's URL.
    pub url: String,
    /// A branch, a tag, a range of versions, a commit or HEAD.
    pub revision: String,
    /// What tags start with that have a version behind it.
    pub tag_prefix: String,
    /// The project.
    pub project: String,
}

/// A chart, for a project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChartKey {
    /// The URL of the Helm repository or the registry.
    pub repository: String,
    /// The chart's name.
    pub name: String,
    /// A version or a range.
    pub version: String,
    /// Send the credentials to whatever host the repository's index names, too.
    pub pass_credentials: bool,
    /// The project.
    pub project: String,
    /// Which addresses may be asked: all for an application's own source.
    pub reach: Reach,
}

/// What one source of an application is fetched by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// A commit.
    Git(GitKey),
    /// A chart.
    Chart(ChartKey),
}

/// What is asked by one request: a repository, as a project sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repository {
    identity: String,
    is_git: bool,
    project: String,
}

impl Wanted {
    /// What a source is fetched by; none for a registry without a chart.
    pub fn of(source: &Source, project: &str) -> Option<Self> {
        let project = project.to_owned();
        if !source.chart.is_empty() {
            let helm = source.helm.as_ref();
            let asked = helm.and_then(|helm| helm.get("passCredentials"));
            return Some(Self::Chart(ChartKey {
                repository: source.repo_url.clone(),
                name: source.chart.clone(),
                version: source.target_revision.clone(),
                pass_credentials: asked == Some(&true.into()),
                project,
                reach: Reach::Anywhere,
            }));
        }
        if source.repo_url.starts_with("oci://") {
            return None;
        }
        Some(Self::Git(GitKey {
            url: source.repo_url.clone(),
            revision: source.target_revision.clone(),
            tag_prefix: source.tag_prefix.clone(),
            project,
        }))
    }

    /// The repository that is asked.
    pub fn repository(&self) -> Repository {
        match self {
            Self::Git(key) => key.repository(),
            Self::Chart(key) => key.repository(),
        }
    }

    /// The repository's URL, as the source has it.
    pub fn url(&self) -> &str {
        match self {
            Self::Git(key) => &key.url,
            Self::Chart(key) => &key.repository,
        }
    }

    /// Whether it means the same for ever: a whole commit id, an exact version.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Git(key) => key.is_fixed(),
            Self::Chart(key) => key.is_fixed(),
        }
    }
}

impl GitKey {
    /// The repository that is asked.
    pub fn repository(&self) -> Repository {
        Repository::of_git(&self.url, &self.project)
    }

    pub(crate) fn is_fixed(&self) -> bool {
        is_commit_id(&self.revision)
    }
}

impl ChartKey {
    /// The repository that is asked.
    pub fn repository(&self) -> Repository {
        Repository {
            identity: self.repository.trim_end_matches('/').to_owned(),
            is_git: false,
            project: self.project.clone(),
        }
    }

    /// A registry's tag may be moved, but whoever names a version wants that one.
    pub(crate) fn is_fixed(&self) -> bool {
        is_exact(&ChartRequest {
            repository: self.repository.clone(),
            version: self.version.clone(),
            ..ChartRequest::default()
        })
    }
}

impl Repository {
    /// The Git repository of a URL.
    pub(crate) fn of_git(url: &str, project: &str) -> Self {
        Self {
            identity: identity(url),
            is_git: true,
            project: project.to_owned(),
        }
    }

    /// Whether it is this one, for its project, or for any if it is of none.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let is_same = self.identity == other.identity && self.is_git == other.is_git;
        is_same && (self.project.is_empty() || self.project == other.project)
    }

    /// Whether it holds commits; else charts.
    pub fn is_git(&self) -> bool {
        self.is_git
    }
}

/// Whether two URLs may name the same repository, however they are spelled: a webhook names it by
/// one URL, applications by another.
pub fn may_be_same(a: &str, b: &str) -> bool {
    let form = |url: &str| {
        let url = normalise(url);
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        format!("{host}/{}", path.trim_matches('/'))
    };
    form(a) == form(b)
}

#[cfg(test)]
mod tests {
    use gantry_model::application::Source;

    use super::{Wanted, may_be_same};

    fn wanted(url: &str, chart: &str, revision: &str) -> Option<Wanted> {
        let source = Source {
            repo_url: url.to_owned(),
            chart: chart.to_owned(),
            target_revision: revision.to_owned(),
            ..Source::default()
        };
        Wanted::of(&source, "default")
    }

    #[test]
    fn what_never_moves_is_told_from_what_does() {
        let commit = "0123456789012345678901234567890123456789";
        for (chart, revision, expected) in [
            ("", "main", false),
            ("", "", false),
            ("", "v1.0.0", false),
            ("", commit, true),
            ("", &commit[..7], false),
            ("web", "1.2.3", true),
            ("web", "1.2", false),
            ("web", "*", false),
        ] {
            let wanted = wanted("https://example.com/a", chart, revision).expect("a source");
            assert_eq!(wanted.is_fixed(), expected, "{chart} {revision}");
        }
        assert_eq!(wanted("oci://example.com/a", "", "1.0.0"), None);
    }

    #[test]
    fn a_webhook_names_the_repository_in_its_own_way() {
        for (a, b, expected) in [
            (
                "https://github.com/Org/app",
                "git@github.com:org/app.git",
                true,
            ),
            (
                "ssh://git@host:7999/org/app.git",
                "https://host/org/app/",
                true,
            ),
            ("https://me:pw@host/org/app", "https://host/org/app", true),
            ("https://host/org/app", "https://host/org/app2", false),
            ("https://host/org/app", "https://other/org/app", false),
            ("file:///srv/app", "/srv/app", true),
        ] {
            assert_eq!(may_be_same(a, b), expected, "{a} {b}");
        }
    }
}
