//! Looking at applications of a control plane.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AppNamespace, OneApp, Patience};
use crate::args::{ChangesFormat, ObjectFormat};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only applications with these labels
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    /// Only applications of these projects
    #[arg(short, long = "project", value_name = "NAME")]
    pub(crate) projects: Vec<String>,
    /// Only applications with a source of this repository
    #[arg(short, long, value_name = "URL")]
    pub(crate) repo: Option<String>,
    /// Only applications of this cluster, by name or URL
    #[arg(short, long, value_name = "NAME")]
    pub(crate) cluster: Option<String>,
    #[command(flatten)]
    pub(crate) namespace: AppNamespace,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ListFormat::Wide)]
    pub(crate) output: ListFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Wide,
    Name,
    Json,
    Yaml,
}

/// Have it looked at first.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct RefreshFlags {
    /// Have the application compared with Git first
    #[arg(long)]
    pub(crate) refresh: bool,
    /// The same, and have it rendered anew
    #[arg(long)]
    pub(crate) hard_refresh: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    #[command(flatten)]
    pub(crate) refresh: RefreshFlags,
    #[command(flatten)]
    pub(crate) patience: Patience,
    /// Also show the last operation
    #[arg(long)]
    pub(crate) show_operation: bool,
    /// Also show the parameters that are set
    #[arg(long)]
    pub(crate) show_params: bool,
    /// With --show-params: of which of several sources, counted from 1 [default: of all]
    #[arg(long, value_name = "N")]
    pub(crate) source_position: Option<usize>,
    /// With --show-params: of which of several sources, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "source_position")]
    pub(crate) source_name: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = StateFormat::Wide)]
    pub(crate) output: StateFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateFormat {
    /// The application and its objects
    Wide,
    /// Its objects and what they own, as they are now
    #[value(alias = "tree=detailed")]
    Tree,
    Json,
    Yaml,
}

#[derive(Debug, Args)]
pub(crate) struct RefreshArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Have it rendered anew, too
    #[arg(long)]
    pub(crate) hard: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = HistoryFormat::Wide)]
    pub(crate) output: HistoryFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryFormat {
    Wide,
    Id,
    Json,
    Yaml,
}

#[derive(Debug, Args)]
pub(crate) struct ResourcesArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ResourcesFormat::Wide)]
    pub(crate) output: ResourcesFormat,
    /// Only what is in its namespace and belongs to no application, where its project has orphanedResources
    #[arg(long)]
    pub(crate) orphaned: bool,
    /// Refuse it unless the application is in this project
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResourcesFormat {
    /// All objects, those that others own among them
    Wide,
    /// Each below its owner
    #[value(alias = "tree=detailed")]
    Tree,
    Json,
    Yaml,
}

/// Other revisions than the application's.
#[derive(Debug, Default, Args)]
pub(crate) struct RevisionFlags {
    /// Take this revision instead of spec.source.targetRevision
    #[arg(long, value_name = "REVISION", conflicts_with = "revisions")]
    pub(crate) revision: Option<String>,
    /// Take these revisions of some sources: those of --source-positions or --source-names, in their order
    #[arg(long, value_name = "REVISION", value_delimiter = ',')]
    pub(crate) revisions: Vec<String>,
    /// Which sources --revisions are for, counted from 1
    #[arg(long, value_name = "N", value_delimiter = ',', requires = "revisions")]
    pub(crate) source_positions: Vec<usize>,
    /// Which sources --revisions are for, by their names
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        requires = "revisions",
        conflicts_with = "source_positions"
    )]
    pub(crate) source_names: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    #[command(flatten)]
    pub(crate) refresh: RefreshFlags,
    #[command(flatten)]
    pub(crate) patience: Patience,
    #[command(flatten)]
    pub(crate) revisions: RevisionFlags,
    /// Compare with a directory of this machine instead of the repository
    #[arg(long, value_name = "DIR")]
    pub(crate) local: Option<PathBuf>,
    /// With --local: the directory that stands for the repository's root [default: the Git work tree around
    /// DIR, else DIR]
    #[arg(long, value_name = "DIR", requires = "local")]
    pub(crate) local_repo_root: Option<PathBuf>,
    /// With --local: only files whose names fit, in whatever directory [default: all]
    #[arg(long = "local-include", value_name = "GLOB", requires = "local")]
    pub(crate) local_includes: Vec<String>,
    /// Render with the renderers of a control plane, which is always so
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide = true)]
    pub(crate) server_side_generate: Option<bool>,
    /// Ask the API server what an apply would make of each object, by dry run; `false` compares without it
    /// [default: true, unless the annotation compare-options has ServerSideDiff=false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) server_side_diff: Option<bool>,
    /// End with the exit code of --diff-exit-code when there are differences; with `false`, with 0
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value_t = true,
        default_missing_value = "true",
        action = clap::ArgAction::Set
    )]
    pub(crate) exit_code: bool,
    /// The exit code when there are differences
    #[arg(long, value_name = "CODE", default_value_t = 1)]
    pub(crate) diff_exit_code: u8,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ChangesFormat::Text)]
    pub(crate) output: ChangesFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ManifestsOf {
    /// As they are rendered
    Git,
    /// As they are in the cluster
    Live,
}

#[derive(Debug, Args)]
pub(crate) struct ManifestsArgs {
    #[command(flatten)]
    pub(crate) app: OneApp,
    /// Which objects
    #[arg(long, value_enum, default_value_t = ManifestsOf::Git)]
    pub(crate) source: ManifestsOf,
    #[command(flatten)]
    pub(crate) revisions: RevisionFlags,
    /// Render a directory of this machine instead of the repository
    #[arg(long, value_name = "DIR")]
    pub(crate) local: Option<PathBuf>,
    /// With --local: the directory that stands for the repository's root [default: the Git work tree around
    /// DIR, else DIR]
    #[arg(long, value_name = "DIR", requires = "local")]
    pub(crate) local_repo_root: Option<PathBuf>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ObjectFormat::Yaml)]
    pub(crate) output: ObjectFormat,
}
