//! `gantry plugin new`: a project with the author's name on it.

use std::fs;
use std::path::{Path, PathBuf};

use gantry_model::{Diagnostic, Span};
use gantry_scaffold::{File, Kind, project};

use crate::Outcome;
use crate::args::{Language, NewArgs, PluginKind};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(args: &NewArgs, output: &Output) -> Result<Outcome, Failure> {
    let files = project(&args.name, args.kind.into(), args.lang.into())
        .map_err(|error| Diagnostic::error("template", error.to_string()).help(error.help()))?;
    let directory = args
        .directory
        .clone()
        .unwrap_or_else(|| PathBuf::from(&args.name));
    if directory.symlink_metadata().is_ok() {
        let message = format!("{} is there already", directory.display());
        return Err(Diagnostic::error("exists", message)
            .help("take another name or --directory, or remove it")
            .into());
    }
    for file in &files {
        let path = directory.join(&file.path);
        write(&path, &file.text).map_err(|error| {
            let span = Span {
                path: path.display().to_string(),
                start: None,
            };
            Diagnostic::error("file", format!("cannot be written: {error}")).at(span)
        })?;
    }
    let directory = directory.display();
    let mut text = format!("{directory}: {} files. Next:\n\n", files.len());
    text.push_str(&format!("  cd {directory}\n"));
    for line in first_commands(&files).lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(&format!("\n{directory}/README.md says more.\n"));
    output.print(&text)?;
    Ok(Outcome::Good)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

/// The first commands of the project's README: they build and test it.
fn first_commands(files: &[File]) -> &str {
    let readme = files.iter().find(|file| file.path == "README.md");
    readme
        .and_then(|file| file.text.split_once("```sh\n"))
        .and_then(|(_, rest)| rest.split_once("```"))
        .map_or("", |(commands, _)| commands)
}

impl From<PluginKind> for Kind {
    fn from(kind: PluginKind) -> Self {
        match kind {
            PluginKind::Renderer => Self::Renderer,
            PluginKind::Health => Self::Health,
        }
    }
}

impl From<Language> for gantry_scaffold::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Rust => Self::Rust,
            Language::Go => Self::Go,
            Language::Js => Self::Js,
            Language::Python => Self::Python,
            Language::C => Self::C,
        }
    }
}
