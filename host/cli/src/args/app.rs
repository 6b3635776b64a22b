//! `gantry app`: applications that a control plane keeps, with the words of `argocd app`.

mod delete;
mod fields;
mod logs;
mod look;
mod objects;
mod sync;
mod write;

use clap::{Args, Subcommand};

use super::HomeArgs;

pub(crate) use delete::{ConfirmArgs, DeleteArgs, PropagationPolicy};
pub(crate) use fields::{
    DirectoryFields, FieldArgs, HelmFields, KustomizeFields, OfSource, PluginFields, PolicyFields,
    SourceFields, SyncPolicyKind,
};
pub(crate) use logs::LogsArgs;
pub(crate) use look::{
    DiffArgs, GetArgs, HistoryArgs, HistoryFormat, ListArgs, ListFormat, ManifestsArgs,
    ManifestsOf, RefreshArgs, RefreshFlags, ResourcesArgs, ResourcesFormat, RevisionFlags,
    StateFormat,
};
pub(crate) use objects::{
    ActionsCommand, ActionsFormat, DeleteResourceArgs, FieldsFormat, GetResourceArgs,
    ListActionsArgs, ObjectFlags, ObjectPatchType, PatchResourceArgs, RunActionArgs,
};
pub(crate) use sync::{RetryFlags, RollbackArgs, Strategy, SyncArgs, TerminateArgs, WaitArgs};
pub(crate) use write::{
    AddSourceArgs, CreateArgs, EditArgs, PatchArgs, PatchType, RemoveSourceArgs, SetArgs,
    UnsetArgs, UnsetFields,
};

/// `gantry app`.
#[derive(Debug, Args)]
pub(crate) struct AppArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    #[command(subcommand)]
    pub(crate) command: AppCommand,
}

/// What is done with applications of a control plane.
#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// List applications
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show one application: what it is, how it is, and its objects
    ///
    /// Exit codes: 0 shown, whatever the state; 1 a refresh that was asked for did not end in time; 2 an
    /// error.
    Get(GetArgs),
    /// Make an application, from flags or from a manifest
    ///
    /// Exit codes: 0 it is there as asked; 2 an error, with file and line where it comes from a file.
    Create(CreateArgs),
    /// Change fields of an application
    Set(SetArgs),
    /// Take parameters of an application away
    Unset(UnsetArgs),
    /// Change an application by a JSON patch or a merge patch
    Patch(PatchArgs),
    /// Edit an application in $VISUAL or $EDITOR
    Edit(EditArgs),
    /// Sync applications, and wait until that has ended
    ///
    /// Exit codes: 0 all synced; 1 a sync failed, left objects that are to be pruned, or did not end in
    /// time; 2 one was not begun.
    Sync(SyncArgs),
    /// Wait until applications are as they should be
    ///
    /// Waits for sync, health and operation where none of them is named. Exit codes: 0 they are; 1 not in
    /// time, or one became degraded; 2 an error.
    Wait(WaitArgs),
    /// Show what a sync would change
    ///
    /// Exit codes: 0 no difference; 1 differences, or what --diff-exit-code says; 2 an error.
    Diff(DiffArgs),
    /// Show what was deployed, and when
    History(HistoryArgs),
    /// Go back to what was deployed before
    ///
    /// Exit codes as those of `app sync`.
    Rollback(RollbackArgs),
    /// Have an application looked at now
    ///
    /// Exit codes: 0 done; 1 not done in time; 2 an error.
    Refresh(RefreshArgs),
    /// End the operation that runs
    TerminateOp(TerminateArgs),
    /// Delete applications, with all their objects
    ///
    /// Exit codes: 0 asked for, with --wait gone; 1 not gone in time; 2 an error.
    Delete(DeleteArgs),
    /// Confirm what waits for it: objects with `Prune=confirm` and `Delete=confirm` may go
    ConfirmDeletion(ConfirmArgs),
    /// Print the logs of an application's pods
    Logs(LogsArgs),
    /// List the objects of an application, and what they own
    Resources(ResourcesArgs),
    /// Print the objects of an application, as they are rendered or as they are
    Manifests(ManifestsArgs),
    /// Add a source to an application with several
    AddSource(AddSourceArgs),
    /// Take a source away from an application with several
    RemoveSource(RemoveSourceArgs),
    /// Show live objects of an application, and of what they own, field by field
    GetResource(GetResourceArgs),
    /// Change a live object of an application
    PatchResource(PatchResourceArgs),
    /// Delete a live object of an application
    DeleteResource(DeleteResourceArgs),
    /// What else can be done with live objects: restart, scale, suspend, and so on
    #[command(subcommand)]
    Actions(ActionsCommand),
}

/// One application.
#[derive(Debug, Clone, Args)]
pub(crate) struct OneApp {
    /// The application: NAME, or NAMESPACE/NAME
    #[arg(value_name = "APPNAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) namespace: AppNamespace,
}

/// One or more applications, by name or by label.
#[derive(Debug, Clone, Args)]
pub(crate) struct SomeApps {
    /// The applications: NAME, or NAMESPACE/NAME
    #[arg(value_name = "APPNAME")]
    pub(crate) names: Vec<String>,
    /// Applications with these labels: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`
    #[arg(short = 'l', long, value_name = "SELECTOR", conflicts_with = "names")]
    pub(crate) selector: Option<String>,
    #[command(flatten)]
    pub(crate) namespace: AppNamespace,
}

/// Where an application's manifest lies.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AppNamespace {
    /// Namespace of the application itself [default: the control plane's]
    #[arg(short = 'N', long = "app-namespace", value_name = "NAMESPACE")]
    pub(crate) app_namespace: Option<String>,
}

/// How long to wait, as Argo CD's commands have it.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Patience {
    /// Wait no longer than so many seconds, or 90s, 5m, 1h; 0 waits without end
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    pub(crate) timeout: std::time::Duration,
}

fn seconds(text: &str) -> Result<std::time::Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(std::time::Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}
