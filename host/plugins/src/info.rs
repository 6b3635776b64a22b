//! What there is to say of each plugin, for lists.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry_model::{Diagnostic, Span};
use serde::Serialize;
use serde_json::Value;

use crate::candidate::Candidate;
use crate::error::LoadError;
use crate::host::{Host, Parts};
use crate::inspect::Kind;
use crate::plugin::Plugin;
use crate::shelf::Shelf;
use gantry_model::digest::Digest;

/// One plugin, or one file that is none.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginInfo {
    /// What applications call it: the file's stem.
    pub name: String,
    /// The file; none for a built-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Whether it takes the place of a built-in.
    pub replaces_builtin: bool,
    /// What it is, when it could be loaded.
    #[serde(flatten)]
    pub facts: Option<PluginFacts>,
    /// Why it could not be loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Diagnostic>,
}

/// What a loaded plugin is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginFacts {
    /// What it is for.
    pub kind: Kind,
    /// Such as `gantry:plugin/renderer-plugin@0.1.0`.
    pub world: String,
    /// Of the file.
    pub digest: Digest,
    /// Size of the file.
    pub size_bytes: u64,
    /// Its own words, one line.
    pub summary: String,
    /// JSON Schema of its parameters; none when it takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters_schema: Option<Value>,
}

impl PluginFacts {
    pub(crate) fn of(plugin: &Plugin) -> Self {
        Self {
            kind: plugin.kind(),
            world: plugin.world.clone(),
            digest: plugin.digest,
            size_bytes: plugin.size_bytes,
            summary: plugin.summary.clone(),
            parameters_schema: plugin.parameters_schema().cloned(),
        }
    }
}

impl Host {
    /// Every built-in plugin and every `.wasm` file, by name. Loads all of them.
    pub fn list(&self) -> Vec<PluginInfo> {
        let (parts, shelf) = (&*self.0, self.0.registry.current());
        let describe =
            |name: &str, candidate: &Arc<Candidate>| parts.describe(&shelf, name, candidate);
        let mut infos = Vec::new();
        for (name, entry) in &shelf.entries {
            let file = entry.file.as_ref().map(|file| describe(name, file));
            let file_works = file.as_ref().is_some_and(|info| info.error.is_none());
            match &entry.builtin {
                Some(_) if file_works => {
                    infos.extend(file.map(|info| PluginInfo {
                        replaces_builtin: true,
                        ..info
                    }));
                }
                builtin => {
                    infos.extend(builtin.as_ref().map(|builtin| describe(name, builtin)));
                    infos.extend(file);
                }
            }
        }
        for file in &shelf.misnamed {
            let path = shelf.path_of(file);
            let name = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let error = Some(problem(&LoadError::BadName, &name, Some(&path)));
            infos.push(PluginInfo {
                name,
                path: Some(path),
                replaces_builtin: false,
                facts: None,
                error,
            });
        }
        infos.sort_by(|a, b| a.name.cmp(&b.name));
        infos
    }
}

impl Parts {
    fn describe(&self, shelf: &Shelf, name: &str, candidate: &Candidate) -> PluginInfo {
        let path = candidate.path();
        let loaded = candidate.load(&self.sandbox, name);
        let refused = || {
            shelf
                .claims(&self.sandbox)
                .refused(name)
                .filter(|_| path.is_some())
                .cloned()
        };
        let (facts, error) = match loaded {
            Err(error) => (None, Some(error)),
            Ok(plugin) => {
                let facts = PluginFacts::of(&plugin);
                let refused = (plugin.kind() == Kind::Health).then(refused).flatten();
                (Some(facts), refused)
            }
        };
        let error = error.map(|error| problem(&error, name, path.as_deref()));
        PluginInfo {
            name: name.to_owned(),
            path,
            replaces_builtin: false,
            facts,
            error,
        }
    }
}

fn problem(error: &LoadError, name: &str, path: Option<&Path>) -> Diagnostic {
    let diagnostic =
        Diagnostic::error("plugin-load", format!("plugin {name:?} {error}")).help(error.help());
    match path {
        Some(path) => diagnostic.at(Span {
            path: path.display().to_string(),
            start: None,
        }),
        None => diagnostic,
    }
}
