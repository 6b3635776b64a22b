//! The directory renderer: every YAML and JSON manifest of a directory, as Argo CD takes them
//! (`reposerver/repository/repository.go`, `getPotentiallyValidManifests`).

use gantry_sdk::files::{Files, SKIP_MARK, Selection, Settings, read_text};
use gantry_sdk::renderer::{
    Body, Diagnostic, Document, Origin, Problems, Renderer, Rendering, Request, Tree,
};
use gantry_sdk::schemars::{self, JsonSchema};
use serde::Deserialize;

/// The renderer.
#[derive(Debug)]
pub struct PlainYaml;

gantry_sdk::export_renderer!(PlainYaml);

/// The parameters.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Parameters {
    #[serde(flatten)]
    settings: Settings,
    /// Also files of other endings than .yaml, .yml and .json, which are read as YAML.
    disable_extension_filter: bool,
}

/// The endings that Argo CD looks at.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".jsonnet"];

impl Renderer for PlainYaml {
    const SUMMARY: &'static str = "a directory of YAML and JSON manifests";
    type Parameters = Parameters;

    fn render(tree: &Tree, _: &Request, parameters: Parameters) -> Result<Rendering, Problems> {
        Ok(documents(tree, &tree.path(), &parameters)?.into())
    }
}

fn documents(
    files: &impl Files,
    directory: &str,
    parameters: &Parameters,
) -> Result<Vec<Document>, Diagnostic> {
    let selection = Selection::new(&parameters.settings)?;
    let is_wanted = |path: &str| parameters.disable_extension_filter || has_ending(path);
    let mut documents = Vec::new();
    for path in selection.paths(files, directory, is_wanted)? {
        if path.ends_with(".jsonnet") {
            return Err(jsonnet(&path));
        }
        match read_text(files, &path) {
            Ok(text) if is_manifest(&text) => documents.push(document(path, text)),
            Ok(_) => {}
            // An image beside the manifests, say.
            Err(_) if !has_ending(&path) => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(documents)
}

fn has_ending(path: &str) -> bool {
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether a text looks like a manifest. As in Argo CD, a YAML file of something else, such as
/// values, may lie beside the manifests.
fn is_manifest(text: &str) -> bool {
    ["apiVersion", "kind"]
        .iter()
        .all(|field| text.contains(field))
        && !text.contains(SKIP_MARK)
}

fn jsonnet(path: &str) -> Diagnostic {
    let message = format!("{path}: jsonnet is not supported by the built-in renderers");
    Diagnostic::error("jsonnet", message)
        .help("exclude it, or name a renderer plugin for it in spec.source.plugin")
}

fn document(path: String, text: String) -> Document {
    let body = if path.ends_with(".json") {
        Body::Json(text)
    } else {
        Body::Yaml(text)
    };
    let origin = Some(Origin { path, line: 1 });
    Document { body, origin }
}

#[cfg(test)]
mod tests {
    use super::{has_ending, is_manifest};

    #[test]
    fn other_files_other_yaml_and_marked_files_are_no_manifests() {
        assert!(has_ending("a.yml") && has_ending("sub/a.json"));
        assert!(!has_ending("a.txt") && !has_ending("yaml"));
        assert!(is_manifest("apiVersion: v1\nkind: A\n"));
        assert!(!is_manifest("replicas: 3\n"));
        assert!(!is_manifest(
            "# +argocd:skip-file-rendering\napiVersion: v1\nkind: A\n"
        ));
    }
}
