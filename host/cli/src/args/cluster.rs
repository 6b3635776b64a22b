//! `gantry cluster`: the clusters of a control plane.

use clap::{Args, Subcommand, ValueEnum};

use super::HomeArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Give the control plane an account on the cluster of a kubeconfig context, and remember how to reach it
    ///
    /// Makes the ServiceAccount argocd-manager with all rights, in the cluster or in the namespaces named, as
    /// `argocd cluster add` does. Exit codes: 0 added; 2 an error.
    Add(Box<ClusterAddArgs>),
    /// List clusters, and whether each of them answers now
    ///
    /// Exit codes: 0 listed, whatever the state; 2 an error.
    List(ClusterListArgs),
    /// Show one cluster, by name or server
    Get(ClusterGetArgs),
    /// Forget a cluster, and take the account away that `add` has made there
    ///
    /// Applications that go there stay as they are, and are not synced any more.
    Rm(ClusterRmArgs),
    /// Replace the token of a cluster by a new one; the old one ends once the new one works
    #[command(visible_alias = "rotate-auth")]
    Rotate(ClusterRotateArgs),
    /// Change what a cluster is called, which namespaces of it may be used, and how its Secret is labelled
    Set(ClusterSetArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ClusterAddArgs {
    /// Kubeconfig context
    #[arg(value_name = "CONTEXT")]
    pub(crate) target: String,
    /// Name of the cluster, for `destination.name` [default: the context's]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Server URL by which the control plane reaches it [default: the context's]
    #[arg(long, value_name = "URL", conflicts_with = "in_cluster")]
    pub(crate) server: Option<String>,
    /// The cluster is the one that the control plane runs in: https://kubernetes.default.svc
    #[arg(long)]
    pub(crate) in_cluster: bool,
    /// Use this ServiceAccount of the system namespace, which is there, with the rights it has
    #[arg(long, value_name = "NAME")]
    pub(crate) service_account: Option<String>,
    /// Namespace of the ServiceAccount
    #[arg(long, value_name = "NAMESPACE", default_value = "kube-system")]
    pub(crate) system_namespace: String,
    /// Proxy by which the control plane reaches it [default: the context's]
    #[arg(long, value_name = "URL")]
    pub(crate) proxy_url: Option<String>,
    /// Compressed answers are never asked for, with this or without
    #[arg(long)]
    pub(crate) disable_compression: bool,
    #[command(flatten)]
    pub(crate) exec: ExecArgs,
    /// Namespaces that may be used [default: all]
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Vec<String>,
    /// Manage cluster-scoped objects though namespaces are named
    #[arg(long, requires = "namespace")]
    pub(crate) cluster_resources: bool,
    /// The one project whose applications may use the cluster [default: all may]
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) project: String,
    /// Labels of the Secret
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
    /// Annotations of the Secret
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) annotation: Vec<String>,
    /// Replace what is known of that server
    #[arg(long)]
    pub(crate) upsert: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) home: HomeArgs,
}

/// A credential plugin instead of an account.
#[derive(Debug, Default, Args)]
pub(crate) struct ExecArgs {
    /// Program that gives the control plane its credentials; no account is made then
    #[arg(long, value_name = "PROGRAM", conflicts_with = "service_account")]
    pub(crate) exec_command: Option<String>,
    /// Its arguments
    #[arg(
        long,
        value_name = "ARG",
        requires = "exec_command",
        allow_hyphen_values = true
    )]
    pub(crate) exec_command_args: Vec<String>,
    /// Its environment
    #[arg(
        long,
        value_name = "NAME=VALUE",
        requires = "exec_command",
        value_delimiter = ','
    )]
    pub(crate) exec_command_env: Vec<String>,
    /// Version of the ExecCredential that it answers with
    #[arg(
        long,
        value_name = "VERSION",
        requires = "exec_command",
        default_value = "client.authentication.k8s.io/v1beta1"
    )]
    pub(crate) exec_command_api_version: String,
    /// What to tell where the program is not there
    #[arg(long, value_name = "TEXT", requires = "exec_command")]
    pub(crate) exec_command_install_hint: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ClusterListArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ClusterFormat::Table)]
    pub(crate) output: ClusterFormat,
    #[command(flatten)]
    pub(crate) home: HomeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ClusterGetArgs {
    /// Name or server URL
    #[arg(value_name = "CLUSTER")]
    pub(crate) cluster: String,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ClusterFormat::Yaml)]
    pub(crate) output: ClusterFormat,
    #[command(flatten)]
    pub(crate) home: HomeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ClusterRmArgs {
    /// Name or server URL
    #[arg(value_name = "CLUSTER")]
    pub(crate) cluster: String,
    /// Leave the account on the cluster
    #[arg(long)]
    pub(crate) keep_rbac: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) home: HomeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ClusterRotateArgs {
    /// Name or server URL
    #[arg(value_name = "CLUSTER")]
    pub(crate) cluster: String,
    #[command(flatten)]
    pub(crate) home: HomeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ClusterSetArgs {
    /// Name or server URL
    #[arg(value_name = "CLUSTER")]
    pub(crate) cluster: String,
    /// The new name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Namespaces that may be used, instead of those before; `*` is all
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Vec<String>,
    /// Labels of the Secret, instead of those before
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
    /// Annotations of the Secret, instead of those before
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) annotation: Vec<String>,
    #[command(flatten)]
    pub(crate) home: HomeArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClusterFormat {
    Table,
    /// The table with namespaces
    Wide,
    Json,
    Yaml,
    /// The URLs of the servers, one a line
    Server,
}
