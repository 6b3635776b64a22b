//! `gantry repo` and `gantry repocreds`: where a control plane fetches from, and with which credentials.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Format, HomeArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum RepoCommand {
    /// Remember a repository and its credentials, once it could be asked with them
    ///
    /// Exit codes: 0 remembered; 2 an error, and nothing is changed.
    Add(Box<RepoAddArgs>),
    /// List the repositories
    #[command(visible_alias = "ls")]
    List(RepoListArgs),
    /// Show one repository
    Get(RepoGetArgs),
    /// Forget repositories
    Rm(RepoRmArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RepoAddArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    /// URL of the repository; of `repocreds`, what the URLs of many begin with
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Kind of repository
    #[arg(long = "type", value_enum, default_value_t = RepoKind::Git)]
    pub(crate) kind: RepoKind,
    /// Name for people
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The one project whose applications may use it
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<String>,
    /// User name
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Password or token; `-` reads it from standard input
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// Token that is sent as `Authorization: Bearer`
    #[arg(long, value_name = "TOKEN")]
    pub(crate) bearer_token: Option<String>,
    /// File of the private key for ssh
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_private_key_path: Option<PathBuf>,
    /// GitHub App that tokens for the repository are asked for
    #[arg(long, value_name = "ID", requires = "github_app_private_key_path")]
    pub(crate) github_app_id: Option<u64>,
    /// Its installation [default: that of the repository's owner]
    #[arg(long, value_name = "ID", requires = "github_app_id")]
    pub(crate) github_app_installation_id: Option<u64>,
    /// File of its private key
    #[arg(long, value_name = "FILE", requires = "github_app_id")]
    pub(crate) github_app_private_key_path: Option<PathBuf>,
    /// URL of its API, where it is not GitHub's own, as https://github.example/api/v3
    #[arg(long, value_name = "URL", requires = "github_app_id")]
    pub(crate) github_app_enterprise_base_url: Option<String>,
    /// Send user name and password before the server asks for any
    #[arg(long)]
    pub(crate) force_http_basic_auth: bool,
    /// File of the client's certificate, for charts
    #[arg(long, value_name = "FILE", requires = "tls_client_cert_key_path")]
    pub(crate) tls_client_cert_path: Option<PathBuf>,
    /// File of its key
    #[arg(long, value_name = "FILE", requires = "tls_client_cert_path")]
    pub(crate) tls_client_cert_key_path: Option<PathBuf>,
    /// Do not check the server's certificate or host key
    #[arg(long, alias = "insecure-ignore-host-key")]
    pub(crate) insecure_skip_server_verification: bool,
    /// The URL is a registry, for charts
    #[arg(long)]
    pub(crate) enable_oci: bool,
    /// Talk to the registry without TLS
    #[arg(long)]
    pub(crate) insecure_oci_force_http: bool,
    /// Proxy to go through
    #[arg(long, alias = "proxy-url", value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Hosts that are reached without it
    #[arg(long, value_name = "HOSTS")]
    pub(crate) no_proxy: Option<String>,
    /// Take the place of what is remembered of that URL
    #[arg(long)]
    pub(crate) upsert: bool,
    /// Do not ask the repository first
    #[arg(long)]
    pub(crate) skip_test: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RepoKind {
    Git,
    Helm,
    Oci,
}

#[derive(Debug, Args)]
pub(crate) struct RepoListArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    #[command(flatten)]
    pub(crate) refresh: RefreshArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RefreshArgs {
    /// Ask now whether each repository answers, and show it
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) refresh: Option<RepoRefresh>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RepoRefresh {
    Hard,
}

#[derive(Debug, Args)]
pub(crate) struct RepoGetArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    /// URL of the repository
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// The project that the repository is for; `""`: none [default: whatever it is]
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<String>,
    #[command(flatten)]
    pub(crate) refresh: RefreshArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RepoRmArgs {
    #[command(flatten)]
    pub(crate) home: HomeArgs,
    /// URLs of the repositories
    #[arg(value_name = "URL", required = true)]
    pub(crate) urls: Vec<String>,
    /// The project that the repository is for
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<String>,
}
