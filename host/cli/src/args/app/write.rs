//! Making and changing applications of a control plane.

use clap::{Arg, Args, ValueEnum};

use super::fields::POLICY;
use super::{AppNamespace, FieldArgs, OfSource, OneApp, PolicyFields};

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The application's name: NAME, or NAMESPACE/NAME [default: as the file has it]
    #[arg(value_name = "APPNAME", required_unless_present_any = ["file", "own_name"])]
    pub(crate) name: Option<String>,
    /// The application's name, in the place of the one that the file has
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) own_name: Option<String>,
    #[command(flatten)]
    pub(crate) namespace: AppNamespace,
    /// Manifests of applications: a file, an http(s) URL, or `-` for standard input. Flags change what it says
    #[arg(short, long, value_name = "FILE|URL|-")]
    pub(crate) file: Option<String>,
    /// Change an application that is there already and differs
    #[arg(long)]
    pub(crate) upsert: bool,
    /// Label of the application
    #[arg(short, long = "label", value_name = "KEY=VALUE")]
    pub(crate) labels: Vec<String>,
    /// Annotation of the application
    #[arg(long = "annotations", alias = "annotation", value_name = "KEY=VALUE")]
    pub(crate) annotations: Vec<String>,
    /// Have the application's objects deleted with it, whoever deletes it
    #[arg(long)]
    pub(crate) set_finalizer: bool,
    #[command(flatten)]
    pub(crate) fields: FieldArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Which of the sources, counted from 1
    #[arg(long, value_name = "N")]
    pub(crate) source_position: Option<usize>,
    #[command(flatten)]
    pub(crate) fields: FieldArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UnsetArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Which of the sources, counted from 1
    #[arg(long, value_name = "N")]
    pub(crate) source_position: Option<usize>,
    #[command(flatten)]
    pub(crate) fields: UnsetFields,
}

/// What is taken away.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct UnsetFields {
    /// Helm parameter, by its name
    #[arg(short, long = "parameter", value_name = "NAME")]
    pub(crate) parameters: Vec<String>,
    /// Helm values file
    #[arg(long, value_name = "FILE")]
    pub(crate) values: Vec<String>,
    /// The Helm values that stand in the application
    #[arg(long)]
    pub(crate) values_literal: bool,
    /// helm.ignoreMissingValueFiles
    #[arg(long)]
    pub(crate) ignore_missing_value_files: bool,
    /// helm.passCredentials
    #[arg(long)]
    pub(crate) pass_credentials: bool,
    /// kustomize.namePrefix
    #[arg(long = "nameprefix")]
    pub(crate) name_prefix: bool,
    /// kustomize.nameSuffix
    #[arg(long = "namesuffix")]
    pub(crate) name_suffix: bool,
    /// kustomize.version
    #[arg(long)]
    pub(crate) kustomize_version: bool,
    /// kustomize.namespace
    #[arg(long)]
    pub(crate) kustomize_namespace: bool,
    /// Image of kustomize, by its name
    #[arg(long = "kustomize-image", value_name = "NAME")]
    pub(crate) kustomize_images: Vec<String>,
    /// Replicas of kustomize, by their name
    #[arg(long = "kustomize-replica", value_name = "NAME")]
    pub(crate) kustomize_replicas: Vec<String>,
    /// kustomize.ignoreMissingComponents
    #[arg(long)]
    pub(crate) ignore_missing_components: bool,
    /// Environment entry of the plugin, by its name
    #[arg(long = "plugin-env", value_name = "NAME")]
    pub(crate) plugin_envs: Vec<String>,
    /// The name by which other sources use this one
    #[arg(long = "ref")]
    pub(crate) reference: bool,
}

#[derive(Debug, Args)]
#[command(mut_args(without_policy))]
pub(crate) struct AddSourceArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Fetch and render it first: what is wrong is told now, and nothing is written [default: true]
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) validate: Option<bool>,
    #[command(flatten)]
    pub(crate) source: OfSource,
    /// What `argocd` takes here too, and does not look at.
    #[command(flatten)]
    pub(crate) unheeded: PolicyFields,
}

/// Keeps the flags that have no effect with a source out of the help.
fn without_policy(arg: Arg) -> Arg {
    match arg.get_help_heading() {
        Some(POLICY) => arg.hide(true),
        _ => arg,
    }
}

#[derive(Debug, Args)]
pub(crate) struct RemoveSourceArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Which of the sources, counted from 1
    #[arg(long, value_name = "N", required_unless_present = "source_name")]
    pub(crate) source_position: Option<usize>,
    /// Which of the sources, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "source_position")]
    pub(crate) source_name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PatchArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// The patch, as JSON or YAML
    #[arg(long, value_name = "PATCH")]
    pub(crate) patch: String,
    /// What the patch is written in
    #[arg(long = "type", value_enum, default_value_t = PatchType::Json)]
    pub(crate) kind: PatchType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PatchType {
    /// A list of operations (RFC 6902)
    Json,
    /// A merge patch (RFC 7396)
    Merge,
}

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
}
