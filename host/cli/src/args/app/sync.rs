//! Operations on applications of a control plane, and waiting for them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use gantry_model::application::go_duration;

use super::look::RevisionFlags;
use super::{OneApp, Patience, SomeApps, StateFormat};

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) apps: SomeApps,
    /// All applications of these projects
    #[arg(long = "project", value_name = "NAME", conflicts_with = "names")]
    pub(crate) projects: Vec<String>,
    /// Ask the API server what would happen, change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Delete objects of the application that are no longer in Git
    #[arg(long)]
    pub(crate) prune: bool,
    #[command(flatten)]
    pub(crate) revisions: RevisionFlags,
    /// Render a directory of this machine and sync that, instead of the repository
    #[arg(long, value_name = "DIR", conflicts_with_all = ["revision", "revisions"])]
    pub(crate) local: Option<PathBuf>,
    /// With --local: the directory that stands for the repository's root [default: the Git work tree around
    /// DIR, else DIR]
    #[arg(long, value_name = "DIR", requires = "local")]
    pub(crate) local_repo_root: Option<PathBuf>,
    /// Only these objects, as GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME, parts of which may be blank or
    /// have `*`; with a leading `!` all but these. Hooks do not run then
    #[arg(long = "resource", value_name = "[!]GROUP:KIND:NAME")]
    pub(crate) resources: Vec<String>,
    /// Only objects with this label, as they are rendered. Hooks do not run then
    #[arg(long = "label", value_name = "KEY=VALUE")]
    pub(crate) labels: Vec<String>,
    /// Whether hooks run: hook (with them), apply (without) [default: hook]
    #[arg(long, value_enum)]
    pub(crate) strategy: Option<Strategy>,
    /// Delete objects and make them anew where they cannot be changed
    #[arg(long)]
    pub(crate) force: bool,
    /// Replace objects as a whole instead of applying them
    #[arg(long)]
    pub(crate) replace: bool,
    /// Take over fields of other field managers: the sync option ServerSideApply=true
    #[arg(long)]
    pub(crate) server_side: bool,
    /// Leave objects alone that differ only in what is ignored
    #[arg(long)]
    pub(crate) apply_out_of_sync_only: bool,
    #[command(flatten)]
    pub(crate) retry: RetryFlags,
    /// A note that is kept with the operation
    #[arg(long = "info", value_name = "NAME=VALUE")]
    pub(crate) infos: Vec<String>,
    /// Do not wait for the end
    #[arg(long = "async")]
    pub(crate) no_wait: bool,
    /// Show what would change, and ask before it is done
    #[arg(long)]
    pub(crate) preview_changes: bool,
    /// Do not ask after --preview-changes
    #[arg(long = "assumeYes", alias = "assume-yes", requires = "preview_changes")]
    pub(crate) assume_yes: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = StateFormat::Wide)]
    pub(crate) output: StateFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    #[default]
    Hook,
    Apply,
}

/// How often a sync that failed is tried again.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct RetryFlags {
    /// Try a sync that failed again so many times; below 0 without end
    /// [default: spec.syncPolicy.retry]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) retry_limit: Option<i64>,
    /// Pause before the first retry [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "retry_limit")]
    pub(crate) retry_backoff_duration: Option<Duration>,
    /// How many times as long each pause is as the one before [default: 2]
    #[arg(long, value_name = "N", requires = "retry_limit")]
    pub(crate) retry_backoff_factor: Option<u32>,
    /// No pause is longer [default: 3m]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "retry_limit")]
    pub(crate) retry_backoff_max_duration: Option<Duration>,
    /// With each retry take the newest commit of the revision
    #[arg(long, requires = "retry_limit")]
    pub(crate) retry_refresh: bool,
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    go_duration(text).ok_or_else(|| "a duration is 30s, 1m30s or a number of seconds".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Entry of the history [default: the one before the newest]
    #[arg(value_name = "ID")]
    pub(crate) id: Option<i64>,
    /// Delete objects of the application that the entry does not have
    #[arg(long)]
    pub(crate) prune: bool,
    /// Ask the API server what would happen, change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = StateFormat::Wide)]
    pub(crate) output: StateFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TerminateArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
}

#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    #[command(flatten)]
    pub(crate) apps: SomeApps,
    /// Until they are synced
    #[arg(long)]
    pub(crate) sync: bool,
    /// Until they are healthy
    #[arg(long)]
    pub(crate) health: bool,
    /// Until no operation runs
    #[arg(long)]
    pub(crate) operation: bool,
    /// Until they are suspended
    #[arg(long)]
    pub(crate) suspended: bool,
    /// Until they are degraded
    #[arg(long)]
    pub(crate) degraded: bool,
    /// Until they are gone
    #[arg(long)]
    pub(crate) delete: bool,
    /// Only wait for these objects, as in `app sync`
    #[arg(long = "resource", value_name = "[!]GROUP:KIND:NAME")]
    pub(crate) resources: Vec<String>,
    #[command(flatten)]
    pub(crate) patience: Patience,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = StateFormat::Wide)]
    pub(crate) output: StateFormat,
}
