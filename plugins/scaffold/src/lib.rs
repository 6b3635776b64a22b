//! New plugin projects: the examples under `examples/plugins`, with the author's name in them.
//!
//! A project stands alone. Beside the example's own files it gets `wit/plugin.wit` and, since no
//! registry has it, the language's guest SDK.

mod templates;

use gantry_model::is_plugin_name;
use templates::{FOLDERS, TEMPLATES, Template};

/// What a plugin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Turns a source tree into objects.
    Renderer,
    /// Judges live objects.
    Health,
}

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// With `gantry-sdk` or `gantry-sdk-health`.
    Rust,
    /// With `plugins/sdk-go`.
    Go,
    /// With componentize-js.
    Js,
    /// With componentize-py.
    Python,
    /// With clang and generated bindings.
    C,
}

/// One file of a new project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the project, `/`-separated.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// Why there is no project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaffoldError {
    /// The name is not one of a plugin.
    #[error("{0:?} cannot be a plugin's name: it is not of the form `[a-z0-9][a-z0-9-]*`")]
    Name(String),
    /// The name is not one of a package in that language.
    #[error("{0:?} cannot be the name of a Rust package: it starts with a digit")]
    Digit(String),
    /// Nobody has written that example.
    #[error("there is no {} template for {}", .kind.as_str(), .language.as_str())]
    NoTemplate {
        /// The kind that was asked for.
        kind: Kind,
        /// The language that was asked for.
        language: Language,
    },
}

impl Kind {
    /// `renderer` or `health`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Renderer => "renderer",
            Self::Health => "health",
        }
    }
}

impl Language {
    /// As the command line has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Go => "go",
            Self::Js => "js",
            Self::Python => "python",
            Self::C => "c",
        }
    }
}

impl ScaffoldError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Name(_) => "use lower-case letters, digits and dashes".to_owned(),
            Self::Digit(_) => "start it with a letter; the file may be renamed later".to_owned(),
            Self::NoTemplate { kind, .. } => {
                let there = TEMPLATES.iter().filter(|template| template.kind == *kind);
                let languages: Vec<_> = there.map(|one| one.language.as_str()).collect();
                let kind = kind.as_str();
                format!("--kind {kind} is there for --lang {}", languages.join(", "))
            }
        }
    }
}

/// Every file of a new project.
///
/// # Errors
/// When the name cannot be a plugin's, or there is no such template.
pub fn project(name: &str, kind: Kind, language: Language) -> Result<Vec<File>, ScaffoldError> {
    if !is_plugin_name(name) {
        return Err(ScaffoldError::Name(name.to_owned()));
    }
    if language == Language::Rust && name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(ScaffoldError::Digit(name.to_owned()));
    }
    let template = TEMPLATES
        .iter()
        .find(|template| template.kind == kind && template.language == language)
        .ok_or(ScaffoldError::NoTemplate { kind, language })?;
    let example = files(template.example).map(|(path, text)| File {
        path: template.named(name, path),
        text: template.moved(&template.named(name, text)),
    });
    let sdk = template.sdk.iter().flat_map(|(from, to)| copied(from, to));
    let mut files: Vec<File> = example.chain(sdk).chain(copied("wit", "wit")).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

impl Template {
    /// The example's name, in both of its spellings, made the author's.
    fn named(&self, name: &str, text: &str) -> String {
        let old = self.name;
        text.replace(old, name)
            .replace(&old.replace('-', "_"), &name.replace('-', "_"))
    }

    /// Paths that lead to other folders of this workspace, made to lead to the copies.
    fn moved(&self, text: &str) -> String {
        let mut text = text.replace("../../../wit", "wit");
        if let Some((from, to)) = self.sdk {
            text = text.replace(&format!("../../../{from}"), to);
        }
        text
    }
}

fn copied(from: &str, to: &str) -> impl Iterator<Item = File> {
    // Go knows a path from a module's name by `./`.
    let to = to.trim_start_matches("./");
    files(from).map(move |(path, text)| File {
        path: format!("{to}/{path}"),
        text: text.to_owned(),
    })
}

fn files(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let found = FOLDERS.iter().find(|(name, _)| *name == folder);
    found
        .into_iter()
        .flat_map(|(_, files)| files.iter().copied())
}

#[cfg(test)]
mod tests;
