//! `gantry proj`: the projects of a control plane.

mod role;
mod trust;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::HomeArgs;

pub(crate) use role::{GroupArgs, NewToken, PolicyArgs, RoleArgs, RoleCommand};
pub(crate) use trust::{ServiceAccountArgs, TrustCommand};

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
        /// Output format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Show one project
    Get {
        /// Name of the project
        project: String,
        /// Output format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Create a project
    Create(NewProject),
    /// Change fields of a project; a list takes the place of the one that is there
    Set {
        /// Name of the project
        project: String,
        #[command(flatten)]
        fields: ProjectFields,
    },
    /// Edit a project in $VISUAL or $EDITOR
    Edit {
        /// Name of the project
        project: String,
    },
    /// Delete projects that no application belongs to
    Delete {
        #[arg(required = true, value_name = "PROJECT")]
        projects: Vec<String>,
    },
    /// Permit a repository; `*` stands for all, `!` before a pattern denies
    AddSource {
        /// Name of the project
        project: String,
        /// URL of the repository, with wildcards
        url: String,
    },
    /// Take a repository's rule away
    RemoveSource {
        /// Name of the project
        project: String,
        /// URL, as it was added
        url: String,
    },
    /// Let Application objects of this namespace belong to the project
    AddSourceNamespace {
        /// Name of the project
        project: String,
        /// Namespace, with wildcards
        namespace: String,
    },
    /// No longer let Application objects of this namespace belong to the project
    RemoveSourceNamespace {
        /// Name of the project
        project: String,
        /// Namespace, as it was added
        namespace: String,
    },
    /// Permit a destination
    AddDestination {
        /// Name of the project
        project: String,
        /// Cluster by the URL of its API server, with --name by its name; with wildcards
        #[arg(value_name = "SERVER/NAME")]
        server: String,
        /// Namespace, with wildcards
        namespace: String,
        /// The cluster is given by its name
        #[arg(long)]
        name: bool,
    },
    /// Take a destination's rule away
    RemoveDestination {
        /// Name of the project
        project: String,
        /// Cluster, as it was added
        #[arg(value_name = "SERVER/NAME")]
        server: String,
        /// Namespace, as it was added
        namespace: String,
    },
    #[command(flatten)]
    Trust(TrustCommand),
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
    /// Call objects of a kind orphaned again
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
    /// Name of the project [default: as the file has it]
    #[arg(required_unless_present = "file")]
    pub(crate) project: Option<String>,
    /// Manifest of the project: a file, or `-` for standard input. Flags change what it says
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) fields: ProjectFields,
    /// Change a project that is there already
    #[arg(long)]
    pub(crate) upsert: bool,
}

/// What a project says.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct ProjectFields {
    /// What the project is for
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Permitted destination, with wildcards
    #[arg(short, long, value_name = "SERVER,NAMESPACE")]
    pub(crate) dest: Vec<String>,
    /// Permitted repository; `*` stands for all, `!` before a pattern denies
    #[arg(short, long, value_name = "URL")]
    pub(crate) src: Vec<String>,
    /// Service account that what goes to a destination is applied as: NAME or NAMESPACE:NAME
    #[arg(long, value_name = "SERVER,NAMESPACE,SERVICE_ACCOUNT")]
    pub(crate) dest_service_accounts: Vec<String>,
    /// GnuPG keys that commits must be signed with, by id or fingerprint
    #[arg(long, value_name = "KEY-ID", value_delimiter = ',')]
    pub(crate) signature_keys: Vec<String>,
    /// Namespace whose Application objects may belong to the project
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
    /// Name of the project
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
    /// Name of the project
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
        /// Name of the project
        project: String,
        /// Output format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Add a window
    Add(NewWindow),
    /// Change a window by its number in the list
    Update(ChangedWindow),
    /// Delete a window by its number in the list
    Delete {
        /// Name of the project
        project: String,
        /// Number of the window, as `windows list` shows it
        id: usize,
    },
    /// Let people sync by hand in spite of a window
    EnableManualSync {
        /// Name of the project
        project: String,
        /// Number of the window, as `windows list` shows it
        id: usize,
    },
    /// No longer let people sync by hand in spite of a window
    DisableManualSync {
        /// Name of the project
        project: String,
        /// Number of the window, as `windows list` shows it
        id: usize,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewWindow {
    /// Name of the project
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
    /// Let people sync by hand in spite of it
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
    /// What the window is for
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
    /// Name of the project
    pub(crate) project: String,
    /// Number of the window, as `windows list` shows it
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
    /// What the window is for
    #[arg(long)]
    pub(crate) description: Option<String>,
}
