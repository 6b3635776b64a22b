//! Single objects of an application of a control plane.

use clap::{Args, Subcommand, ValueEnum};

use super::OneApp;

/// Which of an application's own objects.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ObjectFlags {
    /// API group of the objects; `""` is the core group [default: any]
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    /// Namespace of the objects [default: any]
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Name of the object [default: any]
    #[arg(long, value_name = "NAME")]
    pub(crate) resource_name: Option<String>,
    /// Refuse it unless the application is in this project
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GetResourceArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Kind of the objects
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: String,
    #[command(flatten)]
    pub(crate) object: ObjectFlags,
    /// Only these fields, as `spec.replicas`; of a list, those of all its members
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub(crate) filter_fields: Vec<String>,
    /// Also metadata.managedFields
    #[arg(long)]
    pub(crate) show_managed_fields: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = FieldsFormat::Wide)]
    pub(crate) output: FieldsFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FieldsFormat {
    /// A line for each field
    Wide,
    Json,
    Yaml,
}

#[derive(Debug, Args)]
pub(crate) struct PatchResourceArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// The patch, as JSON or YAML
    #[arg(long, value_name = "PATCH")]
    pub(crate) patch: String,
    /// What the patch is written in
    #[arg(long, value_enum, default_value_t = ObjectPatchType::Merge)]
    pub(crate) patch_type: ObjectPatchType,
    /// Kind of the objects
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: String,
    #[command(flatten)]
    pub(crate) object: ObjectFlags,
    /// All that fit, where several do
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ObjectPatchType {
    /// A list of operations (RFC 6902)
    #[value(name = "application/json-patch+json", alias = "json")]
    Json,
    /// A merge patch (RFC 7396)
    #[value(name = "application/merge-patch+json", alias = "merge")]
    Merge,
    /// A strategic merge patch, for built-in kinds
    #[value(name = "application/strategic-merge-patch+json", alias = "strategic")]
    Strategic,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteResourceArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Kind of the objects
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: String,
    #[command(flatten)]
    pub(crate) object: ObjectFlags,
    /// All that fit, where several do
    #[arg(long)]
    pub(crate) all: bool,
    /// Give them no time to end by themselves
    #[arg(long)]
    pub(crate) force: bool,
    /// Leave what they own
    #[arg(long)]
    pub(crate) orphan: bool,
}

/// `gantry app actions`.
#[derive(Debug, Subcommand)]
pub(crate) enum ActionsCommand {
    /// List what can be done with an application's objects
    List(ListActionsArgs),
    /// Run an action on objects
    Run(RunActionArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListActionsArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Kind of the objects
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    #[command(flatten)]
    pub(crate) object: ObjectFlags,
    /// Output format
    #[arg(short, long = "out", alias = "output", value_enum, default_value_t = ActionsFormat::Table)]
    pub(crate) output: ActionsFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActionsFormat {
    Table,
    Json,
    Yaml,
}

#[derive(Debug, Args)]
pub(crate) struct RunActionArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// The action, as `app actions list` names it
    #[arg(value_name = "ACTION")]
    pub(crate) action: String,
    /// Kind of the objects
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: String,
    #[command(flatten)]
    pub(crate) object: ObjectFlags,
    /// All that fit, where several do
    #[arg(long)]
    pub(crate) all: bool,
    /// What the action must be told, as replicas=3
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
}
