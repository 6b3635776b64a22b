//! Setting up a control plane, and carrying its objects elsewhere.

use std::path::PathBuf;

use clap::Args;

use super::{Format, HomeArgs, ObjectFormat};

/// The image when none is named: one that was built here.
const IMAGE: &str = concat!("gantry:", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    /// Namespace of the control plane
    #[arg(short, long, value_name = "NAMESPACE", default_value = "argocd")]
    pub(crate) namespace: String,
    /// Image that holds gantry
    #[arg(long, value_name = "IMAGE", default_value = IMAGE)]
    pub(crate) image: String,
    /// Apply the objects to the cluster of --context, instead of printing them. CustomResourceDefinitions
    /// that are there already, as Argo CD's, stay as they are
    #[arg(long)]
    pub(crate) apply: bool,
    /// Output format of what is printed
    #[arg(short, long, value_enum, default_value_t = ObjectFormat::Yaml)]
    pub(crate) output: ObjectFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    /// The same as --hub-namespace
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Also the Secrets of clusters and repositories: with their passwords and keys, not encrypted
    #[arg(long)]
    pub(crate) include_secrets: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ObjectFormat::Yaml)]
    pub(crate) output: ObjectFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    /// The same as --hub-namespace
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Manifests: files, or directories of *.yaml, *.yml and *.json; `-` is standard input
    #[arg(short, long = "filename", value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) filename: Vec<PathBuf>,
    /// Say what would be done, change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take away what the files do not hold: of the kinds that they hold, but for ConfigMaps and
    /// argocd-secret. What applications that go have deployed stays
    #[arg(long)]
    pub(crate) prune: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

impl ExportArgs {
    /// Which home.
    pub(crate) fn home(&self) -> HomeArgs {
        self.home.in_namespace(self.namespace.as_deref())
    }
}

impl ImportArgs {
    /// Which home.
    pub(crate) fn home(&self) -> HomeArgs {
        self.home.in_namespace(self.namespace.as_deref())
    }
}
