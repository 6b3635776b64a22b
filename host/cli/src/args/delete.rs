//! Deleting and looking at applications.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Format, Inputs};

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// What happens to the objects and their dependents: foreground (dependents first), background
    /// (dependents later), orphan (dependents stay), false (all stays as it is, no hook runs)
    /// [default: the manifest's resources-finalizer.argocd.argoproj.io/background, else foreground]
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        require_equals = true,
        num_args = 0..=1,
        default_missing_value = "true",
        conflicts_with = "propagation_policy"
    )]
    pub(crate) cascade: Option<Cascade>,
    /// The same, by Argo CD's name
    #[arg(short, long, value_name = "POLICY", value_enum)]
    pub(crate) propagation_policy: Option<Policy>,
    /// Ask the API servers what would happen, change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Delete also what the sync option Delete=confirm protects
    #[arg(long)]
    pub(crate) confirm_delete: bool,
    /// Neither render nor run PreDelete and PostDelete hooks: for sources that cannot be had any more
    #[arg(long)]
    pub(crate) without_hooks: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Time for each application to be gone, as 90s, 5m, 1h
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cascade {
    True,
    Foreground,
    Background,
    Orphan,
    False,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    Foreground,
    Background,
    Orphan,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = StateFormat::Table)]
    pub(crate) output: StateFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateFormat {
    /// The application and its objects
    Table,
    /// Its objects and what they own
    Tree,
    Json,
    Yaml,
}
