//! Back to what was applied before.

use gantry_model::Diagnostic;
use gantry_model::application::{Application, Source};
use gantry_model::without_password;
use gantry_store::{Entry, Outcome};
use serde::Deserialize;

use crate::engine::{Engine, Prepared};
use crate::error::AppError;

impl Engine {
    /// What was applied of an application, the newest first.
    ///
    /// # Errors
    /// When its history cannot be read, or there is none.
    pub async fn history(&self, application: &Application) -> Result<Vec<Entry>, AppError> {
        let (history, key) = self.history_of(application)?;
        let Some(history) = history else {
            let message = "no history is kept (--history none)";
            return Err(Diagnostic::error("no-history", message).into());
        };
        let entries = history.list(&key).await;
        entries.map_err(|error| AppError::History(error.to_string()))
    }

    /// An application as an entry of its history has it: the one of that number, else the last that
    /// succeeded before the newest.
    ///
    /// # Errors
    /// When there is no such entry, or the application is synced by itself.
    pub async fn rolled_back(
        &self,
        application: &Application,
        id: Option<u64>,
    ) -> Result<(Application, Entry), AppError> {
        if application.sync_policy.automated.is_some() {
            let message = "rollback cannot be initiated when auto-sync is enabled";
            return Err(Diagnostic::error("auto-sync", message)
                .field("spec.syncPolicy.automated")
                .help("take the block out of the manifest first")
                .into());
        }
        let entries = self.history(application).await?;
        let entry = choose(&entries, id)?;
        let mut back = application.clone();
        back.sources = sources(application, entry)?;
        Ok((back, entry.clone()))
    }

    /// What is not as it was when the entry was written.
    pub fn differs_from(&self, prepared: &Prepared, entry: &Entry) -> Vec<Diagnostic> {
        let now = self.draft_of(prepared);
        let mut warnings = Vec::new();
        for (then, now) in entry.plugins.iter().zip(&now.plugins) {
            let (Some(then), Some(now)) = (then, now) else {
                continue;
            };
            if then.digest != now.digest {
                let message = format!(
                    "plugin {} is {} now and was {} then",
                    now.name, now.digest, then.digest
                );
                warnings.push(Diagnostic::warning("rollback", message));
            }
        }
        if entry.manifests_digest != now.manifests_digest {
            let message = "the same sources render to other objects than they did then";
            let help = "compare with `gantry diff`, or use the same plugins, cluster and settings";
            warnings.push(Diagnostic::warning("rollback", message).help(help));
        }
        warnings
    }
}

fn choose(entries: &[Entry], id: Option<u64>) -> Result<&Entry, AppError> {
    let found = match id {
        Some(id) => entries.iter().find(|entry| entry.id == id),
        None => entries
            .iter()
            .skip(1)
            .find(|entry| entry.outcome == Outcome::Succeeded),
    };
    found.ok_or_else(|| {
        let known: Vec<String> = entries.iter().map(|entry| entry.id.to_string()).collect();
        let message = match id {
            Some(id) => format!("the history has no entry {id}"),
            None => "the history has no earlier entry that succeeded".to_owned(),
        };
        let known = if known.is_empty() {
            "it is empty".to_owned()
        } else {
            format!("it has {}", known.join(", "))
        };
        Diagnostic::error("no-entry", message)
            .help(format!("{known}; see `gantry history`"))
            .into()
    })
}

/// The sources of an entry, at the revisions that they had.
fn sources(application: &Application, entry: &Entry) -> Result<Vec<Source>, AppError> {
    let recorded = entry.sources.iter().zip(&entry.revisions).enumerate();
    let read = recorded.map(|(index, (value, revision))| {
        let source = Source::deserialize(value);
        let source = source.map_err(|error| AppError::History(error.to_string()))?;
        // The password, if the manifest's URL holds one, is not in the history.
        let is_same = |own: &&Source| without_password(&own.repo_url) == source.repo_url;
        let repo_url = application
            .sources
            .iter()
            .find(is_same)
            .map(|own| own.repo_url.clone());
        Ok(Source {
            field: format!("spec.sources[{index}]"),
            repo_url: repo_url.unwrap_or_else(|| source.repo_url.clone()),
            target_revision: revision.clone(),
            tag_prefix: String::new(),
            ..source
        })
    });
    read.collect()
}
