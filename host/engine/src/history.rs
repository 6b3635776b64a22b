//! What was applied, by whom, from which revisions: written when a sync ends, and read by the next
//! one, which takes up an operation that never came to its end.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use gantry_model::application::{Application, Source};
use gantry_model::{Cluster, Diagnostic, limits, without_password};
use gantry_plugins::Host;
use gantry_store::{
    ClusterHistory, Entry, History, InitiatedBy, Key, Outcome, PluginUse, SqliteHistory,
    StoreError, manifests_digest,
};
use gantry_sync::{Action, Operation, Report};
use serde_json::json;

use crate::rendered::Rendered;

/// Characters of a digest that an operation's name holds.
const DIGEST_CHARS: usize = 16;

/// Where the histories of applications are kept.
#[derive(Clone, Default)]
pub enum HistoryHome {
    /// Beside what was applied, where everybody who syncs the application finds it.
    #[default]
    Cluster,
    /// In a file on this machine.
    Local(SqliteHistory),
    /// Nowhere: an interrupted operation cannot be taken up.
    Nowhere,
}

impl HistoryHome {
    /// The file of that name. Blocks.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn local(file: &Path) -> Result<Self, StoreError> {
        SqliteHistory::open(file).map(Self::Local)
    }

    pub(crate) fn of(&self, cluster: &Arc<dyn Cluster>) -> Option<Arc<dyn History>> {
        match self {
            Self::Cluster => Some(Arc::new(ClusterHistory::new(Arc::clone(cluster)))),
            Self::Local(history) => Some(Arc::new(history.clone())),
            Self::Nowhere => None,
        }
    }
}

/// One application's history, while it is synced.
pub(crate) struct Ledger {
    history: Option<Arc<dyn History>>,
    key: Key,
    limit: usize,
    /// The newest entry.
    last: Option<Entry>,
    /// What an entry of this sync says, but for its end.
    draft: Entry,
    began: SystemTime,
    /// Why there is no history.
    pub(crate) warning: Option<Diagnostic>,
}

impl Ledger {
    /// Reads what was applied last.
    pub(crate) async fn open(
        history: Option<Arc<dyn History>>,
        key: Key,
        application: &Application,
        rendered: &Rendered,
        plugins: &Host,
    ) -> Self {
        let limit = application.revision_history_limit;
        let mut ledger = Self {
            history,
            draft: draft(&key, rendered, plugins),
            key,
            limit: limit.unwrap_or(limits::HISTORY_ENTRIES_DEFAULT),
            last: None,
            began: SystemTime::now(),
            warning: None,
        };
        if ledger.limit == 0 {
            ledger.history = None;
        }
        if let Some(history) = &ledger.history {
            match history.list(&ledger.key).await {
                Ok(entries) => ledger.last = entries.into_iter().next(),
                Err(error) => {
                    ledger.warning = Some(told(&error));
                    ledger.history = None;
                }
            }
        }
        ledger
    }

    /// Which operation a sync is: the same for as long as no end of it is on record, so that one
    /// which was killed is taken up. Without a history, each is its own.
    pub(crate) fn operation(&self) -> Operation {
        if self.history.is_none() {
            return Operation {
                revision: self.draft.revisions.first().cloned().unwrap_or_default(),
                ..unrecorded()
            };
        }
        let number = self.last.as_ref().map_or(0, |entry| entry.id) + 1;
        let digest: String = digits(&self.draft.manifests_digest).collect();
        Operation {
            id: format!("{number}-{digest}"),
            revision: self.draft.revisions.first().cloned().unwrap_or_default(),
            number,
        }
    }

    /// Writes down how a sync ended, if it did anything or anything is new. A history that cannot be
    /// written makes no sync fail: it is told.
    pub(crate) async fn record(&self, report: &mut Report, cluster: &dyn Cluster) {
        let Some(history) = &self.history else { return };
        let failed = report
            .objects
            .iter()
            .find(|row| row.action == Action::Failed);
        let mut entry = Entry {
            outcome: if report.failed() {
                Outcome::Failed
            } else {
                Outcome::Succeeded
            },
            message: failed
                .map(|row| format!("{}: {}", row.object, row.message))
                .unwrap_or_default(),
            ..self.draft.clone()
        };
        let did = |row: &gantry_sync::Row| {
            row.hook
                || matches!(
                    row.action,
                    Action::Created | Action::Configured | Action::Pruned
                )
        };
        let is_news = !self
            .last
            .as_ref()
            .is_some_and(|last| last.is_same_state(&entry));
        if report.dry_run || !(is_news || report.objects.iter().any(did)) {
            return;
        }
        entry.deploy_started_at = rfc3339(self.began);
        entry.deployed_at = rfc3339(SystemTime::now());
        entry.initiated_by.username = who(cluster).await;
        if let Err(error) = history.record(&self.key, entry, self.limit).await {
            report.warnings.push(told(&error));
        }
    }
}

/// An operation that no record tells from others: each is its own.
pub(crate) fn unrecorded() -> Operation {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default();
    Operation {
        id: format!("{:x}", now.as_nanos()),
        revision: String::new(),
        number: now.as_secs(),
    }
}

/// What an entry says before the end is known.
pub(crate) fn draft(key: &Key, rendered: &Rendered, plugins: &Host) -> Entry {
    let sources = &rendered.sources;
    let plugin = |reference: &str| {
        let name = reference.split('@').next().unwrap_or_default().to_owned();
        let digest = plugins.digest_of(reference)?;
        Some(PluginUse {
            name,
            digest: digest.to_string(),
        })
    };
    Entry {
        application: key.application.clone(),
        cluster: key.cluster.clone(),
        namespace: key.namespace.clone(),
        sources: sources
            .iter()
            .map(|s| json!(without_secrets(&s.source)))
            .collect(),
        revisions: sources
            .iter()
            .map(|source| source.revision.clone())
            .collect(),
        plugins: sources
            .iter()
            .map(|source| plugin(&source.renderer))
            .collect(),
        manifests_digest: manifests_digest(rendered.objects()).to_string(),
        objects: rendered.objects().count(),
        initiated_by: InitiatedBy::default(),
        ..Entry::default()
    }
}

fn without_secrets(source: &Source) -> Source {
    Source {
        repo_url: without_password(&source.repo_url),
        ..source.clone()
    }
}

/// Who syncs, as the API server sees it; else the user of this machine.
async fn who(cluster: &dyn Cluster) -> String {
    let known = cluster.identity().await.unwrap_or_default();
    if known.is_empty() {
        std::env::var("USER").unwrap_or_default()
    } else {
        known
    }
}

fn digits(digest: &str) -> impl Iterator<Item = char> {
    let hex = digest.rsplit(':').next().unwrap_or_default();
    hex.chars().take(DIGEST_CHARS)
}

fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

pub(crate) fn told(error: &StoreError) -> Diagnostic {
    Diagnostic::warning("history", format!("the history is not kept: {error}"))
        .help("--history local keeps it on this machine, --history none nowhere")
}
