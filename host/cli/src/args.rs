//! The command line: words and help texts, no behaviour.

pub(crate) mod app;
#[cfg(test)]
mod argocd;
mod author;
mod cluster;
mod delete;
mod home;
mod proj;
mod record;
mod registry;
mod repo;
mod retry;
mod select;
mod serve;
mod sync;
mod transfer;

use std::path::PathBuf;

pub(crate) use author::{
    BenchArgs, InspectArgs, Language, NewArgs, PluginKind, TestArgs, TestFormat,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use cluster::{
    ClusterAddArgs, ClusterCommand, ClusterFormat, ClusterGetArgs, ClusterListArgs, ClusterRmArgs,
    ClusterRotateArgs, ClusterSetArgs, ExecArgs,
};
pub(crate) use delete::{Cascade, DeleteArgs, GetArgs, Policy, StateFormat};
pub(crate) use home::{HomeArgs, PlaneArgs};
pub(crate) use proj::{
    About, ChangedWindow, GroupArgs, KindArgs, ListFormat, ListType, NewProject, NewToken,
    NewWindow, OrphanArgs, PolicyArgs, ProjArgs, ProjCommand, ProjectFields, RoleArgs, RoleCommand,
    ServiceAccountArgs, TrustCommand, WindowsCommand,
};
pub(crate) use record::{RecordArgs, ReplayArgs};
pub(crate) use registry::{PullArgs, PushArgs, RegistryArgs};
pub(crate) use repo::{RefreshArgs, RepoAddArgs, RepoCommand, RepoKind};
use retry::RetryArgs;
pub(crate) use select::SelectArgs;
pub(crate) use serve::ServeArgs;
pub(crate) use sync::{HistoryArgs, RollbackArgs, SyncFlags};
pub(crate) use transfer::{ExportArgs, ImportArgs, InstallArgs};

/// GitOps sync with sandboxed renderers: Git repositories to Kubernetes clusters.
#[derive(Debug, Parser)]
#[command(
    name = "gantry",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
#[command(
    after_help = "Applications are Argo CD's own manifests (argoproj.io/v1alpha1), unchanged."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Kubeconfig file [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Kubeconfig context that stands for https://kubernetes.default.svc and `in-cluster`
    /// [default: the current context]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Directory whose *.wasm files are plugins [default: <data>/plugins]
    #[arg(long, global = true, value_name = "DIR", env = "GANTRY_PLUGINS")]
    pub(crate) plugins: Option<PathBuf>,
    /// File of plugin settings: limits, allowed digests, keys that sign [default: <data>/plugins.yaml]
    #[arg(long, global = true, value_name = "FILE", env = "GANTRY_PLUGIN_CONFIG")]
    pub(crate) plugin_config: Option<PathBuf>,
    /// Directory for what gantry keeps: plugins, fetched repositories, compiled plugins, renders
    /// [default: $XDG_DATA_HOME/gantry, then ~/.local/share/gantry]
    #[arg(long, global = true, value_name = "DIR", env = "GANTRY_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Where it is kept what was applied, by whom: beside it in the destination's namespace (a Secret), in
    /// the data folder, or nowhere
    #[arg(long, global = true, value_enum, env = "GANTRY_HISTORY", default_value_t = HistoryPlace::Cluster)]
    pub(crate) history: HistoryPlace,
    /// Render again what was rendered before and has not changed
    #[arg(long, global = true)]
    pub(crate) no_render_cache: bool,
    /// File to write what each plugin cost to, in Prometheus's text format
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Colours in what is printed
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Format of the log on standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// URL of an OpenTelemetry collector (OTLP over HTTP) that gets spans of what is done
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "OTEL_EXPORTER_OTLP_ENDPOINT"
    )]
    pub(crate) otlp_endpoint: Option<String>,
    /// More log: -v info, -vv debug, -vvv trace (GANTRY_LOG takes tracing directives)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryPlace {
    Cluster,
    Local,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Render applications, apply what differs, wait until healthy
    ///
    /// Exit codes: 0 all synced and healthy; 1 an application did not sync, or is not healthy in
    /// time; 2 nothing was tried: bad input, no cluster, no repository; 130 or 143 interrupted (Ctrl-C,
    /// SIGTERM): what was in flight is told, and the next sync goes on from there.
    Sync(SyncArgs),
    /// Show what a sync would change, as a unified diff
    ///
    /// Exit codes as `kubectl diff`: 0 no difference; 1 differences; 2 an error.
    Diff(DiffArgs),
    /// Show what was applied: revisions, plugins, by whom, and how it ended
    ///
    /// Exit codes: 0 shown; 2 an error.
    History(HistoryArgs),
    /// Apply again what the history has: the sources of an entry at their revisions
    ///
    /// Exit codes as those of `sync`.
    Rollback(RollbackArgs),
    /// Delete applications: all their objects, the last waves first, with their hooks
    ///
    /// An application's objects are those with its tracking annotation, in the whole cluster. They are
    /// deleted with or without Argo CD's resources-finalizer in the manifest, which only chooses the
    /// default of --cascade. Not deleted: CustomResourceDefinitions, objects with the sync option
    /// Delete=false or helm.sh/resource-policy: keep, and the namespace that CreateNamespace=true made.
    ///
    /// Exit codes: 0 all that was to go is gone; 1 something is not, with the reason; 2 nothing was
    /// tried; 130 or 143 interrupted. The next deletion goes on from there.
    Delete(DeleteArgs),
    /// Show applications: sync status and health of their objects, and what those own
    ///
    /// Nothing is changed. Exit codes: 0 shown, whatever the state; 2 an error.
    Get(GetArgs),
    /// Work on the projects of a control plane, as `argocd proj` does
    ///
    /// Exit codes: 0 done; 2 an error.
    Proj(ProjArgs),
    /// Print the objects that directories or an application render to
    ///
    /// Several directories are rendered at the same time and printed in the order given; one that
    /// cannot be rendered does not stop the others. Exit codes: 0 rendered; 2 an error.
    Render(RenderArgs),
    /// Judge the health of objects in files
    ///
    /// Exit codes: 0 judged, whatever the verdicts; 2 an error.
    Health(HealthArgs),
    /// Add, list and remove the repositories of a control plane
    #[command(subcommand)]
    Repo(RepoCommand),
    /// Add, list and remove credentials for all repositories whose URLs begin alike
    #[command(subcommand)]
    Repocreds(RepoCommand),
    /// Add, list and remove the clusters of a control plane
    #[command(subcommand)]
    Cluster(ClusterCommand),
    /// List, make, sync and look at the applications of a control plane
    App(Box<app::AppArgs>),
    /// Look at the plugins, fetch and publish them
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Keep applications in step with Git, for ever: the control plane
    ///
    /// Works on the applications of the data folder (`gantry app …`), or of a hub cluster (--hub). Ends on
    /// Ctrl-C and SIGTERM: what is in flight is ended first, and taken up by the next start. Exit codes: 0 it
    /// ended when it was told to; 2 it could not start.
    Serve(ServeArgs),
    /// Print, or apply, what a control plane needs in its hub cluster
    ///
    /// CustomResourceDefinitions, roles, the Deployment. Exit codes: 0 printed, or all applied; 1 something
    /// was not applied, with the reason; 2 nothing was tried.
    Install(InstallArgs),
    /// Print what a control plane works on: applications, projects, settings, and the Secrets beside them
    ///
    /// Without what servers and controllers set, and without status: to import it elsewhere. It also reads
    /// a running Argo CD's namespace. Exit codes: 0 printed; 2 an error.
    Export(ExportArgs),
    /// Bring manifests into a control plane: those of `gantry export`, of `argocd admin export`, or your own
    ///
    /// Nothing is imported when one of them is wrong. Exit codes: 0 all are as in the files; 1 something is
    /// not, with the reason; 2 nothing was tried.
    Import(ImportArgs),
}

impl Command {
    /// Its word on the command line.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sync(_) => "sync",
            Self::Diff(_) => "diff",
            Self::History(_) => "history",
            Self::Rollback(_) => "rollback",
            Self::Delete(_) => "delete",
            Self::Get(_) => "get",
            Self::Render(_) => "render",
            Self::Health(_) => "health",
            Self::Plugin(_) => "plugin",
            Self::Serve(_) => "serve",
            Self::Install(_) => "install",
            Self::Export(_) => "export",
            Self::Import(_) => "import",
            Self::Proj(_) => "proj",
            Self::Cluster(_) => "cluster",
            Self::Repo(_) => "repo",
            Self::Repocreds(_) => "repocreds",
            Self::App(_) => "app",
        }
    }
}

/// Which applications.
#[derive(Debug, Default, Args)]
pub(crate) struct Inputs {
    /// Application manifests: files, or directories of *.yaml, *.yml and *.json; `-` is standard
    /// input. Argo CD repository and cluster Secrets among them are used as credentials
    #[arg(short, long = "filename", value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) filename: Vec<PathBuf>,
    /// Only the applications of these names
    #[arg(long = "app", value_name = "NAME")]
    pub(crate) apps: Vec<String>,
    /// Take this revision instead of spec.source.targetRevision
    #[arg(long, value_name = "REVISION", conflicts_with = "revisions")]
    pub(crate) revision: Option<String>,
    /// Take these revisions of some of spec.sources: those that --source-positions counts, in its order
    #[arg(
        long,
        value_name = "REVISION",
        value_delimiter = ',',
        requires = "source_positions"
    )]
    pub(crate) revisions: Vec<String>,
    /// Which of spec.sources --revisions are for, counted from 1
    #[arg(long, value_name = "N", value_delimiter = ',', requires = "revisions")]
    pub(crate) source_positions: Vec<usize>,
    #[command(flatten)]
    pub(crate) plane: PlaneArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) selected: SelectArgs,
    #[command(flatten)]
    pub(crate) flags: SyncFlags,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) selected: SelectArgs,
    /// Also show objects of the application that are no longer in Git
    #[arg(long)]
    pub(crate) prune: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ChangesFormat::Text)]
    pub(crate) output: ChangesFormat,
}

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// Directories to render; with -f at most one, the content of the repository of the application's
    /// first source, which is fetched if there is none
    #[arg(value_name = "DIR", required_unless_present = "filename")]
    pub(crate) directories: Vec<PathBuf>,
    /// All that the renderer may see [default: the enclosing Git work tree, or DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Applications whose sources are rendered, with the Secrets and the projects that the files hold; with one,
    /// `spec.source.path` is looked up in DIR
    #[arg(
        short,
        long = "filename",
        value_name = "FILE",
        conflicts_with_all = ["renderer", "param"]
    )]
    pub(crate) filename: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) plane: PlaneArgs,
    /// Directory to take for one of the application's sources instead of fetching it: the source's
    /// name, `ref` or number, as values=../values
    #[arg(long, value_name = "SOURCE=DIR", requires = "filename")]
    pub(crate) source: Vec<String>,
    /// Renderer plugin [default: by what the directory holds, as Argo CD does]
    #[arg(long, value_name = "NAME")]
    pub(crate) renderer: Option<String>,
    /// Parameter of the renderer; JSON values are taken as JSON, `a.b=1` sets a nested one
    #[arg(short, long, value_name = "KEY=VALUE")]
    pub(crate) param: Vec<String>,
    /// Application name [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Namespace of objects that have none
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Kubernetes version that the renderer is told, without the v
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ObjectFormat::Yaml)]
    pub(crate) output: ObjectFormat,
}

#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// Files of live objects, as `kubectl get -o yaml` prints them; `-` is standard input
    #[arg(short, long = "filename", value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) filename: Vec<PathBuf>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// List the plugins that gantry finds, the broken ones with the reason
    List {
        /// Stay, and list them again whenever one is added, replaced or removed
        #[arg(short, long)]
        watch: bool,
        /// Output format
        #[arg(short, long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Compile plugins for this machine ahead of their use
    ///
    /// A plugin is compiled when it is first used; a large one, such as helm, takes some ten seconds.
    /// Exit codes: 0 all are ready; 2 one is not, with the reason.
    Compile(CompileArgs),
    /// Start a project for a plugin of your own
    ///
    /// The project stands alone: it holds a small plugin that works, a test case, and a README with
    /// the commands that build it.
    New(NewArgs),
    /// Tell what a plugin is: world, imports, parameters, memory, load time
    ///
    /// Exit codes: 0 it is a plugin that can be used; 2 it is not, with the reason.
    Inspect(InspectArgs),
    /// Run a plugin over case folders
    ///
    /// A case is a folder: `tree/` and `request.json` for a renderer (both may be missing),
    /// `objects.yaml` for a health plugin, and what must come out: `expected.yaml`, or `error.txt`
    /// whose lines must be found in the error.
    ///
    /// Exit codes: 0 all passed; 1 a case failed; 2 nothing was run.
    Test(TestArgs),
    /// Measure a plugin: load time, time of a call, memory
    Bench(BenchArgs),
    /// Fetch a plugin from an OCI registry into the plugin directory
    ///
    /// Exit codes: 0 the plugin is in place; 2 an error, and what was there before still is.
    Pull(PullArgs),
    /// Store a plugin in an OCI registry
    ///
    /// Exit codes: 0 stored; 2 an error.
    Push(PushArgs),
    /// Keep one application's render with all that the renderer saw
    ///
    /// The file can be replayed without Git and without a cluster. It holds what the renderer read
    /// from the repository. Exit codes: 0 recorded, also a render that failed; 2 an error.
    Record(RecordArgs),
    /// Do a recorded render again, and show what came out differently
    ///
    /// Exit codes: 0 the same came out; 1 something else; 2 an error.
    Replay(ReplayArgs),
    /// Make a plugin of a core module, as Go and clang write it
    Componentize(ComponentizeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    /// Names of plugins [default: all, the built-in ones too]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ComponentizeArgs {
    /// The module: `GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared` writes one
    #[arg(value_name = "CORE.wasm")]
    pub(crate) core: PathBuf,
    /// Where to write the plugin
    #[arg(short, long, value_name = "NAME.wasm")]
    pub(crate) output: PathBuf,
    /// What the module implements [default: what it exports]
    #[arg(long, value_enum)]
    pub(crate) world: Option<World>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum World {
    Renderer,
    Health,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangesFormat {
    /// A unified diff
    Text,
    /// A table, field by field, with who set what is in the cluster
    Fields,
    Json,
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Text,
    Json,
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ObjectFormat {
    Yaml,
    Json,
}
