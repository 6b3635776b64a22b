//! Commands that take one render away from Git and cluster, and do it again.

use std::path::PathBuf;

use clap::Args;

use super::{DiffFormat, Inputs};

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// What `gantry plugin record` wrote; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The plugin: a file, or the name of one that gantry has [default: the one that was recorded]
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) plugin: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = DiffFormat::Text)]
    pub(crate) output: DiffFormat,
}
