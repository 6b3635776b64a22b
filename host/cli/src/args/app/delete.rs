//! Deleting applications of a control plane.

use clap::{Args, ValueEnum};

use super::{OneApp, Patience, SomeApps};

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    pub(crate) apps: SomeApps,
    /// Delete the application's objects too
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value_t = true,
        default_missing_value = "true",
        action = clap::ArgAction::Set
    )]
    pub(crate) cascade: bool,
    /// What happens to what the objects own: foreground (goes first), background (goes later)
    /// [default: as the finalizer says that is there, else foreground]
    #[arg(short, long, value_name = "POLICY", value_enum)]
    pub(crate) propagation_policy: Option<PropagationPolicy>,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Wait until the applications are gone
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PropagationPolicy {
    Foreground,
    Background,
}

#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
}
