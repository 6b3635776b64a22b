//! How to sync, forwards and back.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Format, Inputs, PlaneArgs, RetryArgs};

/// What `sync` and `rollback` have in common.
#[derive(Debug, Args)]
pub(crate) struct SyncFlags {
    /// Ask the API servers what would happen, change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Delete objects of the application that are no longer in Git
    #[arg(long)]
    pub(crate) prune: bool,
    /// Delete also what the sync option Prune=confirm protects
    #[arg(long, requires = "prune")]
    pub(crate) confirm_prune: bool,
    /// Take over fields that other field managers own
    #[arg(long)]
    pub(crate) force_conflicts: bool,
    /// Make the fields of another field manager ours, so that what goes from Git goes from the cluster:
    /// kubectl-client-side-apply, helm, argocd-controller …, or `all` for those that apply from files
    #[arg(long, value_name = "MANAGER", value_delimiter = ',')]
    pub(crate) take_over: Vec<String>,
    /// Leave objects alone that differ only in what is ignored
    #[arg(long)]
    pub(crate) apply_out_of_sync_only: bool,
    /// Replace objects as a whole instead of applying them, as `kubectl replace`
    #[arg(long)]
    pub(crate) replace: bool,
    /// Delete objects and make them anew where they cannot be changed
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) retry: RetryArgs,
    /// Do not wait for health
    #[arg(long = "async")]
    pub(crate) no_wait: bool,
    /// Time for each application to be synced and healthy, as 90s, 5m, 1h
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// Application manifest, with the Secrets and the project that the file holds
    #[arg(short, long = "filename", value_name = "FILE")]
    pub(crate) filename: PathBuf,
    /// The application, where the file holds several
    #[arg(long = "app", value_name = "NAME")]
    pub(crate) app: Option<String>,
    #[command(flatten)]
    pub(crate) plane: PlaneArgs,
    /// Entry of the history [default: the last that succeeded before the newest]
    #[arg(value_name = "ID")]
    pub(crate) id: Option<u64>,
    #[command(flatten)]
    pub(crate) flags: SyncFlags,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}
