//! The words of `gantry plugin pull` and `gantry plugin push`.

use std::path::PathBuf;

use clap::Args;
use gantry_plugins::Digest;

use super::Format;

/// How to reach a registry.
#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    /// User name [default: as `docker login` or `oras login` left it]
    #[arg(long, value_name = "NAME", requires = "password_stdin")]
    pub(crate) username: Option<String>,
    /// Read the password or token from standard input
    #[arg(long, requires = "username")]
    pub(crate) password_stdin: bool,
    /// Speak HTTP without TLS
    #[arg(long)]
    pub(crate) plain_http: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PullArgs {
    /// Artifact, as registry.example/plugins/helm:1.0 or …@sha256:…
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// What applications call the plugin [default: the last part of the repository]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Digest that the plugin's file must have, as a pin has it
    #[arg(long, value_name = "sha256:…")]
    pub(crate) digest: Option<Digest>,
    /// Public key that must have signed the artifact (`cosign sign --key`)
    /// [default: trust.keys in plugins.yaml]
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct PushArgs {
    /// The plugin's file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Artifact, as registry.example/plugins/helm:1.0
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}
