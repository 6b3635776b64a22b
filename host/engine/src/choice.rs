//! Which plugin renders an application, and with which parameters.

use gantry_model::application::{PluginSource, Source};
use gantry_model::{Diagnostic, EntryKind, SourceTree, TreeError};
use serde_json::{Map, Value};

/// A renderer and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The plugin's name.
    pub plugin: String,
    /// A JSON object.
    pub parameters: Value,
}

/// Chooses as Argo CD does: the one block that the source has, else what the directory holds
/// (`reposerver/repository/repository.go`, `GetAppSourceType`).
///
/// # Errors
/// When the source has several blocks, or its path is no directory of the tree.
pub fn choose(source: &Source, tree: &dyn SourceTree) -> Result<Choice, Diagnostic> {
    let files = files(source, tree)?;
    let blocks: Vec<&str> = [
        ("plugin", source.plugin.is_some()),
        ("directory", source.directory.is_some()),
        ("helm", source.helm.is_some()),
        ("kustomize", source.kustomize.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.then_some(name))
    .collect();
    match (blocks.as_slice(), &source.plugin) {
        ([_, _, ..], _) => {
            let message = format!("the source has several blocks: {}", blocks.join(", "));
            Err(Diagnostic::error("several-renderers", message)
                .field(&source.field)
                .help("keep the one block of the renderer that is meant"))
        }
        (["plugin"], Some(plugin)) => by_plugin(source, plugin),
        (["directory"], _) => Ok(choice("plain-yaml", source.directory.as_ref())),
        (["helm"], _) => Ok(choice("helm", source.helm.as_ref())),
        (["kustomize"], _) => Ok(choice("kustomize", source.kustomize.as_ref())),
        _ => Ok(choice(detect(&files), None)),
    }
}

fn choice(plugin: &str, block: Option<&Value>) -> Choice {
    let set = |block: &Map<String, Value>| {
        block
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    };
    let parameters: Map<String, Value> = block
        .and_then(Value::as_object)
        .map(set)
        .unwrap_or_default();
    Choice {
        plugin: plugin.to_owned(),
        parameters: Value::Object(parameters),
    }
}

/// The directory in the tree that a source renders. A chart's tree is the chart.
pub(crate) fn directory(source: &Source) -> &str {
    if source.chart.is_empty() {
        tree_path(&source.path)
    } else {
        ""
    }
}

/// `spec.source.path` as a path in the tree: `./a/` is `a`, and `.` is the root.
pub fn tree_path(path: &str) -> &str {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path == "." { "" } else { path }
}

/// The names of the files in the source's directory.
fn files(source: &Source, tree: &dyn SourceTree) -> Result<Vec<String>, Diagnostic> {
    let path = directory(source);
    let refuse = |message: String| {
        Diagnostic::error("path-not-found", message)
            .field(source.field_of("path"))
            .help("the path is relative to the repository's root")
    };
    match tree.list(path) {
        Ok(entries) => {
            let files = entries
                .into_iter()
                .filter(|entry| entry.kind == EntryKind::File);
            Ok(files.map(|entry| entry.name).collect())
        }
        Err(TreeError::NotFound(_)) => Err(refuse(format!("{path}: app path does not exist"))),
        Err(TreeError::NotADirectory(_)) => {
            Err(refuse(format!("{path}: app path is not a directory")))
        }
        Err(error) => Err(refuse(error.to_string())),
    }
}

/// As Argo CD's walk finds it (`util/app/discovery`): of several, the last in the order of their
/// names says what the directory is.
fn detect(names: &[String]) -> &'static str {
    let mut kinds = names.iter().rev().filter_map(|name| match name.as_str() {
        "kustomization.yaml" | "kustomization.yml" | "Kustomization" => Some("kustomize"),
        name if name.ends_with("Chart.yaml") => Some("helm"),
        _ => None,
    });
    kinds.next().unwrap_or("plain-yaml")
}

fn by_plugin(source: &Source, plugin: &PluginSource) -> Result<Choice, Diagnostic> {
    if plugin.name.is_empty() {
        let field = source.field_of("plugin");
        let message = format!("{field} names no plugin");
        return Err(Diagnostic::error("plugin-name", message)
            .field(format!("{field}.name"))
            .help("`gantry plugin list` shows the names"));
    }
    let mut parameters = Map::new();
    for parameter in &plugin.parameters {
        let value = if let Some(text) = &parameter.string {
            Value::from(text.as_str())
        } else if let Some(list) = &parameter.array {
            Value::from(list.clone())
        } else if let Some(map) = &parameter.map {
            map.iter()
                .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
                .collect()
        } else {
            Value::Null
        };
        parameters.insert(parameter.name.clone(), value);
    }
    if !plugin.env.is_empty() {
        let env = plugin
            .env
            .iter()
            .map(|e| (e.name.clone(), Value::from(e.value.as_str())));
        parameters.insert("env".to_owned(), env.collect());
    }
    Ok(Choice {
        plugin: plugin.name.clone(),
        parameters: Value::Object(parameters),
    })
}
