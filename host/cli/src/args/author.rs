//! Commands for those who write plugins.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Format;

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The plugin's name: lower-case letters, digits and dashes
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// What it is for
    #[arg(long, value_enum, default_value_t = PluginKind::Renderer)]
    pub(crate) kind: PluginKind,
    /// What it is written in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    pub(crate) lang: Language,
    /// Where the project goes; made, and refused if it is there already [default: ./NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The component
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Directory of case folders, or one of them
    #[arg(value_name = "DIR", default_value = "tests/cases")]
    pub(crate) directory: PathBuf,
    /// The plugin: a file, or the name of one that gantry has [default: the one *.wasm file here or
    /// in target/wasm32-wasip2/release, *.core.wasm aside]
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) plugin: Option<String>,
    /// Write what comes out as what is expected
    #[arg(long)]
    pub(crate) bless: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = TestFormat::Text)]
    pub(crate) output: TestFormat,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The component
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Case folder to work on, as `gantry plugin test` has them [default: an empty tree, no objects]
    #[arg(long, value_name = "DIR")]
    pub(crate) case: Option<PathBuf>,
    /// How many calls
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) calls: u32,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PluginKind {
    /// Turns a source tree into objects
    Renderer,
    /// Judges live objects
    Health,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    Go,
    Js,
    Python,
    C,
}
