//! Why a chart or a file could not be had.

use gantry_model::version::BadConstraint;
use gantry_model::{Diagnostic, limits};

/// What went wrong. URLs are shown without credentials and without a query, which may hold some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// The URL is not one that can be fetched.
    #[error("{url}: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate, key or proxy that cannot be used.
    #[error("{url} cannot be asked: {reason}")]
    Access {
        /// The URL.
        url: String,
        /// What is wrong with the settings.
        reason: String,
    },
    /// The server cannot be reached, or broke off.
    #[error("cannot fetch {url}: {reason}")]
    Unreachable {
        /// The URL.
        url: String,
        /// What failed.
        reason: String,
    },
    /// The server wants credentials, or others (401).
    #[error("cannot fetch {url}: {reason}")]
    Unauthorized {
        /// The URL.
        url: String,
        /// What was sent, and what the server said.
        reason: String,
    },
    /// The server knows who is asking, and does not let them (403).
    #[error("cannot fetch {url}: the server forbids it (403)")]
    Forbidden {
        /// The URL.
        url: String,
    },
    /// There is nothing at the URL (404, 410).
    #[error("there is nothing at {url}{}", hint(.referred))]
    NotFound {
        /// The URL.
        url: String,
        /// What names that URL, or empty.
        referred: String,
    },
    /// Any other answer than the content.
    #[error("cannot fetch {url}: the server answers {status}")]
    Status {
        /// The URL.
        url: String,
        /// The status line.
        status: String,
    },
    /// The download took too long.
    #[error("cannot fetch {url}: not done after {secs} s")]
    Timeout {
        /// The URL.
        url: String,
        /// The limit.
        secs: u64,
    },
    /// More bytes than are taken.
    #[error("{url} is larger than {max_bytes} bytes")]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit.
        max_bytes: u64,
    },
    /// What is there is no index of charts.
    #[error("{url} is no index of a Helm repository: {reason}")]
    Index {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The repository does not have the chart.
    #[error("{repository} has no chart {name:?}{}", listed("; it has ", .has))]
    NoChart {
        /// The repository.
        repository: String,
        /// The chart's name.
        name: String,
        /// Charts that it has, the most alike first; all of them are not told.
        has: Vec<String>,
    },
    /// The chart has no such version.
    #[error(
        "chart {name:?} of {repository} has no version matching {version:?}{}",
        listed("; it has ", .has)
    )]
    NoVersion {
        /// The repository.
        repository: String,
        /// The chart's name.
        name: String,
        /// What was asked for.
        version: String,
        /// All versions, newest first.
        has: Vec<String>,
    },
    /// Neither a version nor a range.
    #[error(transparent)]
    BadVersion(#[from] BadConstraint),
    /// Other content than the index or the registry says.
    #[error("{url} has other content than it should: wanted {wanted}, found {found}")]
    OtherContent {
        /// The URL.
        url: String,
        /// The digest that it should have.
        wanted: String,
        /// The digest that it has.
        found: String,
    },
    /// An archive that is no chart, or is not unpacked.
    #[error("{url} is no chart that can be used: {reason}")]
    Archive {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The directory for fetched charts cannot be used.
    #[error("cannot keep fetched charts in {path}: {reason}")]
    Cache {
        /// The directory.
        path: String,
        /// What failed.
        reason: String,
    },
}

impl ChartError {
    /// The same for users, with what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            Self::Url { .. } => (
                "chart-url",
                "use https://host/path for a Helm repository or a file, oci://host/path for a \
                 registry",
            ),
            Self::Access { .. } => (
                "repository-access",
                "check certificates and proxy in the repository Secret",
            ),
            Self::Unreachable { .. } => (
                "repository-unreachable",
                "check the URL, the network, the proxy and the certificate settings",
            ),
            Self::Unauthorized { .. } => (
                "repository-unauthorized",
                "set username and password in a repository or repo-creds Secret for this URL; for \
                 registries `docker login` does too",
            ),
            Self::Forbidden { .. } => (
                "repository-forbidden",
                "give the user of the repository Secret access, or use another one",
            ),
            Self::NotFound { .. } => ("chart-not-found", "check the URL and the chart's name"),
            Self::Status { .. } => ("repository-failed", "try again, or ask who runs the server"),
            Self::Timeout { .. } => ("repository-timeout", "check the network, or try again"),
            Self::TooLarge { .. } => ("chart-too-large", "check that the URL is the right one"),
            Self::Index { .. } => (
                "chart-index",
                "check the URL: a Helm repository has an index.yaml at it; a registry's begins \
                 with oci://",
            ),
            Self::NoChart { .. } => ("chart-not-found", "check spec.source.chart"),
            Self::NoVersion { .. } => (
                "chart-version-not-found",
                "check spec.source.targetRevision; pre-releases are only found by a range that \
                 names one, such as >=1.0.0-0",
            ),
            Self::BadVersion(_) => (
                "chart-version",
                "write a version (1.2.3), a range (1.2.x, ^1.2, ~1.2.3, >=1.0 <2.0) or *",
            ),
            Self::OtherContent { .. } => (
                "chart-content",
                "whoever runs the repository has to publish it again; it may have been tampered \
                 with",
            ),
            Self::Archive { .. } => (
                "chart-archive",
                "a chart is what `helm package` makes; ask who published it",
            ),
            Self::Cache { .. } => ("cache", "choose another directory with --data"),
        };
        Diagnostic::error(code, self.to_string()).help(help)
    }
}

fn hint(referred: &str) -> String {
    if referred.is_empty() {
        return String::new();
    }
    format!(", which {referred} names")
}

/// The first of them, and how many more there are.
fn listed(before: &str, names: &[String]) -> String {
    let max = limits::CHART_NAMES_LISTED_MAX;
    let (shown, more) = match names {
        [] => return String::new(),
        names => (names.iter().take(max), names.len().saturating_sub(max)),
    };
    let shown: Vec<&str> = shown.map(String::as_str).collect();
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    format!("{before}{}{more}", shown.join(", "))
}
