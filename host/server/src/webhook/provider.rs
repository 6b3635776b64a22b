//! Who sends webhooks, and how to tell them apart.

use http::HeaderMap;

/// A kind of Git server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Azure DevOps.
    AzureDevOps,
    /// Gitea and Forgejo.
    Gitea,
    /// Gogs.
    Gogs,
    /// GitHub.
    GitHub,
    /// GitLab.
    GitLab,
    /// Bitbucket Cloud.
    Bitbucket,
    /// Bitbucket Server and Data Center.
    BitbucketServer,
}

impl Provider {
    /// All, in the order in which headers are looked at: Gitea sends the headers of Gogs and GitHub
    /// too, and Gogs those of GitHub; Bitbucket's two differ by one that only the cloud sends.
    pub const ALL: [Self; 7] = [
        Self::AzureDevOps,
        Self::Gitea,
        Self::Gogs,
        Self::GitHub,
        Self::GitLab,
        Self::Bitbucket,
        Self::BitbucketServer,
    ];

    /// The name in a path and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::AzureDevOps => "azuredevops",
            Self::Gitea => "gitea",
            Self::Gogs => "gogs",
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Bitbucket => "bitbucket",
            Self::BitbucketServer => "bitbucketserver",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// The one whose header is there.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|p| headers.contains_key(p.mark()))
    }

    /// The header that tells it from others.
    fn mark(self) -> &'static str {
        match self {
            Self::AzureDevOps => "x-vss-activityid",
            Self::Bitbucket => "x-hook-uuid",
            other => other.event_header(),
        }
    }

    /// The header that names the event; Azure DevOps has the name in the body.
    pub(crate) fn event_header(self) -> &'static str {
        match self {
            Self::AzureDevOps => "x-vss-activityid",
            Self::Gitea => "x-gitea-event",
            Self::Gogs => "x-gogs-event",
            Self::GitHub => "x-github-event",
            Self::GitLab => "x-gitlab-event",
            Self::Bitbucket | Self::BitbucketServer => "x-event-key",
        }
    }

    /// What that header says.
    pub(crate) fn event(self, headers: &HeaderMap) -> Option<String> {
        let event = headers.get(self.event_header())?;
        Some(String::from_utf8_lossy(event.as_bytes()).into_owned())
    }
}
