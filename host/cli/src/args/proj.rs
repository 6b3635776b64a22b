//! `gantry proj`: the projects of a control plane.

mod role;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::HomeArgs;

pub(crate) use role::{GroupArgs, NewToken, PolicyArgs, RoleArgs, RoleCommand};

#[derive(Debug, Args)]
pub(crate) struct ProjArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    #[command(subcommand)]
    pub(crate) command: ProjCommand,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    #[value(alias = "wide")]
    Table,
    Json,
    Yaml,
    Name,
}

/// Which of the two lists of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListType {
    Allow,
    Deny,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProjCommand {
    /// List projects
    List {
        /// Format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Show one project
    Get {
        project: String,
        /// Format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Create a project
    Create(NewProject),
    /// Change fields of a project; a list takes the place of the one that is there
    Set {
        project: String,
        #[command(flatten)]
        fields: ProjectFields,
    },
    /// Edit a project in $VISUAL or $EDITOR
    Edit { project: String },
    /// Delete projects that no application belongs to
    Delete {
        #[arg(required = true, value_name = "PROJECT")]
        projects: Vec<String>,
    },
    /// Permit a repository; `*` stands for all, `!` before a pattern denies
    AddSource { project: String, url: String },
    /// Take a repository's rule away
    RemoveSource { project: String, url: String },
    /// Let applications live in a namespace
    AddSourceNamespace { project: String, namespace: String },
    /// No longer let them live there
    RemoveSourceNamespace { project: String, namespace: String },
    /// Permit a destination
    AddDestination {
        project: String,
        /// Server, or name with --name
        server: String,
        namespace: String,
        /// The cluster is given by its name
        #[arg(long)]
        name: bool,
    },
    /// Take a destination's rule away
    RemoveDestination {
        project: String,
        /// Server or name
        server: String,
        namespace: String,
    },
    /// Permit a cluster-scoped kind
    AllowClusterResource(KindArgs),
    /// No longer permit a cluster-scoped kind
    DenyClusterResource(KindArgs),
    /// Permit a namespaced kind
    AllowNamespaceResource(KindArgs),
    /// No longer permit a namespaced kind
    DenyNamespaceResource(KindArgs),
    /// Never call objects of a kind orphaned
    AddOrphanedIgnore(OrphanArgs),
    /// Call them orphaned again
    RemoveOrphanedIgnore(OrphanArgs),
    /// Roles of a project, and their tokens
    #[command(subcommand)]
    Role(RoleCommand),
    /// Sync windows of a project
    #[command(subcommand)]
    Windows(WindowsCommand),
}

#[derive(Debug, Args)]
pub(crate) struct NewProject {
    /// Name; not with --file
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub(crate) project: Option<String>,
    /// Manifest of the project
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) fields: ProjectFields,
    /// Replace one of that name
    #[arg(long)]
    pub(crate) upsert: bool,
}

/// What a project says.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct ProjectFields {
    /// Description
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Permitted destination
    #[arg(short, long, value_name = "SERVER,NAMESPACE")]
    pub(crate) dest: Vec<String>,
    /// Permitted repository
    #[arg(short, long, value_name = "URL")]
    pub(crate) src: Vec<String>,
    /// Namespace that applications may live in
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub(crate) source_namespaces: Vec<String>,
    /// Permitted cluster-scoped kind
    #[arg(long, value_name = "[GROUP/]KIND")]
    pub(crate) allow_cluster_resource: Vec<String>,
    /// Forbidden cluster-scoped kind
    #[arg(long, value_name = "[GROUP/]KIND")]
    pub(crate) deny_cluster_resource: Vec<String>,
    /// Permitted namespaced kind
    #[arg(long, value_name = "[GROUP/]KIND")]
    pub(crate) allow_namespaced_resource: Vec<String>,
    /// Forbidden namespaced kind
    #[arg(long, value_name = "[GROUP/]KIND")]
    pub(crate) deny_namespaced_resource: Vec<String>,
    /// Look for orphaned objects
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) orphaned_resources: Option<bool>,
    /// Warn of them in a condition of the applications
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) orphaned_resources_warn: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct OrphanArgs {
    pub(crate) project: String,
    /// API group; empty for core kinds
    pub(crate) group: String,
    pub(crate) kind: String,
    /// Only objects whose names fit this pattern
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "PATTERN"
    )]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct KindArgs {
    pub(crate) project: String,
    /// API group; empty for core kinds
    pub(crate) group: String,
    pub(crate) kind: String,
    /// Which list is changed [default: allow for cluster-scoped kinds, deny for namespaced ones]
    #[arg(short, long, value_enum)]
    pub(crate) list: Option<ListType>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WindowsCommand {
    /// List the windows of a project
    List {
        project: String,
        /// Format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Add a window
    Add(NewWindow),
    /// Change a window by its number in the list
    Update(ChangedWindow),
    /// Delete a window by its number in the list
    Delete { project: String, id: usize },
    /// Let people sync in spite of a window
    EnableManualSync { project: String, id: usize },
    /// No longer let them
    DisableManualSync { project: String, id: usize },
}

#[derive(Debug, Args)]
pub(crate) struct NewWindow {
    pub(crate) project: String,
    /// `allow` or `deny`
    #[arg(short, long)]
    pub(crate) kind: ListType,
    /// When it opens: five cron fields, or a name such as @daily
    #[arg(long, value_name = "CRON")]
    pub(crate) schedule: String,
    /// How long it stays open, such as 1h30m
    #[arg(long)]
    pub(crate) duration: String,
    #[command(flatten)]
    pub(crate) about: About,
    /// Let people sync even so
    #[arg(long)]
    pub(crate) manual_sync: bool,
    /// Time zone of the schedule
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub(crate) time_zone: String,
    /// Applications must fit all lists, not any
    #[arg(long)]
    pub(crate) use_and_operator: bool,
    /// Let a sync go on that began when it might
    #[arg(long)]
    pub(crate) sync_overrun: bool,
    /// Description
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) description: String,
}

/// Which applications a window is about.
#[derive(Debug, Args)]
pub(crate) struct About {
    /// Applications, with wildcards
    #[arg(long, value_delimiter = ',', value_name = "PATTERN")]
    pub(crate) applications: Vec<String>,
    /// Namespaces of destinations, with wildcards
    #[arg(long, value_delimiter = ',', value_name = "PATTERN")]
    pub(crate) namespaces: Vec<String>,
    /// Clusters by name or server, with wildcards
    #[arg(long, value_delimiter = ',', value_name = "PATTERN")]
    pub(crate) clusters: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ChangedWindow {
    pub(crate) project: String,
    pub(crate) id: usize,
    /// When it opens: five cron fields, or a name such as @daily
    #[arg(long, value_name = "CRON")]
    pub(crate) schedule: Option<String>,
    /// How long it stays open, such as 1h30m
    #[arg(long)]
    pub(crate) duration: Option<String>,
    #[command(flatten)]
    pub(crate) about: About,
    /// Time zone of the schedule
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Description
    #[arg(long)]
    pub(crate) description: Option<String>,
}
